//! What Pub/Sub needs from other services: the ports that the composition root connects.

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

/// Gets a report about each event that is not delivered, because it is the end of a loop.
pub trait LoopLog: Send + Sync {
    /// `service` is the full name of the service that does not get the event, and `report` is a
    /// sentence for those who read its log.
    fn stopped(&self, service: &str, report: &str);
}
