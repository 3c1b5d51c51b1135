//! A cloud that takes no time of its own: the local cloud's Pub/Sub and Cloud Storage, and a Cloud
//! Run, a Cloud Build and a registry whose builds and revisions are ready at once. It runs in the
//! process of the benchmark and counts requests.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use longshore_local_kit::Announce;
use longshore_local_kit::keys::NoKeys;
use longshore_local_kit::listen::{Access, bind, serve};
use longshore_local_kit::rest;
use parking_lot::Mutex;
use tokio::net::TcpListener;

use crate::Failed;
use crate::builds::InstantBuilds;
use crate::registry::InstantRegistry;
use crate::run::InstantRun;

pub(crate) const PROJECT: &str = "bench-project";
pub(crate) const REGION: &str = "europe-west1";
pub(crate) const LEDGER: &str = "bench-project-longshore-ledger";

/// Number of requests of each kind since the start.
#[derive(Clone, Default)]
pub(crate) struct Counts(Arc<Mutex<BTreeMap<String, u64>>>);

impl Counts {
    fn add(&self, kind: String) {
        *self.0.lock().entry(kind).or_default() += 1;
    }

    pub(crate) fn now(&self) -> BTreeMap<String, u64> {
        self.0.lock().clone()
    }
}

/// The running servers. They end with the process.
pub(crate) struct Cloud {
    pub(crate) counts: Counts,
    pub(crate) builds: Arc<InstantBuilds>,
    /// The variables that point the fleet to this cloud.
    pub(crate) environment: BTreeMap<String, String>,
    pub(crate) pubsub: String,
    pub(crate) storage: String,
}

impl Cloud {
    pub(crate) async fn start(folder: &Path) -> Result<Self, Failed> {
        let counts = Counts::default();
        let deps = longshore_local_pubsub::Deps::default();
        let pubsub = longshore_local_pubsub::Service::open(&folder.join("pubsub"), deps)?;
        let announce: Arc<dyn Announce> = Arc::<longshore_local_pubsub::Service>::clone(&pubsub);
        let deps = longshore_local_storage::Deps {
            project: PROJECT.to_owned(),
            project_number: 1,
            announce: Arc::clone(&announce),
            keys: Arc::new(NoKeys),
        };
        std::fs::create_dir_all(folder.join("storage"))?;
        let storage = longshore_local_storage::Service::open(&folder.join("storage"), deps)?;
        let builds = Arc::new(InstantBuilds::new(announce));

        let pubsub = listen(|_| longshore_local_pubsub::router(pubsub)).await?;
        let counted = from_fn_with_state(counts.clone(), count_storage);
        let storage =
            listen(|at| longshore_local_storage::router(storage, at).layer(counted)).await?;
        let counted = from_fn_with_state(counts.clone(), count_other);
        let others = rest::router(vec![
            Arc::<InstantBuilds>::clone(&builds) as _,
            Arc::new(InstantRun::default()),
            Arc::new(InstantRegistry),
        ]);
        let others = format!("http://{}", listen(|_| others.layer(counted)).await?);
        let storage = format!("http://{storage}");
        let variables = [
            ("LONGSHORE_PROJECT", PROJECT),
            ("LONGSHORE_REGION", REGION),
            ("PUBSUB_EMULATOR_HOST", &pubsub.to_string()),
            ("STORAGE_EMULATOR_HOST", &storage),
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
        Ok(Self { counts, builds, environment, pubsub: format!("http://{pubsub}"), storage })
    }
}

async fn listen(router: impl FnOnce(SocketAddr) -> Router) -> Result<SocketAddr, Failed> {
    let listener: TcpListener = bind(0).await?;
    let address = listener.local_addr()?;
    let router = router(address);
    tokio::spawn(serve(listener, router, Access::to_apis(&[]), std::future::pending()));
    Ok(address)
}

/// Counts a request by its bucket (the ledger or another) and by what it does. A request of gRPC
/// names its bucket in a header, for routing.
async fn count_storage(State(counts): State<Counts>, request: Request, next: Next) -> Response {
    let uri = request.uri().to_string();
    let routing = request.headers().get("x-goog-request-params");
    let routing = routing.and_then(|value| value.to_str().ok()).unwrap_or_default();
    let bucket =
        if uri.contains(LEDGER) || routing.contains(LEDGER) { "ledger" } else { "sources" };
    let what = match request.uri().path().strip_prefix("/google.storage.v2.Storage/") {
        Some(method) => method.to_owned(),
        None if uri.contains("/upload/") => "upload".to_owned(),
        None if uri.contains("alt=media") => "download".to_owned(),
        None => format!("{} {}", request.method(), request.uri().path()),
    };
    counts.add(format!("{bucket} {what}"));
    next.run(request).await
}

/// Counts a request to Cloud Run, Cloud Build or the registry by its method and its last collection.
async fn count_other(State(counts): State<Counts>, request: Request, next: Next) -> Response {
    let collections = ["builds", "services", "operations", "versions", "tags", "repositories"];
    let path = request.uri().path();
    let collection = path.split(['/', ':']).rev().find(|part| collections.contains(part));
    // A digest has a colon too.
    let verb = path.rsplit_once(':').filter(|(_, verb)| !verb.contains(|c: char| c.is_numeric()));
    let verb = verb.map(|(_, verb)| format!(":{verb}")).unwrap_or_default();
    let collection = collection.unwrap_or("other");
    counts.add(format!("{} {collection}{verb}", request.method()));
    next.run(request).await
}
