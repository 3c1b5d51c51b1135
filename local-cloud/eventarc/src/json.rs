//! The JSON of Google's messages
//! (<https://protobuf.dev/programming-guides/json/>), for REST and for the journal.
//!
//! Generated code knows only the binary form. The JSON form comes from the same `.proto` files, which
//! are compiled when they are first needed.

use std::sync::LazyLock;

use prost::Message;
use prost_reflect::{
    DescriptorPool, DeserializeOptions, DynamicMessage, MessageDescriptor, SerializeOptions,
};
use prost_types::Any;
use protox::file::{ChainFileResolver, File, FileResolver, GoogleFileResolver};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::proto::{iam, location, longrunning, v1};

/// The `.proto` files by the names that they import each other with.
const FILES: [(&str, &str); 5] = [
    (
        "google/cloud/eventarc/v1/eventarc.proto",
        include_str!("../proto/google/cloud/eventarc/v1/eventarc.proto"),
    ),
    (
        "google/cloud/location/locations.proto",
        include_str!("../proto/google/cloud/location/locations.proto"),
    ),
    ("google/iam/v1/iam_policy.proto", include_str!("../proto/google/iam/v1/iam_policy.proto")),
    (
        "google/longrunning/operations.proto",
        include_str!("../proto/google/longrunning/operations.proto"),
    ),
    ("google/rpc/status.proto", include_str!("../proto/google/rpc/status.proto")),
];

/// What the text of a type in an `Any` begins with.
const TYPE_PREFIX: &str = "type.googleapis.com/";

/// A message with its full name.
pub(crate) trait Named: Message + Default {
    const NAME: &'static str;
}

macro_rules! named {
    ($($message:ty = $name:literal,)*) => {
        $(impl Named for $message { const NAME: &'static str = $name; })*
    };
}

named! {
    v1::Trigger = "google.cloud.eventarc.v1.Trigger",
    v1::ListTriggersResponse = "google.cloud.eventarc.v1.ListTriggersResponse",
    v1::ListChannelsResponse = "google.cloud.eventarc.v1.ListChannelsResponse",
    v1::Provider = "google.cloud.eventarc.v1.Provider",
    v1::ListProvidersResponse = "google.cloud.eventarc.v1.ListProvidersResponse",
    v1::OperationMetadata = "google.cloud.eventarc.v1.OperationMetadata",
    location::Location = "google.cloud.location.Location",
    location::ListLocationsResponse = "google.cloud.location.ListLocationsResponse",
    longrunning::Operation = "google.longrunning.Operation",
    longrunning::ListOperationsResponse = "google.longrunning.ListOperationsResponse",
    iam::Policy = "google.iam.v1.Policy",
    iam::SetIamPolicyRequest = "google.iam.v1.SetIamPolicyRequest",
    iam::TestIamPermissionsRequest = "google.iam.v1.TestIamPermissionsRequest",
    iam::TestIamPermissionsResponse = "google.iam.v1.TestIamPermissionsResponse",
}

/// Why a document is not the JSON of a message. Names the field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct JsonError(String);

/// How enums are written. Google writes names, unless a client asks for numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Enums {
    Names,
    Numbers,
}

/// The JSON of a message. Fields with default values are left out.
pub(crate) fn to_value<M: Named>(message: &M, enums: Enums) -> Result<Value, JsonError> {
    let dynamic = DynamicMessage::decode(descriptor::<M>()?, message.encode_to_vec().as_slice())
        .map_err(error)?;
    let options = SerializeOptions::new().use_enum_numbers(enums == Enums::Numbers);
    dynamic.serialize_with_options(serde_json::value::Serializer, &options).map_err(error)
}

/// Reads a message, and refuses fields that it does not have.
pub(crate) fn from_slice<M: Named>(json: &[u8]) -> Result<M, JsonError> {
    let json: &[u8] = if json.is_empty() { b"{}" } else { json };
    let mut json = serde_json::Deserializer::from_slice(json);
    let message = read(&mut json, true)?;
    json.end().map_err(error)?;
    Ok(message)
}

/// Like [`from_slice`], for a document that is parsed already.
pub(crate) fn from_value<M: Named>(json: Value) -> Result<M, JsonError> {
    read(json, true)
}

fn read<'de, M: Named, D: Deserializer<'de>>(json: D, strict: bool) -> Result<M, JsonError>
where
    D::Error: std::fmt::Display,
{
    let options = DeserializeOptions::new().deny_unknown_fields(strict);
    let dynamic = DynamicMessage::deserialize_with_options(descriptor::<M>()?, json, &options)
        .map_err(error)?;
    M::decode(dynamic.encode_to_vec().as_slice()).map_err(error)
}

/// The message in an `Any`.
pub(crate) fn pack<M: Named>(message: &M) -> Any {
    Any { type_url: format!("{TYPE_PREFIX}{}", M::NAME), value: message.encode_to_vec() }
}

/// The JSON name of a field at a path such as `destination.cloud_run.path`: `destination.cloudRun.path`.
/// Paths go into messages, not into maps. `None`: there is no such field.
pub(crate) fn json_path<M: Named>(path: &str) -> Option<Vec<String>> {
    let mut message = Some(descriptor::<M>().ok()?);
    let mut names = Vec::new();
    for part in path.split('.') {
        let of = message.take()?;
        let field = of.get_field_by_name(part).or_else(|| of.get_field_by_json_name(part))?;
        names.push(field.json_name().to_owned());
        if !field.is_list() && !field.is_map() {
            message = field.kind().as_message().cloned();
        }
    }
    Some(names)
}

fn descriptor<M: Named>() -> Result<MessageDescriptor, JsonError> {
    static POOL: LazyLock<Result<DescriptorPool, JsonError>> = LazyLock::new(compile);
    let pool = POOL.as_ref().map_err(Clone::clone)?;
    pool.get_message_by_name(M::NAME).ok_or_else(|| JsonError(format!("no type {}", M::NAME)))
}

struct Embedded;

impl FileResolver for Embedded {
    fn open_file(&self, name: &str) -> Result<File, protox::Error> {
        match FILES.iter().find(|(known, _)| *known == name) {
            Some((_, text)) => File::from_source(name, text),
            None => Err(protox::Error::file_not_found(name)),
        }
    }
}

fn compile() -> Result<DescriptorPool, JsonError> {
    let mut files = ChainFileResolver::new();
    files.add(Embedded);
    files.add(GoogleFileResolver::new());
    let mut compiler = protox::Compiler::with_file_resolver(files);
    let names = FILES.iter().map(|(name, _)| name);
    compiler.include_imports(true).open_files(names).map_err(error)?;
    Ok(compiler.descriptor_pool())
}

fn error(error: impl std::fmt::Display) -> JsonError {
    JsonError(error.to_string())
}

/// A message in the journal, as JSON. Fields of other versions are ignored when it is read.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Stored<M>(pub(crate) M);

impl<M: Named> Serialize for Stored<M> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let json = to_value(&self.0, Enums::Names).map_err(serde::ser::Error::custom)?;
        json.serialize(serializer)
    }
}

impl<'de, M: Named> Deserialize<'de> for Stored<M> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = Value::deserialize(deserializer)?;
        read(json, false).map(Self).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn json_is_that_of_googles_rest_api() {
        let trigger = json!({
            "name": "projects/p/locations/r/triggers/t",
            "createTime": "2026-11-28T10:00:00Z",
            "eventFilters": [{"attribute": "type", "value": "v", "operator": "match-path-pattern"}],
            "destination": {"cloudRun": {"service": "s", "region": "r", "path": "/a"}},
            "transport": {"pubsub": {"topic": "t", "subscription": "s"}},
            "retryPolicy": {"maxAttempts": 1},
            "labels": {"a.b/c": "d"},
        });
        let read: v1::Trigger = from_value(trigger.clone()).unwrap();
        assert_eq!(to_value(&read, Enums::Names).unwrap(), trigger);
        let refused = from_slice::<v1::Trigger>(br#"{"matchingCriteria": []}"#).unwrap_err();
        assert!(refused.to_string().contains("matchingCriteria"), "{refused}");
    }

    #[test]
    fn a_packed_message_is_written_with_its_type() {
        let metadata = v1::OperationMetadata { verb: "create".to_owned(), ..Default::default() };
        let operation =
            longrunning::Operation { metadata: Some(pack(&metadata)), ..Default::default() };
        let written = to_value(&operation, Enums::Names).unwrap();
        let expected = "type.googleapis.com/google.cloud.eventarc.v1.OperationMetadata";
        assert_eq!(written["metadata"], json!({"@type": expected, "verb": "create"}));
    }
}
