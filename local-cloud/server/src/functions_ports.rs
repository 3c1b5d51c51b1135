//! Cloud Functions over the other services: its ports, implemented with the services of this
//! process. Their APIs are called as over HTTP, but without a connection.

mod artifacts;
mod building;
mod keys;
mod serving;
mod sources;
mod triggers;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::http::Method;
use serde_json::Value;

use longshore_local_cloud_build as build;
use longshore_local_cloud_run as run;
use longshore_local_eventarc as eventarc;
use longshore_local_functions::Deps;
use longshore_local_kit::keys::CustomerKeys;
use longshore_local_kit::rest::{Call, RestApi, RestError};
use longshore_local_registry as registry;
use longshore_local_storage as storage;

/// The services that functions are made of.
pub(crate) struct Parts {
    pub(crate) storage: Arc<storage::Service>,
    /// Where clients reach the storage.
    pub(crate) storage_address: SocketAddr,
    pub(crate) registry: Arc<registry::Service>,
    pub(crate) build: Arc<build::Service>,
    pub(crate) run: Arc<run::Service>,
    pub(crate) eventarc: Arc<eventarc::Service>,
    pub(crate) keys: Arc<dyn CustomerKeys>,
    /// Id and number of the default project.
    pub(crate) project: (String, u64),
}

/// What Cloud Functions needs.
pub(crate) fn deps(parts: Parts) -> Deps {
    Deps {
        sources: Arc::new(sources::StoredSources {
            storage: parts.storage,
            base: format!("http://{}", parts.storage_address),
            project: parts.project,
        }),
        repositories: Arc::new(artifacts::Artifacts { api: registry::api(parts.registry) }),
        builds: Arc::new(building::Building {
            api: build::api(Arc::clone(&parts.build)),
            service: parts.build,
        }),
        services: Arc::new(serving::Serving { api: run::api(parts.run) }),
        triggers: Arc::new(triggers::EventarcTriggers(parts.eventarc)),
        keys: Arc::new(keys::KmsKeys(parts.keys)),
    }
}

/// Calls a method of an API in this process.
pub(crate) async fn call(
    api: &Arc<dyn RestApi>,
    method: Method,
    path: &str,
    query: &[(&str, &str)],
    body: Option<&Value>,
) -> Result<Value, RestError> {
    let query = query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let call = Call {
        method,
        path: path.split('/').map(str::to_owned).collect(),
        verb: None,
        query: query.collect(),
        body: body.map(|body| body.to_string().into()).unwrap_or_default(),
    };
    match api.answer(&call).await {
        Some(answer) => answer,
        None => Err(RestError::unimplemented(call.name())),
    }
}

pub(crate) fn is_not_found(error: &RestError) -> bool {
    error.status() == "NOT_FOUND"
}
