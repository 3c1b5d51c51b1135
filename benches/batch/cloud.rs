//! A cloud in the process of the benchmark: the local cloud's Pub/Sub, Cloud Storage and Service
//! Usage, and a Cloud Run, a Cloud Build and a registry that take the configured time, behind the
//! local cloud's quotas. Each worker has an address of its own for Cloud Storage, so that its
//! requests to the ledger can be counted.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use longshore_local_kit::Announce;
use longshore_local_kit::keys::NoKeys;
use longshore_local_kit::listen::{Access, bind, serve};
use longshore_local_kit::projects::LocalProject;
use longshore_local_kit::quotas::{Pace, QuotaSettings, Quotas};
use longshore_local_kit::rest;
use longshore_local_projects as projects;
use longshore_local_pubsub as pubsub;
use longshore_local_storage as storage;
use parking_lot::Mutex;

use crate::Failed;
use crate::builds::TimedBuilds;
use crate::fleet::WORKERS;
use crate::functions::NoFunctions;
use crate::registry::InstantRegistry;
use crate::run::InstantRun;

pub(crate) const PROJECT: &str = "bench-project";
pub(crate) const REGION: &str = "europe-west1";
const LEDGER: &str = "bench-project-longshore-ledger";

/// What the cloud takes and allows.
pub(crate) struct Manner {
    pub(crate) quotas: QuotaSettings,
    pub(crate) build: Duration,
    pub(crate) builds_at_once: usize,
    pub(crate) call: Duration,
}

impl Manner {
    /// No time, no quotas.
    pub(crate) fn instant() -> Self {
        Self {
            quotas: QuotaSettings::default(),
            build: Duration::ZERO,
            builds_at_once: 1,
            call: Duration::ZERO,
        }
    }
}

/// Requests since the start.
#[derive(Clone, Default)]
pub(crate) struct Counts(Arc<Mutex<BTreeMap<String, u64>>>);

impl Counts {
    fn add(&self, kind: &str) {
        *self.0.lock().entry(kind.to_owned()).or_default() += 1;
    }

    pub(crate) fn now(&self) -> BTreeMap<String, u64> {
        self.0.lock().clone()
    }
}

/// The running servers. They end with the process.
pub(crate) struct Cloud {
    /// `ledger WORKER`, and `upload` of sources.
    pub(crate) counts: Counts,
    pub(crate) builds: TimedBuilds,
    pub(crate) quotas: Quotas,
    /// The variables that point the fleet to this cloud.
    pub(crate) environment: BTreeMap<String, String>,
    /// The address of Cloud Storage for each worker.
    pub(crate) storage_of: BTreeMap<&'static str, String>,
}

/// Requests of one worker to Cloud Storage.
#[derive(Clone)]
struct Of {
    worker: &'static str,
    counts: Counts,
}

impl Cloud {
    pub(crate) async fn start(folder: &Path, manner: Manner) -> Result<Self, Failed> {
        let counts = Counts::default();
        let bus = pubsub::Service::open(&folder.join("pubsub"), pubsub::Deps::default())?;
        let announce: Arc<dyn Announce> = Arc::<pubsub::Service>::clone(&bus);
        let deps = storage::Deps {
            project: PROJECT.to_owned(),
            project_number: 1,
            announce: Arc::clone(&announce),
            keys: Arc::new(NoKeys),
        };
        std::fs::create_dir_all(folder.join("storage"))?;
        let objects = storage::Service::open(&folder.join("storage"), deps)?;
        let builds = TimedBuilds::new(announce, manner.build, manner.builds_at_once);
        let local = LocalProject { id: PROJECT.to_owned(), number: 1 };
        let latency =
            longshore_local_kit::quotas::Latency { call: manner.call, ..Default::default() };
        let pace = Pace { latency, ..Pace::default() };
        let quotas = Quotas::new(manner.quotas, pace, local, REGION.to_owned());

        let bus = listen(|_| pubsub::router(bus)).await?;
        let mut storage_of = BTreeMap::new();
        for worker in WORKERS.iter().map(|(name, _)| *name).chain(["command line"]) {
            let of = Of { worker, counts: counts.clone() };
            let counted = from_fn_with_state(of, count);
            let objects = Arc::clone(&objects);
            let at = listen(|at| storage::router(objects, at).layer(counted)).await?;
            storage_of.insert(worker, format!("http://{at}"));
        }
        let deps = projects::Deps {
            project: PROJECT.to_owned(),
            numbers: Arc::new(Numbers),
            quotas: quotas.clone(),
        };
        let usage = projects::Service::open(&folder.join("projects"), deps)?;
        let others = rest::router(vec![
            Arc::new(builds.clone()) as _,
            Arc::new(InstantRun::default()),
            Arc::new(InstantRegistry),
            Arc::new(NoFunctions),
            projects::api(usage),
        ]);
        let others =
            quotas.over(others, "run.googleapis.com", &[longshore_local_cloud_run::METHODS]);
        let others = quotas.over(
            others,
            "cloudbuild.googleapis.com",
            &[longshore_local_cloud_build::METHODS],
        );
        let others = format!("http://{}", listen(|_| others).await?);
        let own = storage_of.get("command line").cloned().unwrap_or_default();
        let variables = [
            ("LONGSHORE_PROJECT", PROJECT),
            ("LONGSHORE_REGION", REGION),
            ("PUBSUB_EMULATOR_HOST", &bus.to_string()),
            ("STORAGE_EMULATOR_HOST", &own),
            ("LONGSHORE_RUN_ENDPOINT", &others),
            ("LONGSHORE_FUNCTIONS_ENDPOINT", &others),
            ("LONGSHORE_EVENTARC_ENDPOINT", &others),
            ("LONGSHORE_SCHEDULER_ENDPOINT", &others),
            ("LONGSHORE_TASKS_ENDPOINT", &others),
            ("LONGSHORE_BUILD_ENDPOINT", &others),
            ("LONGSHORE_ARTIFACT_REGISTRY_ENDPOINT", &others),
            ("LONGSHORE_LOGGING_ENDPOINT", &others),
            ("LONGSHORE_SECRETS_ENDPOINT", &others),
            ("LONGSHORE_IDENTITY_ENDPOINT", &others),
            ("LONGSHORE_KMS_ENDPOINT", &others),
            ("LONGSHORE_RESOURCE_MANAGER_ENDPOINT", &others),
        ];
        let environment =
            variables.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        let environment = environment.collect();
        Ok(Self { counts, builds, quotas, environment, storage_of })
    }

    /// Calls that a quota refused.
    pub(crate) fn refused(&self) -> u64 {
        self.quotas.counts().values().map(|count| count.refused).sum()
    }
}

struct Numbers;

impl projects::ProjectNumbers for Numbers {
    fn number_of(&self, project: &str) -> Option<u64> {
        [PROJECT, "1"].contains(&project).then_some(1)
    }
}

async fn listen(router: impl FnOnce(SocketAddr) -> Router) -> Result<SocketAddr, Failed> {
    let listener = bind(0).await?;
    let address = listener.local_addr()?;
    let router = router(address);
    tokio::spawn(serve(listener, router, Access::to_apis(&[]), std::future::pending()));
    Ok(address)
}

/// Counts a request to the ledger, and an upload of a source. A request of gRPC names its bucket in
/// a header, for routing.
async fn count(State(of): State<Of>, request: Request, next: Next) -> Response {
    let uri = request.uri().to_string();
    let routing = request.headers().get("x-goog-request-params");
    let routing = routing.and_then(|value| value.to_str().ok()).unwrap_or_default();
    if uri.contains(LEDGER) || routing.contains(LEDGER) {
        of.counts.add(&format!("ledger {}", of.worker));
    } else if uri.contains("/upload/") {
        of.counts.add("upload");
    }
    next.run(request).await
}
