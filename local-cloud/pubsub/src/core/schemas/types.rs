//! The types of definitions in either language.

use super::avro::AvroType;
use super::protobuf::MessageType;
use crate::core::refusal::Refusal;
use crate::core::schema_model::{Definition, Encoding, Language};

/// The type of a definition.
#[derive(Clone, Debug)]
pub(super) enum SchemaType {
    ProtocolBuffer(MessageType),
    Avro(AvroType),
}

impl SchemaType {
    /// # Errors
    /// When the definition is invalid.
    pub(super) fn parse(definition: &Definition) -> Result<Self, Refusal> {
        let invalid = |error: &dyn std::error::Error| {
            Refusal::invalid(format!("Invalid schema definition: {error}"))
        };
        match definition.language {
            Language::ProtocolBuffer => MessageType::parse(&definition.text)
                .map(Self::ProtocolBuffer)
                .map_err(|error| invalid(&error)),
            Language::Avro => {
                AvroType::parse(&definition.text).map(Self::Avro).map_err(|error| invalid(&error))
            }
        }
    }

    /// # Errors
    /// When the data is not a message of this type.
    pub(super) fn validate(&self, encoding: Encoding, data: &[u8]) -> Result<(), Refusal> {
        let why = match self {
            Self::ProtocolBuffer(of) => of.validate(encoding, data).map_err(|why| why.to_string()),
            Self::Avro(of) => of.validate(encoding, data).map_err(|why| why.to_string()),
        };
        why.map_err(|why| {
            Refusal::invalid(format!(
                "Invalid data in message: Message failed schema validation. {why}"
            ))
        })
    }

    /// Why a next revision cannot have the type `next`, if it cannot.
    pub(super) fn incompatibility(&self, next: &Self) -> Option<String> {
        match (self, next) {
            (Self::ProtocolBuffer(last), Self::ProtocolBuffer(next)) => last.incompatibility(next),
            (Self::Avro(last), Self::Avro(next)) => last.incompatibility(next),
            (Self::ProtocolBuffer(_), Self::Avro(_)) | (Self::Avro(_), Self::ProtocolBuffer(_)) => {
                Some("its type is another one".to_owned())
            }
        }
    }
}
