//! Cloud Storage: buckets, objects with generations and preconditions, over JSON, XML, uploads and
//! gRPC on one port.
//!
//! [`core::Core`] decides and remembers; [`Service`] adds the journal, the [`Contents`] and one
//! lock, so that every call is atomic; [`router`] serves it. Simulations use
//! [`Service::in_memory`].
//!
//! Google's Rust, Python, Node.js and Java clients and `gcloud storage` work against it. Stored and
//! returned without effect: IAM policies (access is never restricted, but a request's signature is
//! verified), lifecycle rules, CORS settings and storage classes. Rejected by name: soft delete,
//! retention policies, legacy ACLs, customer-supplied encryption keys, folders and caches.
//! `core/rules.rs` has what is demanded of a bucket's settings.
//! `methods.rs` lists every method. An object with a key of Cloud KMS can be neither read nor written
//! while the key is not enabled; its content is stored as it is. The idempotency token of Google's clients is ignored: a retried create-only write whose
//! first response was lost finds its own object and gets 412, as Google documents it.

mod accounts;
mod contents;
pub mod core;
mod error;
mod methods;
mod notice;
mod own_signer;
mod resource;
mod service;
mod signing;
mod wire;

pub use self::core::{
    BucketAttributes, BucketRecord, Digest, ExpectedChecksums, ListQuery, ObjectAttributes,
    ObjectRecord, ObjectReference, Page, Part, PartsUpload, Preconditions, UploadRecord, Verdict,
    Version, WriteRequest,
};
pub use contents::{Contents, Files, Memory, Staged, StagedFile, StagedMemory};
pub use error::{KeyProblem, StorageError};
pub use methods::METHODS;
pub use own_signer::UrlToSign;
pub use service::{Composition, Copied, CopyRequest, Deps, PartsError, Service};
pub use wire::{front, router};
