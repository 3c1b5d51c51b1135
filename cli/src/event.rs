//! Requests as Pub/Sub and Eventarc send them, made by hand.
//!
//! Of the events whose data Google documents, what is not given is filled in: `object`, `audit` and
//! `document`. Any other event is sent as it is given.

mod audit;
mod document;
mod object;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use crate::call_body::Body;
use crate::time_text::rfc3339;

/// The beginning of the type of events of topics.
const TOPIC_FAMILY: &str = "google.cloud.pubsub.topic.";

/// The type of an event that carries a message of a topic.
const MESSAGE_PUBLISHED: &str = "google.cloud.pubsub.topic.v1.messagePublished";

/// The topic and the subscription that a message made by hand names.
const TOPIC: &str = "longshore-call";

/// An event cannot be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EventError {
    #[error("the data of an event must be JSON")]
    Json(#[source] serde_json::Error),
    #[error("the data of an event of this type must be an object")]
    NotAnObject,
    #[error("invalid data of a document: {0}")]
    Document(String),
    #[error("`{kind}` is not an event type")]
    Type { kind: String, known: Vec<&'static str> },
    #[error("`{0}` is not a valid attribute name: use only lower-case letters and digits")]
    Attribute(String),
}

impl EventError {
    pub(crate) fn advice(&self) -> String {
        match self {
            Self::Json(_) => {
                "quote it for the shell, such as --data '{\"key\": \"value\"}'".to_owned()
            }
            Self::NotAnObject => "pass fields, such as --data '{\"bucket\": \"b\"}'".to_owned(),
            Self::Document(_) => {
                "pass the documents in proto3's JSON, such as --data '{\"value\": {\"fields\": \
                 {\"name\": {\"stringValue\": \"Ada\"}}}}'"
                    .to_owned()
            }
            Self::Type { known, .. } => format!("use {}", known.join(", ")),
            Self::Attribute(_) => "such as --attribute tenant=a".to_owned(),
        }
    }
}

/// What makes a request unique, and where the function is.
#[derive(Clone, Debug)]
pub(crate) struct Stamp {
    pub(crate) id: String,
    pub(crate) at: OffsetDateTime,
    pub(crate) project: String,
    pub(crate) region: String,
}

/// The attributes of an event, which are headers in the binary mode of HTTP.
#[derive(Debug, Default)]
struct Context(Vec<(String, String)>);

impl Context {
    /// Sets an attribute. One that was set before is replaced.
    fn set(&mut self, name: &str, value: impl Into<String>) {
        let (name, value) = (format!("ce-{name}"), encoded(&value.into()));
        self.0.retain(|(other, _)| *other != name);
        self.0.push((name, value));
    }
}

/// The request of a push subscription with the default payload.
/// <https://cloud.google.com/pubsub/docs/push#receive_push>
pub(crate) fn push(data: &str, attributes: &[(String, String)], stamp: &Stamp) -> Body {
    Body::json(&message(data, attributes, stamp))
}

/// An event as Eventarc delivers it: in the binary mode of HTTP.
/// <https://cloud.google.com/eventarc/docs/workflows/cloudevents>
///
/// Of an event of a topic, `data` is the text of the message, and the attributes are those of the
/// message. Of any other event, `data` is its data in JSON, and the attributes are its own.
///
/// # Errors
/// If the data does not fit the type, or the type is misspelled.
pub(crate) fn event(
    kind: &str,
    data: Option<&str>,
    attributes: &[(String, String)],
    stamp: &Stamp,
) -> Result<Body, EventError> {
    check_type(kind)?;
    let mut context = Context::default();
    context.set("id", stamp.id.clone());
    context.set("specversion", "1.0");
    context.set("type", kind);
    context.set("time", rfc3339(stamp.at));
    if kind == MESSAGE_PUBLISHED {
        let project = &stamp.project;
        context.set("source", format!("//pubsub.googleapis.com/projects/{project}/topics/{TOPIC}"));
        let message = message(data.unwrap_or_default(), attributes, stamp);
        return Ok(Body { headers: context.0, ..Body::json(&message) });
    }
    let own: Value = serde_json::from_str(data.unwrap_or("{}")).map_err(EventError::Json)?;
    let is_object = own.is_object();
    let mut body = if kind.starts_with(document::FAMILY) {
        let content = document::data(kind, &own, stamp, &mut context)?;
        let content_type = document::CONTENT_TYPE.to_owned();
        Body { content, content_type, headers: Vec::new() }
    } else if kind.starts_with(object::FAMILY) && is_object {
        Body::json(&object::data(kind, own, stamp, &mut context))
    } else if kind.starts_with(audit::FAMILY) && is_object {
        Body::json(&audit::data(own, stamp, &mut context))
    } else if kind.starts_with(object::FAMILY) || kind.starts_with(audit::FAMILY) {
        return Err(EventError::NotAnObject);
    } else {
        context.set("source", "//longshore/call");
        Body::json(&own)
    };
    for (name, value) in attributes {
        let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        if name.is_empty() || !name.chars().all(is_name) {
            return Err(EventError::Attribute(name.clone()));
        }
        context.set(name, value.clone());
    }
    body.headers = context.0;
    Ok(body)
}

/// Refuses a type of a known family that Google does not have.
fn check_type(kind: &str) -> Result<(), EventError> {
    let families: [(&str, &[&'static str]); 4] = [
        (TOPIC_FAMILY, &[MESSAGE_PUBLISHED]),
        (audit::FAMILY, &[audit::WRITTEN]),
        (object::FAMILY, &object::TYPES),
        (document::FAMILY, &document::TYPES),
    ];
    let family = families.iter().find(|(beginning, _)| kind.starts_with(beginning));
    match family {
        Some((_, known)) if !known.contains(&kind) => {
            Err(EventError::Type { kind: kind.to_owned(), known: known.to_vec() })
        }
        Some(_) | None => Ok(()),
    }
}

/// A message as push requests and events carry it. Its id and its time have both spellings, as in
/// Google's requests.
fn message(data: &str, attributes: &[(String, String)], stamp: &Stamp) -> Value {
    let (id, at) = (&stamp.id, rfc3339(stamp.at));
    let mut message = json!({
        "data": BASE64_STANDARD.encode(data),
        "messageId": id, "message_id": id,
        "publishTime": at, "publish_time": at,
    });
    if !attributes.is_empty() {
        message["attributes"] = attributes
            .iter()
            .map(|(name, value)| (name.clone(), Value::from(value.as_str())))
            .collect::<Map<_, _>>()
            .into();
    }
    json!({
        "message": message,
        "subscription": format!("projects/{}/subscriptions/{TOPIC}", stamp.project),
    })
}

/// A text in JSON, by its pointer.
fn text<'a>(value: &'a Value, pointer: &str) -> Option<&'a str> {
    value.pointer(pointer)?.as_str()
}

/// The first value with the fields of the second one. Objects in both are merged.
fn merged(default: Value, own: Value) -> Value {
    match (default, own) {
        (Value::Object(mut default), Value::Object(own)) => {
            for (name, value) in own {
                let before = default.remove(&name).unwrap_or_default();
                default.insert(name, merged(before, value));
            }
            Value::Object(default)
        }
        (_, own) => own,
    }
}

/// What a header may not contain is percent-encoded, and the quotes and percent signs.
/// <https://github.com/cloudevents/spec/blob/main/cloudevents/bindings/http-protocol-binding.md#3132-http-header-values>
fn encoded(value: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && byte != b'"' && byte != b'%';
    with_percents(value, is_plain)
}

/// A part of the path of a URL.
fn percent_encoded(value: &str) -> String {
    with_percents(value, |byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
}

fn with_percents(value: &str, is_plain: impl Fn(u8) -> bool) -> String {
    let of_byte = |byte: u8| match is_plain(byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    value.bytes().map(of_byte).collect()
}

#[cfg(test)]
mod tests;
