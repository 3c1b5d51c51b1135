//! Schemas, and the messages that must match them: <https://cloud.google.com/pubsub/docs/schemas>.

mod commands;
mod model;
mod protobuf;
mod validate;

pub use self::model::{DELETED_SCHEMA, Encoding, Revision, SchemaSettings};
pub(super) use self::validate::Schemas;
