//! The wire shell: the JSON API v1, uploads, downloads and gRPC.
//!
//! One module for each kind of request; `router` tells which path goes where.

mod buckets;
mod content_range;
mod grpc;
mod grpc_messages;
mod media;
mod metadata;
mod multipart;
mod objects;
mod parameters;
mod receive;
mod resource;
mod response;
mod resumable;
mod router;
mod shell;
mod upload;

pub(super) use resumable::Sessions;
pub(super) use router::router;
