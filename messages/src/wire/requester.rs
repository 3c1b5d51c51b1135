//! Who asked for a deployment, so that the answer can be found by them and read by them.

use std::collections::BTreeMap;

use time::OffsetDateTime;

use super::encoding::{StageMessage as _, encode, event_type, within_limit};
use super::event::{ContentType, Event};
use super::message::WireMessage;
use super::trace::TraceContext;
use crate::stages::DeploymentFinished;
use crate::topics::Topic;

/// Attributes of an outcome that repeat the request's `ce-source` and `ce-id`. CloudEvents allows
/// letters and digits only.
const SOURCE: &str = "requestsource";
const ID: &str = "requestid";

/// The sender of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requester {
    /// Its `ce-source`.
    pub source: String,
    /// Its `ce-id`.
    pub id: String,
    /// How the request was written, and so its answer.
    pub content_type: ContentType,
}

impl Requester {
    /// `None` when these are not a request's attributes.
    pub fn of(attributes: &BTreeMap<String, String>) -> Option<Self> {
        let event = Event::of(attributes)
            .ok()
            .filter(|event| event.ty == event_type(Topic::DeployRequested))?;
        let content_type = ContentType::of(&event).unwrap_or(ContentType::Protobuf);
        Some(Self { source: event.source, id: event.id, content_type })
    }
}

/// Writes an outcome for the bus: as JSON when the request was JSON, and with the request's own
/// names in attributes.
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
    let names = [(SOURCE, &requester.source), (ID, &requester.id)];
    message
        .attributes
        .extend(names.map(|(name, value)| (name.to_owned(), within_limit(value.clone()))));
    if requester.content_type == ContentType::Json
        && let Ok(data) = serde_json::to_vec(&outcome.to_proto())
    {
        message.data = data.into();
        message.attributes.insert("content-type".to_owned(), ContentType::Json.as_str().to_owned());
    }
    message
}
