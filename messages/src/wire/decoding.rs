//! Decodes messages from the bus to the validated types.

use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde_path_to_error::Segment;
use thiserror::Error;

use super::encoding::{StageMessage, event_type};
use super::event::{ContentType, Event, EventError};
use super::message::WireMessage;
use super::specification;
use crate::invalid::{Invalid, quoted, shortened};
use crate::proto;
use crate::topics::Topic;

/// Maximum size of a message's data: 9 MiB, which leaves room for the attributes and the ledger's
/// envelope below Pub/Sub's limit of 10 MB.
/// <https://cloud.google.com/pubsub/quotas#resource_limits>
pub const MAX_DATA_BYTES: usize = 9 * 1024 * 1024;

/// A message cannot be read. Permanent: reject or park it, unless [`DecodeError::is_from_newer`].
#[derive(Debug, Error)]
pub enum DecodeError {
    /// The attributes are invalid.
    #[error("attributes are not those of a CloudEvent")]
    Event(#[from] EventError),
    /// The type is right, but its major version is too new for this worker.
    #[error("message type {found} is newer than {understood}, which this worker supports")]
    Version { found: String, understood: String },
    /// Another type of message, because the subscription is on the wrong topic or the publisher
    /// made a mistake.
    #[error("message type is \"{found}\", expected {expected}")]
    Type { found: String, expected: String },
    /// The topic does not accept this content type.
    #[error("content type \"{found}\" is not accepted, expected {expected}")]
    ContentType { found: String, expected: &'static str },
    /// The data has more than [`MAX_DATA_BYTES`] bytes.
    #[error("data of {0} bytes is larger than the limit of {MAX_DATA_BYTES} bytes")]
    TooLarge(usize),
    /// The data is not the protobuf of the message type.
    #[error("data is not the protobuf of the message type")]
    Protobuf(#[source] prost::DecodeError),
    /// The data is not the JSON of the message type.
    #[error("data is not the JSON of the message type, at {path}: {reason}")]
    Json {
        /// Path of the offending key or value.
        path: String,
        /// The problem. It is not the parser's error, which would quote the value of an environment
        /// variable, and that may be a misplaced secret.
        reason: String,
    },
    /// The message is readable but invalid.
    #[error("message is invalid")]
    Invalid(#[from] Invalid),
}

impl DecodeError {
    /// Whether a newer worker may be able to read the message: it has a newer type, or only fields
    /// and values that this worker does not support.
    #[must_use]
    pub fn is_from_newer(&self) -> bool {
        match self {
            Self::Version { .. } => true,
            Self::Invalid(invalid) => invalid.is_from_newer(),
            Self::Event(_)
            | Self::Type { .. }
            | Self::ContentType { .. }
            | Self::TooLarge(_)
            | Self::Protobuf(_)
            | Self::Json { .. } => false,
        }
    }
}

/// Decodes a message from the bus. The specification of a function keeps what this worker does not
/// understand.
///
/// # Errors
/// If it is not a valid message of this type; see [`DecodeError`] for what to do with it.
pub fn decode<M: StageMessage>(wire: &WireMessage) -> Result<M, DecodeError> {
    let event = Event::of(&wire.attributes)?;
    let proto = read_data::<M::Proto>(&event, &wire.data, M::TOPIC)?;
    let mut message = M::from_proto(proto)?;
    if let Some(function) = message.specification_mut()
        && let Some(received) = specification::find(&wire.data, M::SPECIFICATION)
    {
        function.keep_received(received);
    }
    Ok(message)
}

/// Decodes a request from the bus, as protobuf or JSON according to its content type, without
/// validating it, so that a rejection can name the function.
///
/// # Errors
/// If it is not a request; never [`DecodeError::Invalid`].
pub fn decode_request(wire: &WireMessage) -> Result<proto::DeployRequested, DecodeError> {
    read_data(&Event::of(&wire.attributes)?, &wire.data, Topic::DeployRequested)
}

/// Decodes a request to cancel, as [`decode_request`] does.
pub(crate) fn decode_cancel(wire: &WireMessage) -> Result<proto::CancelRequested, DecodeError> {
    read_data(&Event::of(&wire.attributes)?, &wire.data, Topic::CancelRequested)
}

/// Decodes a request for a batch, as [`decode_request`] does.
///
/// # Errors
/// If it is not such a request; never [`DecodeError::Invalid`].
pub fn decode_batch(wire: &WireMessage) -> Result<proto::BatchRequested, DecodeError> {
    read_data(&Event::of(&wire.attributes)?, &wire.data, Topic::BatchRequested)
}

fn read_data<P>(event: &Event, data: &Bytes, topic: Topic) -> Result<P, DecodeError>
where
    P: prost::Message + Default + DeserializeOwned,
{
    check_type(&event.ty, topic)?;
    if data.len() > MAX_DATA_BYTES {
        return Err(DecodeError::TooLarge(data.len()));
    }
    // Other systems write the one and read the other.
    let accepts_json = matches!(
        topic,
        Topic::DeployRequested
            | Topic::CancelRequested
            | Topic::BatchRequested
            | Topic::DeploymentFinished
            | Topic::BatchFinished
    );
    match ContentType::of(event) {
        Some(ContentType::Protobuf) => P::decode(data.clone()).map_err(DecodeError::Protobuf),
        Some(ContentType::Json) if accepts_json => read_json(data),
        Some(ContentType::Json) | None => Err(DecodeError::ContentType {
            found: quoted(event.content_type.as_deref().unwrap_or_default()),
            expected: if accepts_json {
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

/// Maximum length of a parser's message: enough for an unknown field and the names of all fields of
/// the largest message. The unknown field itself has no limit.
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
