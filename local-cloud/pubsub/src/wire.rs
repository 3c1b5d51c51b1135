//! The protocols: gRPC and REST, each with all methods, on one port.

mod convert;
mod error;
mod grpc;
mod json;
mod operations;
mod rest;
mod stream;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::Service;

#[expect(
    unreachable_pub,
    clippy::allow_attributes,
    reason = "generated from proto/google/pubsub/v1"
)]
mod proto {
    include!("generated/google.pubsub.v1.rs");
}

#[expect(unreachable_pub, clippy::allow_attributes, reason = "generated from proto/google/iam/v1")]
mod iam {
    include!("generated/google.iam.v1.rs");
}

#[expect(unreachable_pub, reason = "generated from proto/google/rpc")]
mod rpc {
    include!("generated/google.rpc.rs");
}

/// Serves gRPC and REST on one port.
pub fn router(service: Arc<Service>) -> axum::Router {
    grpc::router(&service).merge(rest::router(service))
}
