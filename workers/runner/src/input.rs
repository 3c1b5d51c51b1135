//! What a stage takes: which topics, and how a message of theirs is read.

use longshore_messages::{DecodeError, DeploymentId, StageMessage, WireMessage};

/// A message as it was delivered, before it is read.
#[derive(Clone, Debug)]
pub struct Incoming<'a> {
    /// Topic id without the fleet's name (`source-uploaded`), or one of Google's (`cloud-builds`,
    /// `gcr`).
    pub topic: &'a str,
    /// The message.
    pub message: &'a WireMessage,
    /// Pub/Sub's id of it.
    pub message_id: &'a str,
    /// When Pub/Sub took it.
    pub published_at: time::OffsetDateTime,
}

/// What a stage takes.
pub trait Input: Sized + Send + 'static {
    /// The topics it comes from, as [`Incoming::topic`] names them. The worker has one subscription
    /// to each.
    const TOPICS: &'static [&'static str];

    /// Reads a message.
    ///
    /// # Errors
    /// [`InputError`]; the message is parked, since reading it again gives the same.
    fn read(incoming: &Incoming<'_>) -> Result<Self, InputError>;

    /// The one deployment that the input is about, or `None` for announcements that may concern any
    /// number.
    fn deployment(&self) -> Option<DeploymentId>;
}

/// A message that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// It is not what its topic carries, or comes from a newer major version.
    #[error("message cannot be read")]
    Decode(#[source] DecodeError),
    /// It came from a topic that the stage does not know.
    #[error("no messages are expected from topic {0}")]
    Topic(String),
}

impl<M: StageMessage + Send + 'static> Input for M {
    const TOPICS: &'static [&'static str] = &[M::TOPIC.as_str()];

    fn read(incoming: &Incoming<'_>) -> Result<Self, InputError> {
        longshore_messages::decode(incoming.message).map_err(InputError::Decode)
    }

    fn deployment(&self) -> Option<DeploymentId> {
        StageMessage::deployment(self)
    }
}
