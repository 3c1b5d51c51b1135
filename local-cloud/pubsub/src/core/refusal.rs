//! Why a command was not carried out.

/// A refused command. Nothing was changed, except as [`Refusal::AckIds`] says. The variants are
/// Google's canonical codes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The same request will be refused again.
    #[error("{0}")]
    InvalidArgument(String),
    /// What the request names is in a state that does not allow it.
    #[error("{0}")]
    FailedPrecondition(String),
    /// A topic, subscription or schema that the request names does not exist.
    #[error("{0}")]
    NotFound(String),
    /// The name is taken.
    #[error("{0}")]
    AlreadyExists(String),
    /// Somebody else was faster. Read again, and try again.
    #[error("{0}")]
    Aborted(String),
    /// Under exactly-once delivery: some leases of the request are not valid any more. What could
    /// be done was done.
    #[error(
        "Some acknowledgement ids in the request were invalid. This could be because the acknowledgement ids have expired or \
         the acknowledgement ids were malformed."
    )]
    AckIds(Vec<(String, AckFailure)>),
    /// Google's Pub/Sub does it, this one does not.
    #[error("the local cloud does not serve {0}")]
    Unserved(String),
    /// The journal could not be written. Whether a retry helps depends on the disk.
    #[error("the journal cannot be written: {0}")]
    Journal(String),
}

/// What became of one acknowledgement id, by the names that Google's clients know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AckFailure {
    /// The lease has run out, was ended, or never was. It will not get better.
    InvalidAckId,
    /// An earlier message of the same ordering key is not acknowledged yet. Try again after that.
    Unordered,
    /// Done, but others of the same request failed. A client that tries again is told that it is
    /// done; one that takes every id that the error does not name for failed would be wrong
    /// otherwise.
    Repeat,
}

impl AckFailure {
    /// Google's name: permanent ones are given up, transient ones are tried again.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidAckId => "PERMANENT_FAILURE_INVALID_ACK_ID",
            Self::Unordered => "TRANSIENT_FAILURE_UNORDERED_ACK_ID",
            Self::Repeat => "TRANSIENT_FAILURE_OTHER",
        }
    }
}

impl Refusal {
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::InvalidArgument(message.into())
    }

    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self::FailedPrecondition(message.into())
    }

    pub(crate) fn not_found(resource: &str) -> Self {
        Self::NotFound(format!("Resource not found (resource={resource})."))
    }

    pub(crate) fn already_exists(resource: &str) -> Self {
        Self::AlreadyExists(format!(
            "Resource already exists in the project (resource={resource})."
        ))
    }
}
