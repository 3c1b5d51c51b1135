//! The port that signs the identity tokens of push requests.

use time::OffsetDateTime;

/// Signs the OpenID Connect tokens of push requests.
pub trait TokenSource: Send + Sync {
    /// Signs a token for a service account and an audience.
    ///
    /// # Errors
    /// When the token cannot be signed. The message is pushed again later.
    fn id_token(
        &self,
        email: &str,
        audience: &str,
        now: OffsetDateTime,
    ) -> Result<String, TokenError>;
}

/// A token could not be signed.
#[derive(Debug, thiserror::Error)]
#[error("cannot sign the identity token: {0}")]
pub struct TokenError(pub String);
