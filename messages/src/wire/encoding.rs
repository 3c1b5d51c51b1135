//! Encodes validated messages for the bus.

use std::collections::BTreeMap;

use bytes::Bytes;
use prost::Message as _;
use serde::de::DeserializeOwned;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::event::{ContentType, SPEC_VERSION};
use super::message::WireMessage;
use super::specification;
use super::trace::TraceContext;
use crate::function::Function;
use crate::ids::DeploymentId;
use crate::invalid::Invalid;
use crate::proto;
use crate::topics::Topic;

/// Maximum length of an attribute's value, in bytes.
/// <https://cloud.google.com/pubsub/quotas#resource_limits>
const ATTRIBUTE_BYTES_MAX: usize = 1024;

/// A message between workers: the validated type and its encoding.
pub trait StageMessage: Sized {
    /// The topic of the message, which also determines its CloudEvents type.
    const TOPIC: Topic;

    /// The generated type.
    type Proto: prost::Message + Default + DeserializeOwned;

    /// Where [`StageMessage::specification`] is in the protobuf: the numbers of the fields on the
    /// way to it.
    const SPECIFICATION: &'static [u32] = &[];

    /// The function, if the message carries its complete specification.
    fn specification(&self) -> Option<&Function> {
        None
    }

    /// As [`StageMessage::specification`].
    fn specification_mut(&mut self) -> Option<&mut Function> {
        None
    }

    /// Validates a received message.
    ///
    /// # Errors
    /// All problems at once. Permanent: the same message is never accepted.
    fn from_proto(proto: Self::Proto) -> Result<Self, Invalid>;

    /// Converts the message to protobuf. [`StageMessage::from_proto`] restores it.
    fn to_proto(&self) -> Self::Proto;

    /// The deployment that the message belongs to.
    fn deployment(&self) -> Option<DeploymentId>;

    /// The function of the message, `PROJECT/REGION/NAME`.
    fn function(&self) -> Option<String>;

    /// The CloudEvents id, by which readers recognize duplicates: the same for the same fact, and
    /// different for any other.
    fn ce_id(&self) -> String;

    /// Additional attributes for subscription filters.
    fn extra_attributes(&self) -> Vec<(String, String)> {
        Vec::new()
    }
}

/// The id of a message that a deployment sends once.
pub(crate) fn once(deployment: DeploymentId, topic: Topic) -> String {
    format!("{deployment}/{topic}")
}

/// The CloudEvents type of a topic's messages, in the version that this code writes.
pub(super) fn event_type(topic: Topic) -> String {
    format!("dev.longshore.{topic}.v1")
}

/// Encodes a message for the bus. `worker` and `fleet` form its source, `at` is its time, and
/// `trace` the sender's trace context.
pub fn encode<M: StageMessage>(
    message: &M,
    worker: &str,
    fleet: &str,
    trace: &TraceContext,
    at: OffsetDateTime,
) -> WireMessage {
    let mut attributes =
        envelope(M::TOPIC, &format!("//longshore/{fleet}/{worker}"), &message.ce_id(), trace, at);
    let mut add = |name: &str, value: String| {
        if !value.is_empty() {
            attributes.insert(name.to_owned(), within_limit(value));
        }
    };
    if let Some(function) = message.function() {
        add("ce-subject", function.clone());
        add("function", function);
    }
    if let Some(deployment) = message.deployment() {
        add("deployment", deployment.to_string());
    }
    for (name, value) in message.extra_attributes() {
        add(&name, value);
    }
    let data = Bytes::from(message.to_proto().encode_to_vec());
    let received = message.specification().and_then(Function::as_received);
    let data = received
        .and_then(|received| specification::replace(&data, M::SPECIFICATION, received))
        .map_or(data, Bytes::from);
    WireMessage { attributes, data }
}

/// Encodes a request for the bus, as a system outside the fleet does. The requester chooses
/// `source` and `id`, which determine the deployment ([`DeploymentId::of`]): two requests with the
/// same values are one deployment. Both have 1 to 1024 bytes; otherwise Pub/Sub or the fleet
/// rejects the message.
pub fn encode_request(
    request: &proto::DeployRequested,
    source: &str,
    id: &str,
    trace: &TraceContext,
    at: OffsetDateTime,
) -> WireMessage {
    let attributes = envelope(Topic::DeployRequested, source, id, trace, at);
    WireMessage { attributes, data: Bytes::from(request.encode_to_vec()) }
}

/// Encodes a request for a batch, as [`encode_request`] does.
pub fn encode_batch(
    request: &proto::BatchRequested,
    source: &str,
    id: &str,
    trace: &TraceContext,
    at: OffsetDateTime,
) -> WireMessage {
    let attributes = envelope(Topic::BatchRequested, source, id, trace, at);
    WireMessage { attributes, data: Bytes::from(request.encode_to_vec()) }
}

/// Encodes a request to cancel a deployment, as [`encode_request`] does.
pub fn encode_cancel(
    request: &proto::CancelRequested,
    source: &str,
    id: &str,
    trace: &TraceContext,
    at: OffsetDateTime,
) -> WireMessage {
    let attributes = envelope(Topic::CancelRequested, source, id, trace, at);
    WireMessage { attributes, data: Bytes::from(request.encode_to_vec()) }
}

/// Encodes an event of a deployment, whose data is JSON. `labels` become attributes, unless they are
/// empty.
pub(crate) fn encode_event(
    data: Vec<u8>,
    source: &str,
    id: &str,
    labels: &[(&str, &str)],
    trace: &TraceContext,
    at: OffsetDateTime,
) -> WireMessage {
    let mut attributes = envelope(Topic::DeploymentEvents, source, id, trace, at);
    attributes.insert("content-type".to_owned(), ContentType::Json.as_str().to_owned());
    for (name, value) in labels.iter().filter(|(_, value)| !value.is_empty()) {
        attributes.insert((*name).to_owned(), within_limit((*value).to_owned()));
    }
    WireMessage { attributes, data: Bytes::from(data) }
}

fn envelope(
    topic: Topic,
    source: &str,
    id: &str,
    trace: &TraceContext,
    at: OffsetDateTime,
) -> BTreeMap<String, String> {
    let mut attributes: BTreeMap<String, String> = [
        ("ce-specversion", SPEC_VERSION.to_owned()),
        ("ce-type", event_type(topic)),
        ("ce-source", source.to_owned()),
        ("ce-id", id.to_owned()),
        ("content-type", ContentType::Protobuf.as_str().to_owned()),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect();
    // RFC 3339 covers the years 0 to 9999. A time outside them is omitted.
    if let Ok(time) = at.format(&Rfc3339) {
        attributes.insert("ce-time".to_owned(), time);
    }
    trace.write_to(&mut attributes);
    attributes
}

/// Truncates a value to the limit of an attribute. Only values of a rejected request can be longer.
pub(super) fn within_limit(mut value: String) -> String {
    value.truncate(value.floor_char_boundary(ATTRIBUTE_BYTES_MAX));
    value
}
