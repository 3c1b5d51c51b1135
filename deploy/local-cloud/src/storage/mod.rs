//! Cloud Storage: buckets, objects with generations and preconditions, over JSON, uploads and gRPC on one port.
//!
//! [`core::Core`] decides and remembers; [`Store`] adds the journal, the [`Contents`] and one lock, so that every call is
//! atomic; [`Service`] serves it. Simulations use [`Store::in_memory`].
//!
//! Google's Rust client and `gcloud storage` work against it. What is not kept: former generations (there is no versioning and no soft delete), access control (nobody is refused),
//! encryption keys, retention, lifecycle rules, CORS. A call that asks for one of them is refused, never half done. Attributes
//! cannot be changed after a write, and the idempotency token of Google's clients is not looked at: a create-only write that
//! is sent again because its answer was lost finds its own object, 412.

mod contents;
pub mod core;
mod error;
mod listing;
mod names;
mod precondition;
mod record;
mod service;
mod store;
mod wire;

pub use contents::{Contents, Files, Memory, Staged, StagedFile, StagedMemory};
pub use error::StorageError;
pub use listing::{ListQuery, Page};
pub use precondition::{Preconditions, Verdict, Version};
pub use record::{
    BucketAttributes, BucketRecord, Digest, ExpectedChecksums, ObjectAttributes, ObjectRecord, UploadRecord, WriteRequest,
};
pub use service::Service;
pub use store::Store;
