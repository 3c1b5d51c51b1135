//! The two APIs: `builds:submit` of the Cloud Run Admin API, and the Cloud Build API.

mod api;
mod create;
mod error;
mod named;
mod operation;
mod submit;

use std::sync::Arc;

use self::api::BuildApi;
use self::submit::SubmitApi;
use crate::service::Service;
use longshore_local_kit::rest::{RestApi, RestError};

/// Starts the build of a request to `builds:submit` under an id of the caller's choice, and returns
/// it. If there is a build with this id already, that one is returned, so a repetition is harmless.
///
/// # Errors
/// As for `builds:submit`.
pub fn submit_as(
    service: &Arc<Service>,
    id: &str,
    project: &str,
    region: &str,
    request: serde_json::Value,
) -> Result<serde_json::Value, RestError> {
    submit::submit_as(service, id, project, region, request)
}

/// The Cloud Build API v1.
pub fn api(service: Arc<Service>) -> Arc<dyn RestApi> {
    Arc::new(BuildApi(service))
}

/// `builds:submit` of the Cloud Run Admin API, which is served on Cloud Run's port.
pub fn submit_api(service: Arc<Service>) -> Arc<dyn RestApi> {
    Arc::new(SubmitApi(service))
}
