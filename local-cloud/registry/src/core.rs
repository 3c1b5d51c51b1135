//! The registry's state machine: repositories, and in them images with their blobs, manifests and
//! tags.
//!
//! A decision (`decide`, `tagging`, `policy`) reads the state and returns events or a refusal.
//! `state` applies events, and nothing else changes the state. `read` answers queries. The core
//! knows digests and lengths; the service keeps the bytes.

mod decide;
mod manifest;
mod names;
mod policy;
mod read;
mod state;
mod tagging;
#[cfg(test)]
mod tests;

pub use decide::{
    CreateRepositoryError, DeleteError, PushError, RemoveBlobError, UnknownRepository,
};
pub use manifest::{InvalidManifest, Manifest, Reference, ReferenceKind};
pub use names::{
    Algorithm, Digest, ImageKey, InvalidDigest, RepositoryKey, is_path_component, is_repository_id,
    is_tag,
};
pub use policy::SetPolicyError;
pub use state::{
    Event, Image, Operation, OperationResult, Policy, Registry, Repository, Settings,
    StoredManifest,
};
pub use tagging::TagError;
