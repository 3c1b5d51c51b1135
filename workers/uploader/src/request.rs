//! A request as received. The stage validates it, so that the requester gets an outcome.

use bytes::Bytes;
use longshore_messages::{DeploymentId, Event, Topic, WireMessage};
use longshore_runner::{Incoming, Input, InputError};
use time::OffsetDateTime;

/// A request that is not validated yet.
#[derive(Clone, Debug)]
pub struct Request {
    /// The id of its deployment.
    pub id: DeploymentId,
    pub message: WireMessage,
    /// When Pub/Sub accepted it.
    pub published_at: OffsetDateTime,
}

impl Input for Request {
    const TOPICS: &'static [&'static str] = &[Topic::DeployRequested.as_str()];

    /// Never fails: a request without a valid identity is identified by its Pub/Sub message, so
    /// that it can be rejected.
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
