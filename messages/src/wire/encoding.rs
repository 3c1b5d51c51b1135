//! From a validated message to the bus.

use std::collections::BTreeMap;

use bytes::Bytes;
use prost::Message as _;
use serde::de::DeserializeOwned;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::event::{ContentType, SPEC_VERSION};
use super::message::WireMessage;
use super::trace::TraceContext;
use crate::ids::DeploymentId;
use crate::invalid::Invalid;
use crate::proto;
use crate::topics::Topic;

/// Longest value of an attribute in bytes. <https://cloud.google.com/pubsub/quotas#resource_limits>
const ATTRIBUTE_BYTES_MAX: usize = 1024;

/// A message that travels between workers: the validated type, and how it is written.
pub trait StageMessage: Sized {
    /// The topic that it travels on, which also names its CloudEvents type.
    const TOPIC: Topic;

    /// How it is written.
    type Proto: prost::Message + Default + DeserializeOwned;

    /// Checks what came over the wire.
    ///
    /// # Errors
    /// With every problem at once. The same message is refused again for ever.
    fn from_proto(proto: Self::Proto) -> Result<Self, Invalid>;

    /// Writes it. [`StageMessage::from_proto`] of the result is this value again.
    fn to_proto(&self) -> Self::Proto;

    /// The deployment that it belongs to.
    fn deployment(&self) -> Option<DeploymentId>;

    /// The function that it is about, `PROJECT/REGION/NAME`.
    fn function(&self) -> Option<String>;

    /// The CloudEvents id. It must be the same whenever the same thing is said again, and different
    /// otherwise: it is what a reader tells duplicates by.
    fn ce_id(&self) -> String;

    /// Attributes of its own, for subscription filters.
    fn extra_attributes(&self) -> Vec<(String, String)> {
        Vec::new()
    }
}

/// The id of a message that a deployment sends once on its way.
pub(crate) fn once(deployment: DeploymentId, topic: Topic) -> String {
    format!("{deployment}/{topic}")
}

/// The CloudEvents type of a topic's messages, in the version that this code writes.
pub(super) fn event_type(topic: Topic) -> String {
    format!("dev.longshore.{topic}.v1")
}

/// Writes a message for the bus. `worker` of `fleet` is its source, `at` its time, `trace` its
/// sender's place.
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
    WireMessage { attributes, data: Bytes::from(message.to_proto().encode_to_vec()) }
}

/// Writes a request for the bus, as a system outside the fleet does. `source` and `id` are the
/// requester's own, and name the deployment: [`DeploymentId::of`] of them. To ask again under the
/// same two is to ask once. Both are 1 to 1024 bytes, or Pub/Sub or the fleet refuses the message.
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
    // RFC 3339 writes the years 0 to 9999; a clock outside of them has no time to tell.
    if let Ok(time) = at.format(&Rfc3339) {
        attributes.insert("ce-time".to_owned(), time);
    }
    trace.write_to(&mut attributes);
    attributes
}

/// A value cut to what an attribute may have. Only a refused request's own words can be longer.
pub(super) fn within_limit(mut value: String) -> String {
    value.truncate(value.floor_char_boundary(ATTRIBUTE_BYTES_MAX));
    value
}
