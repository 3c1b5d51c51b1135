//! The two APIs: `builds:submit` of the Cloud Run Admin API, and the Cloud Build API.

mod api;
mod create;
mod error;
mod operation;
mod submit;

use std::sync::Arc;

use self::api::BuildApi;
use self::submit::SubmitApi;
use crate::service::Service;
use longshore_local_kit::rest::RestApi;

/// The Cloud Build API v1.
pub fn api(service: Arc<Service>) -> Arc<dyn RestApi> {
    Arc::new(BuildApi(service))
}

/// `builds:submit` of the Cloud Run Admin API, which is served on Cloud Run's port.
pub fn submit_api(service: Arc<Service>) -> Arc<dyn RestApi> {
    Arc::new(SubmitApi(service))
}
