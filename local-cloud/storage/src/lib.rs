//! Cloud Storage: buckets, objects with generations and preconditions, over JSON, XML, uploads and
//! gRPC on one port.
//!
//! [`core::Core`] decides and remembers; [`Service`] adds the journal, the [`Contents`] and one lock,
//! so that every call is atomic; [`router`] serves it. Simulations use [`Service::in_memory`].
//!
//! Google's Rust, Python and Node.js clients and `gcloud storage` work against it. What does not
//! act: nobody is refused (IAM policies are kept and told, a signature is verified where a request
//! has one), nothing is deleted by lifecycle rules, no CORS header is sent, a storage class changes
//! nothing. What is refused by name: soft delete, retention policies, legacy ACLs, encryption keys,
//! folders, caches. `methods.rs` lists every method. The idempotency token of Google's clients is
//! not looked at: a create-only write that is sent again because its answer was lost finds its own
//! object, 412, as Google documents it.

mod accounts;
mod contents;
pub mod core;
mod error;
mod methods;
mod notice;
mod resource;
mod service;
mod wire;

pub use self::core::{
    BucketAttributes, BucketRecord, Digest, ExpectedChecksums, ListQuery, ObjectAttributes,
    ObjectRecord, ObjectReference, Page, Preconditions, UploadRecord, Verdict, Version,
    WriteRequest,
};
pub use contents::{Contents, Files, Memory, Staged, StagedFile, StagedMemory};
pub use error::StorageError;
pub use methods::METHODS;
pub use service::{Composition, Copied, CopyRequest, Deps, Service};
pub use wire::router;
