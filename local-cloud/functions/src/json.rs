//! The JSON of Google's messages
//! (<https://protobuf.dev/programming-guides/json/>), for REST and for the journal.
//!
//! Generated code knows only the binary form. The JSON form comes from the same `.proto` files, which
//! are compiled when they are first needed.

use std::sync::LazyLock;

use prost::Message;
use prost_reflect::{
    DescriptorPool, DeserializeOptions, DynamicMessage, Kind, MessageDescriptor, SerializeOptions,
};
use prost_types::Any;
use protox::file::{ChainFileResolver, File, FileResolver, GoogleFileResolver};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::proto::{iam, location, longrunning, rpc, v2};

/// The `.proto` files by the names that they import each other with.
const FILES: [(&str, &str); 6] = [
    (
        "google/cloud/functions/v2/functions.proto",
        include_str!("../proto/google/cloud/functions/v2/functions.proto"),
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
    ("google/type/date.proto", include_str!("../proto/google/type/date.proto")),
];

/// What the text of a type in an `Any` begins with.
const TYPE_PREFIX: &str = "type.googleapis.com/";

/// The type of the response of a deletion.
const EMPTY: &str = "type.googleapis.com/google.protobuf.Empty";

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
    v2::Function = "google.cloud.functions.v2.Function",
    v2::GenerateUploadUrlRequest = "google.cloud.functions.v2.GenerateUploadUrlRequest",
    v2::GenerateUploadUrlResponse = "google.cloud.functions.v2.GenerateUploadUrlResponse",
    v2::GenerateDownloadUrlResponse = "google.cloud.functions.v2.GenerateDownloadUrlResponse",
    v2::ListFunctionsResponse = "google.cloud.functions.v2.ListFunctionsResponse",
    v2::ListRuntimesResponse = "google.cloud.functions.v2.ListRuntimesResponse",
    v2::list_runtimes_response::Runtime = "google.cloud.functions.v2.ListRuntimesResponse.Runtime",
    v2::LocationMetadata = "google.cloud.functions.v2.LocationMetadata",
    v2::OperationMetadata = "google.cloud.functions.v2.OperationMetadata",
    location::Location = "google.cloud.location.Location",
    location::ListLocationsResponse = "google.cloud.location.ListLocationsResponse",
    longrunning::Operation = "google.longrunning.Operation",
    longrunning::ListOperationsResponse = "google.longrunning.ListOperationsResponse",
    iam::Policy = "google.iam.v1.Policy",
    iam::SetIamPolicyRequest = "google.iam.v1.SetIamPolicyRequest",
    iam::TestIamPermissionsRequest = "google.iam.v1.TestIamPermissionsRequest",
    iam::TestIamPermissionsResponse = "google.iam.v1.TestIamPermissionsResponse",
    rpc::ErrorInfo = "google.rpc.ErrorInfo",
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
    let mut value =
        dynamic.serialize_with_options(serde_json::value::Serializer, &options).map_err(error)?;
    simplify_empty(&mut value);
    Ok(value)
}

/// Google's servers write a packed `Empty` as its type alone. Its library for Python refuses the
/// field `value` that the specification has there.
fn simplify_empty(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            if fields.get("@type").and_then(Value::as_str) == Some(EMPTY) {
                fields.remove("value");
            }
            fields.values_mut().for_each(simplify_empty);
        }
        Value::Array(items) => items.iter_mut().for_each(simplify_empty),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
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

/// A packed `google.protobuf.Empty`.
pub(crate) fn pack_empty() -> Any {
    Any { type_url: EMPTY.to_owned(), value: Vec::new() }
}

/// The JSON name of a field at a path such as `build_config.entryPoint`: `buildConfig.entryPoint`.
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

/// The first field with a number that its enum does not have, such as
/// `service_config.ingress_settings`. Generated code reads such a number as the default.
pub(crate) fn unknown_number<M: Named>(message: &M) -> Result<Option<String>, JsonError> {
    let bytes = message.encode_to_vec();
    let dynamic = DynamicMessage::decode(descriptor::<M>()?, bytes.as_slice()).map_err(error)?;
    Ok(unknown_in(&dynamic))
}

fn unknown_in(message: &DynamicMessage) -> Option<String> {
    message.fields().find_map(|(field, value)| {
        let name = field.name();
        if let (Some(number), Kind::Enum(of)) = (value.as_enum_number(), field.kind()) {
            return of.get_value(number).is_none().then(|| name.to_owned());
        }
        let inner = unknown_in(value.as_message()?)?;
        Some(format!("{name}.{inner}"))
    })
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
    let names = FILES.iter().map(|(name, _)| name).chain([&"google/protobuf/empty.proto"]);
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
        let function = json!({
            "name": "projects/p/locations/r/functions/f",
            "buildConfig": {"source": {"storageSource": {"bucket": "b", "generation": "7"}}},
            "state": "ACTIVE",
            "createTime": "2026-11-28T10:00:00Z",
            "labels": {"a.b/c": "d"},
        });
        let read: v2::Function = from_value(function.clone()).unwrap();
        assert_eq!(to_value(&read, Enums::Names).unwrap(), function);
        assert_eq!(to_value(&read, Enums::Numbers).unwrap()["state"], 1);
        let snake: v2::Function =
            from_slice(br#"{"build_config": {"entry_point": "f"}, "state": 1}"#).unwrap();
        assert_eq!(snake.build_config.unwrap().entry_point, "f");
    }

    #[test]
    fn an_unknown_field_is_refused_with_its_name() {
        let refused = from_slice::<v2::Function>(br#"{"runtime": "python312"}"#).unwrap_err();
        assert!(refused.to_string().contains("runtime"), "{refused}");
        let stored: Stored<v2::Function> = serde_json::from_str(r#"{"later": 1}"#).unwrap();
        assert_eq!(stored, Stored::default());
    }

    #[test]
    fn a_packed_message_is_written_with_its_type() {
        let metadata = v2::OperationMetadata { verb: "create".to_owned(), ..Default::default() };
        let operation =
            longrunning::Operation { metadata: Some(pack(&metadata)), ..Default::default() };
        let written = to_value(&operation, Enums::Names).unwrap();
        assert_eq!(
            written["metadata"],
            json!({
                "@type": "type.googleapis.com/google.cloud.functions.v2.OperationMetadata",
                "verb": "create",
            })
        );
    }

    #[test]
    fn a_packed_empty_message_is_its_type_alone() {
        let result = longrunning::operation::Result::Response(pack_empty());
        let operation = longrunning::Operation { result: Some(result), ..Default::default() };
        let written = to_value(&operation, Enums::Names).unwrap();
        assert_eq!(
            written["response"],
            json!({"@type": "type.googleapis.com/google.protobuf.Empty"})
        );
    }

    #[test]
    fn paths_of_masks_are_those_of_fields() {
        let path = |path| json_path::<v2::Function>(path).map(|names| names.join("."));
        assert_eq!(path("build_config.entry_point").unwrap(), "buildConfig.entryPoint");
        assert_eq!(
            path("serviceConfig.environmentVariables").unwrap(),
            "serviceConfig.environmentVariables"
        );
        for unknown in ["", "runtime", "labels.a", "build_config.source.nothing"] {
            assert_eq!(path(unknown), None, "{unknown}");
        }
    }
}
