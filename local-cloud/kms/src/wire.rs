//! The protocols: gRPC and REST on one port, over one set of operations.

mod convert;
mod error;
mod grpc;
mod keys;
mod locations;
mod operations;
mod page;
mod policies;
mod rest;

use std::sync::Arc;

use crate::Service;

#[expect(
    unreachable_pub,
    clippy::allow_attributes,
    reason = "generated from proto/google/cloud/kms/v1"
)]
mod proto {
    include!("generated/google.cloud.kms.v1.rs");
    include!("generated/google.cloud.kms.v1.serde.rs");
}

#[expect(unreachable_pub, clippy::allow_attributes, reason = "generated from proto/google/iam/v1")]
mod iam {
    include!("generated/google.iam.v1.rs");
    include!("generated/google.iam.v1.serde.rs");
}

#[expect(
    unreachable_pub,
    clippy::allow_attributes,
    reason = "generated from proto/google/cloud/location"
)]
mod location {
    include!("generated/google.cloud.location.rs");
}

#[expect(unreachable_pub, reason = "generated from proto/google/rpc")]
mod rpc {
    include!("generated/google.rpc.rs");
}

/// Serves gRPC and REST on one port.
pub fn router(service: Arc<Service>) -> axum::Router {
    grpc::router(&service).merge(rest::router(service))
}
