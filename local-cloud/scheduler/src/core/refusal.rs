//! Why the core refuses a call. Its texts are Google's where operators search for them.

/// A refusal. Retrying does not help until the state changes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A field of the request is missing or malformed.
    #[error("{0}")]
    Invalid(String),
    /// No job has this name.
    #[error("Job not found.")]
    NoJob,
    /// The service has no such location.
    #[error("Location {0} not found.")]
    NoLocation(String),
    /// A job has this full name already.
    #[error("Job {0} already exists.")]
    AlreadyExists(String),
    /// The local cloud does less than Google here.
    #[error("the local cloud does not serve {0}")]
    Unimplemented(String),
}

impl Refusal {
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::Invalid(message.into())
    }
}
