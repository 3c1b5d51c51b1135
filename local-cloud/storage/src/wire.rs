//! The protocols: the JSON API v1, uploads, downloads, the part of the XML API that signed URLs
//! need, and gRPC.
//!
//! There is one module for each kind of request; `router` maps paths to them.

mod acl;
mod batch;
mod bucket_document;
mod buckets;
mod conditional;
mod content_headers;
mod content_range;
mod copies;
mod error;
mod fields;
mod grpc;
mod grpc_messages;
mod iam;
mod keys;
mod mask;
mod media;
mod metadata;
mod multipart;
mod notifications;
mod object_document;
mod object_headers;
mod objects;
mod parameters;
mod receive;
mod response;
mod resumable;
mod router;
mod sessions;
mod shell;
mod transcode;
mod upload;
mod xml;

pub use router::{front, router};
