//! The JSON form of the wire's messages: <https://protobuf.dev/programming-guides/json/>.
//!
//! An unknown field is rejected, as Google does. A known but unsupported field is passed on to the
//! conversion that rejects it.

mod message;
mod policy;
mod push;
mod schema;
mod snapshot;
mod subscription;
mod topic;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::{Deserialize, Deserializer, de};
use serde_json::{Value, json};

use super::proto;
use longshore_local_kit::rest::RestError;

pub(super) use self::message::{
    AckJson, ModifyJson, PublishJson, PullJson, SeekJson, received_to_json,
};
pub(super) use self::policy::{SetPolicyJson, TestPermissionsJson, policy_to_json};
pub(super) use self::push::ModifyPushJson;
pub(super) use self::schema::{
    CommitJson, RollbackJson, SchemaJson, ValidateMessageJson, ValidateSchemaJson,
};
pub(super) use self::snapshot::{CreateSnapshotJson, SnapshotJson, SnapshotPatch};
pub(super) use self::subscription::{SubscriptionJson, SubscriptionPatch};
pub(super) use self::topic::{TopicJson, TopicPatch};

/// Whether enums are written by name or by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Enums {
    Names,
    Numbers,
}

impl Enums {
    fn write(self, name: &str, number: i32) -> Value {
        match self {
            Self::Names => json!(name),
            Self::Numbers => json!(number),
        }
    }

    /// The only state of the local cloud's resources.
    fn active(self) -> Option<Value> {
        Some(self.write("ACTIVE", proto::topic::State::Active.into()))
    }
}

/// An enum, by name or by number.
fn enum_of(
    field: &str,
    given: Option<&Value>,
    by_name: impl Fn(&str) -> Option<i32>,
) -> Result<i32, RestError> {
    let found = match given {
        None | Some(Value::Null) => Some(0),
        Some(Value::String(name)) => by_name(name),
        Some(Value::Number(number)) => {
            number.as_i64().and_then(|number| i32::try_from(number).ok())
        }
        Some(_) => None,
    };
    found.ok_or_else(|| {
        RestError::invalid(format!(
            "{field}: {} is not one of its values",
            given.unwrap_or(&Value::Null)
        ))
    })
}

/// Parses a field mask such as `labels,ackDeadlineSeconds` into the proto's spelling.
pub(super) fn field_mask(text: &str) -> prost_types::FieldMask {
    let paths = text.split(',').map(str::trim).filter(|path| !path.is_empty());
    let snake = |path: &str| {
        path.chars().fold(String::new(), |mut snake, c| {
            if c.is_ascii_uppercase() {
                snake.push('_');
            }
            snake.push(c.to_ascii_lowercase());
            snake
        })
    };
    prost_types::FieldMask { paths: paths.map(snake).collect() }
}

/// Base64 in either alphabet, with or without padding.
fn bytes_of(text: &str) -> Result<Vec<u8>, RestError> {
    let lenient =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let decoded = GeneralPurpose::new(&alphabet::STANDARD, lenient)
        .decode(text.replace('-', "+").replace('_', "/"));
    decoded.map_err(|error| RestError::invalid(format!("data is not base64: {error}")))
}

fn duration(text: Option<String>) -> Result<Option<prost_types::Duration>, RestError> {
    let parse = |text: String| {
        text.parse()
            .map_err(|_| RestError::invalid(format!("{text:?} is not a duration such as \"3.5s\"")))
    };
    text.map(parse).transpose()
}

fn refused(setting: Option<Value>) -> Option<proto::Refused> {
    setting.map(|_| proto::Refused {})
}

/// A 32-bit integer, which JSON may carry as a string.
fn integer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i32, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum NumberOrText {
        Number(i32),
        Text(String),
    }
    match NumberOrText::deserialize(deserializer)? {
        NumberOrText::Number(number) => Ok(number),
        NumberOrText::Text(text) => text.parse().map_err(de::Error::custom),
    }
}
