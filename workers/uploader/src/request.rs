//! A request as it arrives: everything in it may be wrong, and is looked at by the stage, so that
//! the requester gets an answer.

use bytes::Bytes;
use longshore_messages::{DeploymentId, Event, Topic, WireMessage};
use longshore_runner::{Incoming, Input, InputError};
use time::OffsetDateTime;

/// A request that nobody has read yet.
#[derive(Clone, Debug)]
pub struct Request {
    /// The deployment that it becomes.
    pub id: DeploymentId,
    /// The message.
    pub message: WireMessage,
    /// When Pub/Sub took it.
    pub published_at: OffsetDateTime,
}

impl Input for Request {
    const TOPICS: &'static [&'static str] = &[Topic::DeployRequested.as_str()];

    /// Never fails: a request without a usable identity is named after its Pub/Sub message, so that
    /// it can be refused by name.
    fn read(incoming: &Incoming<'_>) -> Result<Self, InputError> {
        let id = match Event::of(&incoming.message.attributes) {
            Ok(event) => DeploymentId::of(&event.source, &event.id),
            Err(_) => DeploymentId::of("pubsub", incoming.message_id),
        };
        let message = WireMessage {
            attributes: incoming.message.attributes.clone(),
            data: Bytes::clone(&incoming.message.data),
        };
        Ok(Self { id, message, published_at: incoming.published_at })
    }

    fn deployment(&self) -> Option<DeploymentId> {
        Some(self.id)
    }
}
