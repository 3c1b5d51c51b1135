//! Why the core refuses a call. Its texts are Google's where operators search for them.

/// A refusal. Retrying does not help until the state changes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A field of the request is missing or malformed, or a ciphertext cannot be decrypted.
    #[error("{0}")]
    Invalid(String),
    /// No resource has this full name. `kind` is `KeyRing`, `CryptoKey` or `CryptoKeyVersion`.
    #[error("{kind} {name} not found.")]
    NotFound {
        /// Google's name for the type of the resource.
        kind: &'static str,
        /// Full name.
        name: String,
    },
    /// A resource has this full name already.
    #[error("{kind} {name} already exists.")]
    AlreadyExists {
        /// Google's name for the type of the resource.
        kind: &'static str,
        /// Full name.
        name: String,
    },
    /// The version does not encrypt or decrypt in its state.
    #[error("{version} is not enabled, current state is: {state}.")]
    NotEnabled {
        /// Full name of the version.
        version: String,
        /// Google's name for the state, such as `DISABLED`.
        state: &'static str,
    },
    /// The version or the key is in a state that forbids the call.
    #[error("{0}")]
    State(String),
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

    pub(super) fn no_ring(name: impl ToString) -> Self {
        Self::NotFound { kind: "KeyRing", name: name.to_string() }
    }

    pub(super) fn no_key(name: impl ToString) -> Self {
        Self::NotFound { kind: "CryptoKey", name: name.to_string() }
    }

    pub(super) fn no_version(name: impl ToString) -> Self {
        Self::NotFound { kind: "CryptoKeyVersion", name: name.to_string() }
    }
}
