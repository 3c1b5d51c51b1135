//! A cloud that takes no time of its own: the local cloud's Pub/Sub and Cloud Storage, and a Cloud
//! Run, a Cloud Build and a registry whose builds and revisions are ready at once. It runs in the
//! process of the benchmark and counts requests.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use longshore_local_kit::rest;

use crate::Failed;
use crate::builds::InstantBuilds;
use crate::environment::{Counts, Services, environment, is_to_ledger, listen};
use crate::registry::InstantRegistry;
use crate::run::InstantRun;

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
        let Services { bus, objects, announce } = Services::open(folder)?;
        let builds = Arc::new(InstantBuilds::new(announce));

        let pubsub = listen(|_| longshore_local_pubsub::router(bus)).await?;
        let counted = from_fn_with_state(counts.clone(), count_storage);
        let storage =
            listen(|at| longshore_local_storage::router(objects, at).layer(counted)).await?;
        let counted = from_fn_with_state(counts.clone(), count_other);
        let others = rest::router(vec![
            Arc::<InstantBuilds>::clone(&builds) as _,
            Arc::new(InstantRun::default()),
            Arc::new(InstantRegistry),
        ]);
        let others = format!("http://{}", listen(|_| others.layer(counted)).await?);
        let storage = format!("http://{storage}");
        let environment = environment(pubsub, &storage, &others);
        Ok(Self { counts, builds, environment, pubsub: format!("http://{pubsub}"), storage })
    }
}

/// Counts a request by its bucket (the ledger or another) and by what it does.
async fn count_storage(State(counts): State<Counts>, request: Request, next: Next) -> Response {
    let uri = request.uri().to_string();
    let bucket = if is_to_ledger(&request) { "ledger" } else { "sources" };
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
