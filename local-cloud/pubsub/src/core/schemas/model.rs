//! Schemas as they are stored.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// What a topic names as its schema once that schema is deleted.
pub const DELETED_SCHEMA: &str = "_deleted-schema_";

/// One revision of a schema. All are in the language of protocol buffers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revision {
    /// `projects/P/schemas/S`.
    pub schema: String,
    /// Eight hexadecimal digits.
    pub id: String,
    /// When it was made.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// A `.proto` file with one message.
    pub definition: String,
}

/// What a topic asks of its messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchemaSettings {
    /// `projects/P/schemas/S`, or [`DELETED_SCHEMA`].
    pub schema: String,
    /// How messages are written.
    pub encoding: Encoding,
    /// Oldest revision that counts; empty: the first.
    pub first_revision: String,
    /// Newest revision that counts; empty: the last, whichever that is.
    pub last_revision: String,
}

/// How a message is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Encoding {
    /// The JSON form of protocol buffers.
    Json,
    /// The wire format of protocol buffers.
    Binary,
}

impl Encoding {
    /// Google's name of it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Json => "JSON",
            Self::Binary => "BINARY",
        }
    }
}
