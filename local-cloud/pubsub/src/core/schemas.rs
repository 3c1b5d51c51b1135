//! Schemas, and the messages that must match them: <https://cloud.google.com/pubsub/docs/schemas>.

mod avro;
mod commands;
mod protobuf;
mod types;
mod validate;

pub(super) use self::validate::Schemas;
