//! Why the core refuses a call. Its texts are Google's where operators search for them.

/// A refusal. Retrying does not help until the state changes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A field of the request is missing or malformed.
    #[error("{0}")]
    Invalid(String),
    /// No queue has this name.
    #[error(
        "Queue does not exist. If you just created the queue, wait at least a minute for the queue \
         to initialize."
    )]
    NoQueue,
    /// No task has this name, or no queue that was to be deleted.
    #[error("Requested entity was not found.")]
    NotFound,
    /// The task with this name has ended.
    #[error(
        "The task no longer exists, though a task with this name existed recently. The task either \
         successfully completed or was deleted."
    )]
    TaskGone,
    /// The service has no such location.
    #[error("Location {0} not found.")]
    NoLocation(String),
    #[error("Queue already exists")]
    QueueExists,
    #[error("Requested entity already exists")]
    TaskExists,
    #[error("The task cannot be created because a task with this name existed too recently.")]
    TaskNameUsed,
    /// The caller read another policy than the present one.
    #[error(
        "There were concurrent policy changes. Please retry the whole read-modify-write with \
         exponential backoff."
    )]
    Etag,
    /// The local cloud does less than Google here.
    #[error("the local cloud does not serve {0}")]
    Unimplemented(String),
}

impl Refusal {
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::Invalid(message.into())
    }
}
