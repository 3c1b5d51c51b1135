//! Why a command was not carried out.

/// A refused command; nothing was changed. The variants are Google's canonical codes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The same request will be refused again.
    #[error("{0}")]
    InvalidArgument(String),
    /// A topic or subscription that the request names does not exist.
    #[error("{0}")]
    NotFound(String),
    /// The name is taken.
    #[error("{0}")]
    AlreadyExists(String),
    /// Google's Pub/Sub does it, this one does not.
    #[error("the local cloud does not serve {0}")]
    Unserved(String),
    /// The journal could not be written. Whether a retry helps depends on the disk.
    #[error("the journal cannot be written: {0}")]
    Journal(String),
}

impl Refusal {
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::InvalidArgument(message.into())
    }

    pub(crate) fn not_found(resource: &str) -> Self {
        Self::NotFound(format!("Resource not found (resource={resource})."))
    }

    pub(crate) fn already_exists(resource: &str) -> Self {
        Self::AlreadyExists(format!("Resource already exists in the project (resource={resource})."))
    }
}
