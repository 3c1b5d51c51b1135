//! The registry's state machine: repositories, and in them images with their blobs, manifests and
//! tags.
//!
//! A decision (`decide`, `tagging`, `policy`) looks at the state and answers with events or with a
//! refusal; `state` applies events; `read` answers questions. Bytes are not here: the core knows
//! digests and lengths, the shell keeps the contents.

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
pub use policy::{Policy, SetPolicyError};
pub use state::{
    Event, Image, Operation, OperationResult, Registry, Repository, Settings, StoredManifest,
};
pub use tagging::TagError;
