//! The text of a parameter, as JSON has it in a text.

use prost_reflect::{DynamicMessage, Kind};
use serde_json::Value;

/// The value in the form in which the API gets it. `None` if the kind has no such value.
pub(super) fn of(kind: &Kind, text: &str) -> Option<String> {
    match kind {
        Kind::String | Kind::Bytes => Some(text.to_owned()),
        Kind::Bool => boolean(text).map(|value| value.to_string()),
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => number::<i32>(text),
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => number::<i64>(text),
        Kind::Uint32 | Kind::Fixed32 => number::<u32>(text),
        Kind::Uint64 | Kind::Fixed64 => number::<u64>(text),
        Kind::Float | Kind::Double => number::<f64>(text),
        Kind::Enum(of) => {
            let value = of
                .get_value_by_name(text)
                .or_else(|| text.parse().ok().and_then(|number| of.get_value(number)));
            value.map(|value| value.name().to_owned())
        }
        // The paths of a mask are those of its resource, which the API knows.
        Kind::Message(of) if of.full_name() == "google.protobuf.FieldMask" => Some(text.to_owned()),
        Kind::Message(of) => {
            let message = DynamicMessage::deserialize(of.clone(), Value::String(text.to_owned()));
            message.ok().map(|_| text.to_owned())
        }
    }
}

/// The texts are those that Google's front end takes.
fn boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "t" | "yes" | "y" | "1" => Some(true),
        "false" | "f" | "no" | "n" | "0" => Some(false),
        _ => None,
    }
}

fn number<N: std::str::FromStr + ToString>(text: &str) -> Option<String> {
    text.parse::<N>().ok().map(|number| number.to_string())
}

/// The kind, as Google's errors name it.
pub(super) fn kind_name(kind: &Kind) -> String {
    let scalar = match kind {
        Kind::Double => "DOUBLE",
        Kind::Float => "FLOAT",
        Kind::Int32 => "INT32",
        Kind::Int64 => "INT64",
        Kind::Uint32 => "UINT32",
        Kind::Uint64 => "UINT64",
        Kind::Sint32 => "SINT32",
        Kind::Sint64 => "SINT64",
        Kind::Fixed32 => "FIXED32",
        Kind::Fixed64 => "FIXED64",
        Kind::Sfixed32 => "SFIXED32",
        Kind::Sfixed64 => "SFIXED64",
        Kind::Bool => "BOOL",
        Kind::String => "STRING",
        Kind::Bytes => "BYTES",
        Kind::Message(of) => return format!("type.googleapis.com/{}", of.full_name()),
        Kind::Enum(of) => return format!("type.googleapis.com/{}", of.full_name()),
    };
    format!("TYPE_{scalar}")
}
