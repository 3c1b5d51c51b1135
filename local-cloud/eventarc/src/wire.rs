//! The protocols: REST and gRPC, on one port.

mod error;
mod grpc;
mod rest;

use std::sync::Arc;

use crate::service::Service;
use longshore_local_kit::rest::router as rest_router;

/// Serves REST and gRPC on one port.
pub fn router(service: Arc<Service>) -> axum::Router {
    grpc::router(&service).merge(rest_router(vec![rest::api(service)]))
}
