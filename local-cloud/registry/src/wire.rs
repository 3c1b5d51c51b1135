//! The two protocols: the Artifact Registry REST API, and OCI distribution.

mod api;
mod distribution;

use std::sync::Arc;

use axum::Router;

use super::Service;
use longshore_local_kit::rest::RestApi;

/// The Artifact Registry REST API v1.
#[must_use]
pub fn api(service: Arc<Service>) -> Arc<dyn RestApi> {
    Arc::new(api::Api::new(service))
}

/// The OCI distribution API v1.1, for a port of its own: `/v2/PROJECT/REPOSITORY/IMAGE…`.
pub fn distribution_router(service: Arc<Service>) -> Router {
    distribution::router(service)
}
