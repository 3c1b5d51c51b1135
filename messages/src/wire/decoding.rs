//! From the bus to a validated message.

use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde_path_to_error::Segment;
use thiserror::Error;

use super::encoding::{StageMessage, event_type};
use super::event::{ContentType, Event, EventError};
use super::message::WireMessage;
use crate::invalid::{Invalid, quoted, shortened};
use crate::proto;
use crate::topics::Topic;

/// Data of a message at most, in bytes: 9 MiB, which leaves the attributes and the ledger's
/// envelope room below the 10 MB that Pub/Sub takes.
/// <https://cloud.google.com/pubsub/quotas#resource_limits>
pub const MAX_DATA_BYTES: usize = 9 * 1024 * 1024;

/// A message could not be read. It will not get better by itself: refuse or park it, except for
/// [`DecodeError::Version`], which a newer worker reads.
#[derive(Debug, Error)]
pub enum DecodeError {
    /// The attributes.
    #[error("attributes are not a CloudEvent's")]
    Event(#[from] EventError),
    /// A newer major version of the right type: this worker is too old for it.
    #[error("message type {found} is newer than {understood}, which this worker understands")]
    Version {
        /// Type of the message.
        found: String,
        /// Type that was expected.
        understood: String,
    },
    /// Another type of message: a subscription on the wrong topic, or a publisher's mistake.
    #[error("message type is \"{found}\", expected {expected}")]
    Type {
        /// Type of the message.
        found: String,
        /// Type that was expected.
        expected: String,
    },
    /// The content type is not taken on this topic.
    #[error("content type \"{found}\" is not taken here, expected {expected}")]
    ContentType {
        /// The message's.
        found: String,
        /// What is taken.
        expected: &'static str,
    },
    /// More than [`MAX_DATA_BYTES`].
    #[error("data of {0} bytes is above the limit of {MAX_DATA_BYTES}")]
    TooLarge(usize),
    /// Not the protobuf that the type promises.
    #[error("data is not the protobuf of its type")]
    Protobuf(#[source] prost::DecodeError),
    /// Not the JSON that the type promises.
    #[error("data is not the JSON of its type, at {path}: {reason}")]
    Json {
        /// Path of the offending key or value.
        path: String,
        /// What is wrong there. Not an error of its own, because the parser's would quote the value
        /// of an environment variable, which may be a secret that should not be there.
        reason: String,
    },
    /// Readable, and against the rules.
    #[error("message breaks its rules")]
    Invalid(#[from] Invalid),
}

/// Reads a message from the bus.
///
/// # Errors
/// When it is not a valid message of this type; see [`DecodeError`] for what to do with it.
pub fn decode<M: StageMessage>(wire: &WireMessage) -> Result<M, DecodeError> {
    let event = Event::of(&wire.attributes)?;
    let proto = read_data::<M::Proto>(&event, &wire.data, M::TOPIC)?;
    Ok(M::from_proto(proto)?)
}

/// Reads a request from the bus, protobuf or JSON as its content type says, without checking it: a
/// request that is refused can still be told by its function.
///
/// # Errors
/// When it is not a request; never [`DecodeError::Invalid`].
pub fn decode_request(wire: &WireMessage) -> Result<proto::DeployRequested, DecodeError> {
    read_data(&Event::of(&wire.attributes)?, &wire.data, Topic::DeployRequested)
}

fn read_data<P>(event: &Event, data: &Bytes, topic: Topic) -> Result<P, DecodeError>
where
    P: prost::Message + Default + DeserializeOwned,
{
    check_type(&event.ty, topic)?;
    if data.len() > MAX_DATA_BYTES {
        return Err(DecodeError::TooLarge(data.len()));
    }
    // What other systems write, and what they read.
    let takes_json = matches!(topic, Topic::DeployRequested | Topic::DeploymentFinished);
    match ContentType::of(event) {
        Some(ContentType::Protobuf) => P::decode(data.clone()).map_err(DecodeError::Protobuf),
        Some(ContentType::Json) if takes_json => read_json(data),
        Some(ContentType::Json) | None => Err(DecodeError::ContentType {
            found: quoted(event.content_type.as_deref().unwrap_or_default()),
            expected: if takes_json {
                "application/protobuf or application/json"
            } else {
                "application/protobuf"
            },
        }),
    }
}

fn check_type(found: &str, topic: Topic) -> Result<(), DecodeError> {
    let understood = event_type(topic);
    if found == understood {
        return Ok(());
    }
    let stem = understood.trim_end_matches(|last: char| last.is_ascii_digit());
    let version = found
        .strip_prefix(stem)
        .filter(|version| version.bytes().all(|byte| byte.is_ascii_digit()));
    match version.and_then(|version| version.parse::<u32>().ok()) {
        Some(version) if version > 1 => {
            Err(DecodeError::Version { found: quoted(found), understood })
        }
        _ => Err(DecodeError::Type { found: quoted(found), expected: understood }),
    }
}

fn read_json<P: DeserializeOwned>(data: &Bytes) -> Result<P, DecodeError> {
    let mut deserializer = serde_json::Deserializer::from_slice(data);
    let read =
        serde_path_to_error::deserialize(&mut deserializer).map_err(|error| json_error(&error))?;
    deserializer.end().map_err(|error| DecodeError::Json {
        path: "the end".to_owned(),
        reason: error.to_string(),
    })?;
    Ok(read)
}

/// Characters of a parser's message at most: enough for the names of all fields of the largest
/// message behind an unknown one, where the unknown one has no limit of its own.
const REASON_CHARS_MAX: usize = 600;

fn json_error(error: &serde_path_to_error::Error<serde_json::Error>) -> DecodeError {
    let in_environment =
        |segment: &Segment| matches!(segment, Segment::Map { key } if key == "environment");
    let (line, column) = (error.inner().line(), error.inner().column());
    let reason = if error.path().iter().any(in_environment) {
        format!("must be text, at line {line} column {column}")
    } else {
        shortened(&error.inner().to_string(), REASON_CHARS_MAX)
    };
    let path = match error.path().to_string().as_str() {
        "." | "?" => "the top".to_owned(),
        path => quoted(path),
    };
    DecodeError::Json { path, reason }
}
