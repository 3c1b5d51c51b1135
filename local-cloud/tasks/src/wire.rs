//! The protocols: gRPC and REST on one port, over one set of operations.

mod convert;
mod error;
mod grpc;
mod locations;
mod mask;
mod operations;
mod page;
mod policies;
mod rest;
mod routing;
mod task;

use std::sync::Arc;

use crate::Service;

/// Serves gRPC and REST on one port.
pub fn router(service: Arc<Service>) -> axum::Router {
    grpc::router(&service).merge(rest::router(service))
}
