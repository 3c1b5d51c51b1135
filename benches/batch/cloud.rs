//! A cloud in the process of the benchmark: the local cloud's Pub/Sub, Cloud Storage and Service
//! Usage, and a Cloud Run, a Cloud Build and a registry that take the configured time, behind the
//! local cloud's quotas. Each worker has an address of its own for Cloud Storage, so that its
//! requests to the ledger can be counted.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use longshore_local_kit::projects::LocalProject;
use longshore_local_kit::quotas::{Pace, QuotaSettings, Quotas};
use longshore_local_kit::rest;
use longshore_local_projects as projects;
use longshore_local_pubsub as pubsub;
use longshore_local_storage as storage;

use crate::Failed;
use crate::builds::TimedBuilds;
use crate::environment::{Counts, PROJECT, REGION, Services, environment, is_to_ledger, listen};
use crate::fleet::WORKERS;
use crate::functions::NoFunctions;
use crate::registry::InstantRegistry;
use crate::run::InstantRun;

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
        let Services { bus, objects, announce } = Services::open(folder)?;
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
        let environment = environment(bus, &own, &others);
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

/// Counts a request to the ledger, and an upload of a source.
async fn count(State(of): State<Of>, request: Request, next: Next) -> Response {
    if is_to_ledger(&request) {
        of.counts.add(format!("ledger {}", of.worker));
    } else if request.uri().to_string().contains("/upload/") {
        of.counts.add("upload".to_owned());
    }
    next.run(request).await
}
