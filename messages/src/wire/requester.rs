//! The requester of a deployment, so that it can find and read the outcome.

use serde::Serialize;
use time::OffsetDateTime;

use super::decoding::decode_request;
use super::encoding::{StageMessage, encode, event_type, within_limit};
use super::event::{ContentType, Event};
use super::message::WireMessage;
use super::specification;
use super::trace::TraceContext;
use crate::ids::BatchId;
use crate::topics::{DEFAULT_REQUESTER, Topic};

/// Attributes of an outcome that repeat the `ce-source` and `ce-id` of the request, and identify
/// its data. CloudEvents allows only letters and digits.
const SOURCE: &str = "requestsource";
const ID: &str = "requestid";
const SHA256: &str = "requestsha256";

/// Attribute of an outcome with the name of its requester. Only the fleet knows by which topic a
/// request came, so other requesters cannot cause outcomes with this value.
const REQUESTER: &str = "requester";

/// Attribute of the outcome of a deployment with the id of its batch.
const BATCH: &str = "batch";

/// Number of the field of a request for a deployment that has the id of its batch.
const BATCH_FIELD: u32 = 5;

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
    /// The batch that the request belongs to.
    pub batch: Option<BatchId>,
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
        let (name, batch) = (name.to_owned(), batch_of(&event, message));
        Some(Self { source: event.source, id: event.id, sha256, content_type, name, batch })
    }
}

/// The batch of a request for a deployment. Reads no more of it than that.
fn batch_of(event: &Event, message: &WireMessage) -> Option<BatchId> {
    if event.ty != event_type(Topic::DeployRequested) {
        return None;
    }
    match ContentType::of(event)? {
        ContentType::Protobuf => {
            let id = specification::find(&message.data, &[BATCH_FIELD])?;
            std::str::from_utf8(&id).ok()?.parse().ok()
        }
        ContentType::Json => decode_request(message).ok()?.batch.parse().ok(),
    }
}

/// Encodes an outcome for the bus: as JSON if the request was JSON, and with the `ce-source`, the
/// `ce-id` and the digest of the request in attributes, and the requester if it is a named one, and
/// its batch.
pub fn encode_outcome<M: StageMessage<Proto: Serialize>>(
    outcome: &M,
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
    if let Some(batch) = requester.batch {
        message.attributes.insert(BATCH.to_owned(), batch.to_string());
    }
    if requester.content_type == ContentType::Json
        && let Ok(data) = serde_json::to_vec(&outcome.to_proto())
    {
        message.data = data.into();
        message.attributes.insert("content-type".to_owned(), ContentType::Json.as_str().to_owned());
    }
    message
}
