//! The input of a stage: its topics, and how their messages are read.

use longshore_messages::{BatchId, DecodeError, DeploymentId, StageMessage, WireMessage};

use crate::Settings;

/// A delivered message that is not decoded yet.
#[derive(Clone, Debug)]
pub struct Incoming<'a> {
    /// Topic id without the fleet's name (`source-uploaded`, `deploy-requested.REQUESTER`), or
    /// Google's (`cloud-builds`, `gcr`).
    pub topic: &'a str,
    pub message: &'a WireMessage,
    /// Pub/Sub's message id.
    pub message_id: &'a str,
    /// When Pub/Sub accepted the message.
    pub published_at: time::OffsetDateTime,
}

/// The input of a stage.
pub trait Input: Sized + Send + Sync + 'static {
    /// The topics of the input, named as in [`Incoming::topic`]. The worker has a subscription to
    /// each.
    const TOPICS: &'static [&'static str];

    /// The topics of the input in a fleet with these settings.
    #[must_use]
    fn topics(_settings: &Settings) -> Vec<String> {
        Self::TOPICS.iter().map(|topic| (*topic).to_owned()).collect()
    }

    /// Decodes a message. On an error the message is parked, unless [`InputError::is_from_newer`].
    fn read(incoming: &Incoming<'_>) -> Result<Self, InputError>;

    /// The deployment of the input, or `None` for an input that may concern any number of them.
    fn deployment(&self) -> Option<DeploymentId>;

    /// The batch that the input requests.
    fn batch(&self) -> Option<BatchId> {
        None
    }

    /// The worker whose record for this deployment, in the ledger, must hold this message.
    /// Otherwise it is parked before anything is done with it: everyone who may publish to the topic
    /// can write a message, but only the fleet can write the ledger. `None` for an input that has no
    /// such record, which the stage checks in another way.
    fn recorded_by(&self) -> Option<&'static str> {
        None
    }
}

/// Why a message cannot be decoded.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// The message is not valid for its topic, or comes from a newer major version.
    #[error("invalid message")]
    Decode(#[source] DecodeError),
    #[error("unexpected topic {0}")]
    Topic(String),
}

impl InputError {
    /// Whether a newer worker may be able to read the message.
    #[must_use]
    pub fn is_from_newer(&self) -> bool {
        match self {
            Self::Decode(error) => error.is_from_newer(),
            Self::Topic(_) => false,
        }
    }
}

impl<M: StageMessage + Send + Sync + 'static> Input for M {
    const TOPICS: &'static [&'static str] = &[M::TOPIC.as_str()];

    fn read(incoming: &Incoming<'_>) -> Result<Self, InputError> {
        longshore_messages::decode(incoming.message).map_err(InputError::Decode)
    }

    fn deployment(&self) -> Option<DeploymentId> {
        StageMessage::deployment(self)
    }

    fn recorded_by(&self) -> Option<&'static str> {
        M::TOPIC.recorded_by()
    }
}
