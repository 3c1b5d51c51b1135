//! The protocols: gRPC for data, REST for administration, and both for everything, on one port.

mod convert;
mod grpc;
mod json;
mod operations;
mod rest;
mod stream;

use std::sync::Arc;

use super::Service;

#[expect(unreachable_pub, clippy::allow_attributes, reason = "generated from proto/google/pubsub/v1/pubsub.proto")]
mod proto {
    include!("../../generated/google.pubsub.v1.rs");
}

pub(super) fn router(service: &Arc<Service>) -> axum::Router {
    grpc::router(service).merge(rest::router(service))
}
