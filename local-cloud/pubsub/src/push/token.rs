//! The port through which push requests get their identity.

use time::OffsetDateTime;

/// Makes the OpenID Connect tokens of push requests.
pub trait TokenSource: Send + Sync {
    /// A signed token for a service account, to be shown to an audience.
    ///
    /// # Errors
    /// When it cannot be signed. The message is pushed again later.
    fn id_token(
        &self,
        email: &str,
        audience: &str,
        now: OffsetDateTime,
    ) -> Result<String, TokenError>;
}

/// A token could not be made.
#[derive(Debug, thiserror::Error)]
#[error("identity token cannot be signed: {0}")]
pub struct TokenError(pub String);
