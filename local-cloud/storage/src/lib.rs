//! Cloud Storage: buckets, objects with generations and preconditions, over JSON, XML, uploads and
//! gRPC on one port.
//!
//! [`core::Core`] decides and remembers; [`Store`] adds the journal, the [`Contents`] and one lock,
//! so that every call is atomic; [`Service`] serves it. Simulations use [`Store::in_memory`].
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
mod digest;
mod error;
mod listing;
mod methods;
mod names;
mod precondition;
mod record;
mod service;
mod signing;
mod store;
mod wire;

pub use contents::{Contents, Files, Memory, Staged, StagedFile, StagedMemory};
pub use digest::{Digest, ExpectedChecksums};
pub use error::StorageError;
pub use listing::{ListQuery, Page};
pub use methods::METHODS;
pub use precondition::{Preconditions, Verdict, Version};
pub use record::{
    BucketAttributes, BucketRecord, ObjectAttributes, ObjectRecord, ObjectReference, UploadRecord,
    WriteRequest,
};
pub use service::Service;
pub use store::{Composition, Copied, CopyRequest, Store};
