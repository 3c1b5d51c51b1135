//! What the clouds of the benchmarks share: their names, their servers, the variables that point
//! the fleet to them, and how their requests are counted.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use longshore_local_kit::Announce;
use longshore_local_kit::keys::NoKeys;
use longshore_local_kit::listen::{Access, bind, serve};
use longshore_local_pubsub as pubsub;
use longshore_local_storage as storage;
use parking_lot::Mutex;

use crate::Failed;

pub(crate) const PROJECT: &str = "bench-project";
pub(crate) const REGION: &str = "europe-west1";
const LEDGER: &str = "bench-project-longshore-ledger";

/// Number of requests of each kind since the start.
#[derive(Clone, Default)]
pub(crate) struct Counts(Arc<Mutex<BTreeMap<String, u64>>>);

impl Counts {
    pub(crate) fn add(&self, kind: String) {
        *self.0.lock().entry(kind).or_default() += 1;
    }

    pub(crate) fn now(&self) -> BTreeMap<String, u64> {
        self.0.lock().clone()
    }
}

/// The local cloud's Pub/Sub and Cloud Storage, and the former as the announcer of the latter.
pub(crate) struct Services {
    pub(crate) bus: Arc<pubsub::Service>,
    pub(crate) objects: Arc<storage::Service>,
    pub(crate) announce: Arc<dyn Announce>,
}

impl Services {
    pub(crate) fn open(folder: &Path) -> Result<Self, Failed> {
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
        Ok(Self { bus, objects, announce })
    }
}

/// The variables that point the fleet to a cloud. `others` is the URL of all APIs but Pub/Sub's and
/// Cloud Storage's.
pub(crate) fn environment(
    pubsub: SocketAddr,
    storage: &str,
    others: &str,
) -> BTreeMap<String, String> {
    let variables = [
        ("LONGSHORE_PROJECT", PROJECT),
        ("LONGSHORE_REGION", REGION),
        ("PUBSUB_EMULATOR_HOST", &pubsub.to_string()),
        ("STORAGE_EMULATOR_HOST", storage),
        ("LONGSHORE_RUN_ENDPOINT", others),
        ("LONGSHORE_FUNCTIONS_ENDPOINT", others),
        ("LONGSHORE_EVENTARC_ENDPOINT", others),
        ("LONGSHORE_SCHEDULER_ENDPOINT", others),
        ("LONGSHORE_TASKS_ENDPOINT", others),
        ("LONGSHORE_BUILD_ENDPOINT", others),
        ("LONGSHORE_ARTIFACT_REGISTRY_ENDPOINT", others),
        ("LONGSHORE_LOGGING_ENDPOINT", others),
        ("LONGSHORE_SECRETS_ENDPOINT", others),
        ("LONGSHORE_IDENTITY_ENDPOINT", others),
        ("LONGSHORE_KMS_ENDPOINT", others),
        ("LONGSHORE_RESOURCE_MANAGER_ENDPOINT", others),
    ];
    variables.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// Serves a router at an address of its own, until the process ends.
pub(crate) async fn listen(
    router: impl FnOnce(SocketAddr) -> Router,
) -> Result<SocketAddr, Failed> {
    let listener = bind(0).await?;
    let address = listener.local_addr()?;
    let router = router(address);
    tokio::spawn(serve(listener, router, Access::to_apis(&[]), std::future::pending()));
    Ok(address)
}

/// Whether a request is one to the ledger. A request of gRPC names its bucket in a header, for
/// routing.
pub(crate) fn is_to_ledger(request: &Request) -> bool {
    let routing = request.headers().get("x-goog-request-params");
    let routing = routing.and_then(|value| value.to_str().ok()).unwrap_or_default();
    request.uri().to_string().contains(LEDGER) || routing.contains(LEDGER)
}
