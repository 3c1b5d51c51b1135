//! The requester of a deployment, so that it can find and read the outcome.

use time::OffsetDateTime;

use super::encoding::{StageMessage as _, encode, event_type, within_limit};
use super::event::{ContentType, Event};
use super::message::WireMessage;
use super::trace::TraceContext;
use crate::stages::DeploymentFinished;
use crate::topics::{DEFAULT_REQUESTER, Topic};

/// Attributes of an outcome that repeat the `ce-source` and `ce-id` of the request, and identify
/// its data. CloudEvents allows only letters and digits.
const SOURCE: &str = "requestsource";
const ID: &str = "requestid";
const SHA256: &str = "requestsha256";

/// Attribute of an outcome with the name of its requester. Only the fleet knows by which topic a
/// request came, so other requesters cannot cause outcomes with this value.
const REQUESTER: &str = "requester";

/// The sender of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requester {
    /// `ce-source` of the request.
    pub source: String,
    /// `ce-id` of the request.
    pub id: String,
    /// Lower-case hexadecimal SHA-256 of the request's data. Anyone who may publish requests can
    /// repeat `source` and `id`; by this value a requester knows that the outcome is its own.
    pub sha256: String,
    /// The encoding of the request, and therefore of the outcome.
    pub content_type: ContentType,
    /// The name of the requester: whose topic the request came by.
    pub name: String,
}

impl Requester {
    /// The sender of a message of the requester `name`. `None` if the message is not a request.
    pub fn of(message: &WireMessage, name: &str) -> Option<Self> {
        let is_request = |event: &Event| {
            Topic::OF_REQUESTERS.into_iter().any(|topic| event.ty == event_type(topic))
        };
        let event = Event::of(&message.attributes).ok().filter(is_request)?;
        let content_type = ContentType::of(&event).unwrap_or(ContentType::Protobuf);
        let sha256 = message.sha256();
        let name = name.to_owned();
        Some(Self { source: event.source, id: event.id, sha256, content_type, name })
    }
}

/// Encodes an outcome for the bus: as JSON if the request was JSON, and with the `ce-source`, the
/// `ce-id` and the digest of the request in attributes, and the requester if it is a named one.
pub fn encode_outcome(
    outcome: &DeploymentFinished,
    requester: Option<&Requester>,
    worker: &str,
    fleet: &str,
    trace: &TraceContext,
    at: OffsetDateTime,
) -> WireMessage {
    let mut message = encode(outcome, worker, fleet, trace, at);
    let Some(requester) = requester else { return message };
    let names = [(SOURCE, &requester.source), (ID, &requester.id), (SHA256, &requester.sha256)];
    message
        .attributes
        .extend(names.map(|(name, value)| (name.to_owned(), within_limit(value.clone()))));
    if requester.name != DEFAULT_REQUESTER {
        message.attributes.insert(REQUESTER.to_owned(), requester.name.clone());
    }
    if requester.content_type == ContentType::Json
        && let Ok(data) = serde_json::to_vec(&outcome.to_proto())
    {
        message.data = data.into();
        message.attributes.insert("content-type".to_owned(), ContentType::Json.as_str().to_owned());
    }
    message
}
