//! Schemas as they are stored.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// The schema of a topic whose schema was deleted.
pub const DELETED_SCHEMA: &str = "_deleted-schema_";

/// The text of a schema, and its language.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Definition {
    pub language: Language,
    pub text: String,
}

/// The language of a definition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Language {
    /// A `.proto` file with one message.
    #[default]
    ProtocolBuffer,
    /// A type of Apache Avro, in JSON.
    Avro,
}

/// One revision of a schema.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revision {
    /// `projects/P/schemas/S`.
    pub schema: String,
    /// Eight hexadecimal digits.
    pub id: String,
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    #[serde(default)]
    pub language: Language,
    pub definition: String,
}

/// The schema that a topic's messages must match.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchemaSettings {
    /// `projects/P/schemas/S`, or [`DELETED_SCHEMA`].
    pub schema: String,
    pub encoding: Encoding,
    /// Oldest revision that messages may match. Empty for the first.
    pub first_revision: String,
    /// Newest revision that messages may match. Empty for the latest.
    pub last_revision: String,
}

/// The encoding of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Encoding {
    /// The JSON form of the schema's language.
    Json,
    /// The wire format of the schema's language.
    Binary,
}

impl Encoding {
    /// Google's name for the encoding.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Json => "JSON",
            Self::Binary => "BINARY",
        }
    }
}
