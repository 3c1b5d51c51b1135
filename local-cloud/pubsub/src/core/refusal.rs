//! Why a command failed.

/// Why a command failed. It changed nothing, except for [`Refusal::AckIds`]. Most variants are
/// named after Google's canonical codes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The request itself is wrong: a permanent error.
    #[error("{0}")]
    InvalidArgument(String),
    /// The resource is in a state that does not allow the operation.
    #[error("{0}")]
    FailedPrecondition(String),
    /// A topic, subscription, snapshot or schema does not exist.
    #[error("{0}")]
    NotFound(String),
    /// The name is taken.
    #[error("{0}")]
    AlreadyExists(String),
    /// A concurrent write came first. Retry the whole read-modify-write.
    #[error("{0}")]
    Aborted(String),
    /// Under exactly-once delivery, some leases of the request were not valid. The request took
    /// effect for the other ids.
    #[error(
        "Some acknowledgement ids in the request were invalid. This could be because the \
         acknowledgement ids have expired or the acknowledgement ids were malformed."
    )]
    AckIds(Vec<(String, AckFailure)>),
    /// Google's Pub/Sub supports it, this one does not.
    #[error("the local cloud does not serve {0}")]
    Unserved(String),
    /// The journal could not be written. Retrying helps once the disk has been repaired.
    #[error("cannot write the journal: {0}")]
    Journal(String),
}

/// Why one acknowledgement id failed, in the categories of Google's clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AckFailure {
    /// The lease has expired, was ended, or never existed. A permanent error.
    InvalidAckId,
    /// An earlier message of the same ordering key is not acknowledged yet. Retry after that.
    Unordered,
    /// The id succeeded, but others of the same request failed. Clients give up ids that the error
    /// does not name, so it names this one as well; a retry succeeds.
    Repeat,
}

impl AckFailure {
    /// Google's name. Clients retry transient failures, and give up on permanent ones.
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
