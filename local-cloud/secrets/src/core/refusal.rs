//! Why the core refuses a call. Its texts are Google's, which operators search for.

/// A refusal. Retrying does not help until the state changes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A field of the request is missing or malformed.
    #[error("{0}")]
    Invalid(String),
    /// No secret has this full name.
    #[error("Secret [{0}] not found.")]
    NoSecret(String),
    /// No version has this full name.
    #[error("Secret Version [{0}] not found.")]
    NoVersion(String),
    /// A secret has this full name already.
    #[error("Secret [{0}] already exists.")]
    SecretExists(String),
    /// The version is in a state that forbids the call.
    #[error("Secret Version [{name}] is in {state} state.")]
    State {
        /// Full name of the version.
        name: String,
        /// Name of the state, such as `DISABLED`.
        state: String,
    },
    /// The caller read another revision of the resource than the present one.
    #[error("{0}: the etag does not match.")]
    Etag(String),
    /// The caller read another policy than the present one.
    #[error(
        "There were concurrent policy changes. Please retry the whole read-modify-write with \
         exponential backoff."
    )]
    StalePolicy,
    /// The local cloud does less than Google here.
    #[error("the local cloud does not serve {0}")]
    Unimplemented(String),
}

impl Refusal {
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::Invalid(message.into())
    }

    /// Whether the secret or the version does not exist.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::NoSecret(_) | Self::NoVersion(_))
    }
}
