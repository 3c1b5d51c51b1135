//! Why a request is rejected.

/// A rejected request. Nothing has changed. The variants are Google's canonical codes
/// (`google/rpc/code.proto`).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// Permanent error: the request itself is invalid.
    #[error("{0}")]
    InvalidArgument(String),
    /// A resource is in a state that does not allow the request.
    #[error("{0}")]
    FailedPrecondition(String),
    #[error("{0}")]
    NotFound(String),
    #[error("{0}")]
    AlreadyExists(String),
    /// A concurrent write: the given etag is stale. Read again, then retry.
    #[error("{0}")]
    Aborted(String),
    /// Cloud Run supports this, the local cloud does not.
    #[error("{0}")]
    Unsupported(String),
    #[error("{0}")]
    Internal(String),
}

impl Refusal {
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::InvalidArgument(message.into())
    }

    pub(super) fn unsupported(what: impl Into<String>) -> Self {
        Self::Unsupported(what.into())
    }
}
