//! The protocols: REST and gRPC, on one port.

mod error;
mod grpc;
mod rest;
mod rest_only;

use std::sync::Arc;

use crate::service::Service;
use longshore_local_kit::rest::routes;

/// Serves REST and gRPC on one port.
pub fn router(service: Arc<Service>) -> axum::Router {
    grpc::router(&service).merge(routes(vec![rest::api(service)]))
}
