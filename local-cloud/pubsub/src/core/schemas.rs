//! Schemas, and the messages that must match them: <https://cloud.google.com/pubsub/docs/schemas>.

mod avro;
mod commands;
mod model;
mod protobuf;
mod types;
mod validate;

pub use self::model::{DELETED_SCHEMA, Definition, Encoding, Language, Revision, SchemaSettings};
pub(super) use self::validate::Schemas;
