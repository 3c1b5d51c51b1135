//! The inputs as received. The stage validates them, so that their requester gets an outcome.

use bytes::Bytes;
use longshore_messages::{DeploymentId, Event, Topic, WireMessage};
use longshore_runner::{Incoming, Input, InputError, Settings};
use time::OffsetDateTime;

/// What a requester asks for.
#[derive(Clone, Debug)]
pub enum Asked {
    Deploy(Request),
    Cancel(Request),
}

/// A message of a requester that is not validated yet.
#[derive(Clone, Debug)]
pub struct Request {
    /// The id of its deployment; for a request to cancel, an id of its own.
    pub id: DeploymentId,
    /// The requester, as the topic of the message says.
    pub requester: String,
    pub message: WireMessage,
    /// When Pub/Sub accepted it: the first message, if it was published several times.
    pub published_at: OffsetDateTime,
    /// Whether this delivery stored it in the ledger, so that there was no earlier one.
    pub is_new: bool,
}

impl Input for Asked {
    const TOPICS: &'static [&'static str] =
        &[Topic::DeployRequested.as_str(), Topic::CancelRequested.as_str()];

    fn topics(settings: &Settings) -> Vec<String> {
        let topics = [Topic::DeployRequested, Topic::CancelRequested];
        topics.into_iter().flat_map(|topic| settings.topics_of_requesters(topic)).collect()
    }

    /// Fails only for another topic: a request without a valid identity is identified by its
    /// Pub/Sub message, so that it can be rejected.
    fn read(incoming: &Incoming<'_>) -> Result<Self, InputError> {
        let (topic, requester) = Topic::from_requester(incoming.topic)
            .ok_or_else(|| InputError::Topic(incoming.topic.to_owned()))?;
        let is_cancel = topic == Topic::CancelRequested;
        let id = match is_cancel {
            true => DeploymentId::of_cancel,
            false => DeploymentId::requested_by,
        };
        let id = match Event::of(&incoming.message.attributes) {
            Ok(event) => id(requester, &event.source, &event.id),
            Err(_) => id(requester, "pubsub", incoming.message_id),
        };
        let message = WireMessage {
            attributes: incoming.message.attributes.clone(),
            data: Bytes::clone(&incoming.message.data),
        };
        let (requester, published_at) = (requester.to_owned(), incoming.published_at);
        let request = Request { id, requester, message, published_at, is_new: false };
        Ok(if is_cancel { Self::Cancel(request) } else { Self::Deploy(request) })
    }

    fn deployment(&self) -> Option<DeploymentId> {
        match self {
            Self::Deploy(request) | Self::Cancel(request) => Some(request.id),
        }
    }
}
