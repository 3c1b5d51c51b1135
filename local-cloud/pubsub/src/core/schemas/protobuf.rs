//! Protocol buffers at run time: the message type of a definition, and its validation.

use prost_reflect::{
    Cardinality, DeserializeOptions, DynamicMessage, Kind, MessageDescriptor, ReflectMessage as _,
    Value,
};
use protox::file::{ChainFileResolver, File, FileResolver, GoogleFileResolver};

use crate::core::schema_model::Encoding;

/// Maximum size of a definition, in bytes:
/// <https://cloud.google.com/pubsub/quotas#resource_limits>.
const DEFINITION_BYTES: usize = 300 * 1024;
/// The name of the definition's file in error messages.
const FILE: &str = "schema.proto";

/// The message type of a definition.
#[derive(Clone, Debug)]
pub(super) struct MessageType(MessageDescriptor);

/// Why Pub/Sub rejects a definition.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum DefinitionError {
    #[error("it has {0} bytes, the maximum is {DEFINITION_BYTES}")]
    TooLong(usize),
    #[error("{0}")]
    Protobuf(String),
    #[error("it has {0} message types at its top level, not 1")]
    NotOneMessage(usize),
}

/// Why a message does not match its type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(super) struct Mismatch(String);

/// Resolves the definition, and no other file.
struct OneFile(String);

impl FileResolver for OneFile {
    fn open_file(&self, name: &str) -> Result<File, protox::Error> {
        if name == FILE {
            File::from_source(name, &self.0)
        } else {
            Err(protox::Error::file_not_found(name))
        }
    }
}

impl MessageType {
    /// Parses a definition: one file with one message at its top level, which imports only Google's
    /// well-known types.
    pub(super) fn parse(definition: &str) -> Result<Self, DefinitionError> {
        if definition.len() > DEFINITION_BYTES {
            return Err(DefinitionError::TooLong(definition.len()));
        }
        let mut files = ChainFileResolver::new();
        files.add(OneFile(definition.to_owned()));
        files.add(GoogleFileResolver::new());
        let mut compiler = protox::Compiler::with_file_resolver(files);
        compiler.open_file(FILE).map_err(|error| DefinitionError::Protobuf(error.to_string()))?;
        let pool = compiler.descriptor_pool();
        let file = pool.get_file_by_name(FILE).ok_or(DefinitionError::NotOneMessage(0))?;
        let messages: Vec<MessageDescriptor> = file.messages().collect();
        match &messages[..] {
            [message] => Ok(Self(message.clone())),
            others => Err(DefinitionError::NotOneMessage(others.len())),
        }
    }

    /// Checks that the data is a message of this type.
    pub(super) fn validate(&self, encoding: Encoding, data: &[u8]) -> Result<(), Mismatch> {
        let message = match encoding {
            Encoding::Binary => DynamicMessage::decode(self.0.clone(), data)
                .map_err(|error| Mismatch(error.to_string()))?,
            Encoding::Json => {
                let mut json = serde_json::Deserializer::from_slice(data);
                let options = DeserializeOptions::new().deny_unknown_fields(true);
                let message =
                    DynamicMessage::deserialize_with_options(self.0.clone(), &mut json, &options);
                let message = message.map_err(|error| Mismatch(error.to_string()))?;
                json.end().map_err(|error| Mismatch(error.to_string()))?;
                message
            }
        };
        missing(&message)
            .map_or(Ok(()), |field| Err(Mismatch(format!("the required field {field} is missing"))))
    }

    /// Why a next revision cannot have the type `next`, if it cannot. Optional fields may be added
    /// and removed; no field may change
    /// (<https://cloud.google.com/pubsub/docs/commit-schema-revision>).
    pub(super) fn incompatibility(&self, next: &Self) -> Option<String> {
        incompatibility(&self.0, &next.0)
    }
}

/// A required field that is missing in a message or a nested one.
fn missing(message: &DynamicMessage) -> Option<String> {
    let descriptor = message.descriptor();
    let mut required =
        descriptor.fields().filter(|field| field.cardinality() == Cardinality::Required);
    if let Some(field) = required.find(|field| !message.has_field(field)) {
        return Some(field.full_name().to_owned());
    }
    message.fields().find_map(|(_, value)| match value {
        Value::Message(below) => missing(below),
        Value::List(values) => values.iter().filter_map(Value::as_message).find_map(missing),
        Value::Map(values) => values.values().filter_map(Value::as_message).find_map(missing),
        _ => None,
    })
}

fn incompatibility(old: &MessageDescriptor, new: &MessageDescriptor) -> Option<String> {
    if old.full_name() != new.full_name() {
        return Some(format!("message {} became {}", old.full_name(), new.full_name()));
    }
    for field in old.fields() {
        let Some(successor) = new.get_field(field.number()) else {
            if field.cardinality() == Cardinality::Required {
                return Some(format!("the required field {} is gone", field.full_name()));
            }
            continue;
        };
        let same =
            field.name() == successor.name() && field.cardinality() == successor.cardinality();
        if !same || kind_name(&field.kind()) != kind_name(&successor.kind()) {
            return Some(format!(
                "the field {} with number {} has changed",
                field.full_name(),
                field.number()
            ));
        }
    }
    let added = new.fields().filter(|field| old.get_field(field.number()).is_none());
    let required = added.into_iter().find(|field| field.cardinality() == Cardinality::Required);
    let below = || {
        let mut nested = old.child_messages().filter_map(|child| {
            let successor =
                new.child_messages().find(|other| other.full_name() == child.full_name())?;
            incompatibility(&child, &successor)
        });
        nested.next()
    };
    required
        .map(|field| format!("the field {} is new, and required", field.full_name()))
        .or_else(below)
}

/// The name of a type. Descriptors of two pools are never equal, so types are compared by name.
fn kind_name(kind: &Kind) -> String {
    match kind {
        Kind::Message(message) => message.full_name().to_owned(),
        Kind::Enum(values) => values.full_name().to_owned(),
        scalar => format!("{scalar:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATE: &str = r#"syntax = "proto3"; message State { string name = 1; int32 n = 2; Part part = 3; message Part { bool on = 1; } }"#;

    #[test]
    fn a_message_is_valid_in_its_own_encoding_only() {
        let state = MessageType::parse(STATE).unwrap();
        for (encoding, data, valid) in [
            (Encoding::Json, &br#"{"name": "a", "n": 1, "part": {"on": true}}"#[..], true),
            (Encoding::Json, b"{}", true),
            (Encoding::Json, br#"{"nme": "a"}"#, false),
            (Encoding::Json, br#"{"n": "many"}"#, false),
            (Encoding::Json, br#"{"part": {"off": true}}"#, false),
            (Encoding::Json, b"{} {}", false),
            (Encoding::Json, b"\x0a\x01a", false),
            (Encoding::Binary, b"\x0a\x01a\x10\x01", true),
            (Encoding::Binary, b"", true),
            (Encoding::Binary, b"\x0a\x05a", false),
            (Encoding::Binary, b"\x08\x01", false),
        ] {
            assert_eq!(state.validate(encoding, data).is_ok(), valid, "{encoding:?} {data:?}");
        }
    }

    #[test]
    fn a_required_field_must_be_present() {
        let message =
            MessageType::parse(r#"syntax = "proto2"; message M { required string a = 1; }"#)
                .unwrap();
        assert_eq!(message.validate(Encoding::Json, br#"{"a": "x"}"#), Ok(()));
        let error = message.validate(Encoding::Json, b"{}").unwrap_err();
        assert!(error.to_string().contains("M.a"), "{error}");
    }

    #[test]
    fn a_definition_has_one_message_and_imports_only_well_known_types() {
        for (definition, complaint) in [
            ("nonsense", "nonsense"),
            (r#"syntax = "proto3";"#, "0 message types"),
            (r#"syntax = "proto3"; message A {} message B {}"#, "2 message types"),
            (r#"syntax = "proto3"; import "other.proto"; message A {}"#, "other.proto"),
            (r#"syntax = "proto3"; message A { Missing m = 1; }"#, "Missing"),
        ] {
            let error = MessageType::parse(definition).unwrap_err().to_string();
            assert!(error.contains(complaint), "{definition}: {error}");
        }
        let well_known = r#"syntax = "proto3"; import "google/protobuf/timestamp.proto"; message A { google.protobuf.Timestamp at = 1; }"#;
        let message = MessageType::parse(well_known).unwrap();
        assert!(message.validate(Encoding::Json, br#"{"at": "2026-01-01T00:00:00Z"}"#).is_ok());
        assert!(message.validate(Encoding::Json, br#"{"at": "soon"}"#).is_err());
    }

    #[test]
    fn a_revision_may_add_and_remove_fields_but_not_change_them() {
        let old = MessageType::parse(STATE).unwrap();
        for (from, to, compatible) in [
            ("int32 n = 2;", "int32 n = 2; string more = 9;", true),
            ("int32 n = 2;", "", true),
            ("int32 n = 2;", "string n = 2;", false),
            ("int32 n = 2;", "repeated int32 n = 2;", false),
            ("int32 n = 2;", "int32 m = 2;", false),
            ("bool on = 1;", "string on = 1;", false),
            ("message State", "message Other", false),
        ] {
            let new = MessageType::parse(&STATE.replace(from, to)).unwrap();
            assert_eq!(old.incompatibility(&new).is_none(), compatible, "{from} -> {to}");
        }
    }
}
