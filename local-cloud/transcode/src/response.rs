//! From the response of a REST call to the message, or the status, of a gRPC call.

use axum::http::StatusCode;
use longshore_local_kit::rest::RestError;
use prost::Message as _;
use prost_reflect::{DeserializeOptions, DynamicMessage, MessageDescriptor, Value as Field};
use serde_json::{Value, json};
use tonic::{Code, Status};

use crate::descriptors::pool;

const STATUS: &str = "google.rpc.Status";
const ANY: &str = "google.protobuf.Any";
const EMPTY: &str = "/google.protobuf.Empty";

/// `google/rpc/code.proto`, without `OK`.
const CODES: [(&str, Code); 16] = [
    ("CANCELLED", Code::Cancelled),
    ("UNKNOWN", Code::Unknown),
    ("INVALID_ARGUMENT", Code::InvalidArgument),
    ("DEADLINE_EXCEEDED", Code::DeadlineExceeded),
    ("NOT_FOUND", Code::NotFound),
    ("ALREADY_EXISTS", Code::AlreadyExists),
    ("PERMISSION_DENIED", Code::PermissionDenied),
    ("UNAUTHENTICATED", Code::Unauthenticated),
    ("RESOURCE_EXHAUSTED", Code::ResourceExhausted),
    ("FAILED_PRECONDITION", Code::FailedPrecondition),
    ("ABORTED", Code::Aborted),
    ("OUT_OF_RANGE", Code::OutOfRange),
    ("UNIMPLEMENTED", Code::Unimplemented),
    ("INTERNAL", Code::Internal),
    ("UNAVAILABLE", Code::Unavailable),
    ("DATA_LOSS", Code::DataLoss),
];

/// The message with this JSON. An empty text is an empty message.
///
/// # Errors
/// `INTERNAL` if the JSON is not the message's. A field that the message does not have is logged, and
/// left out.
pub(crate) fn message(kind: &MessageDescriptor, body: &[u8]) -> Result<DynamicMessage, Status> {
    let body: &[u8] = if body.is_empty() { b"{}" } else { body };
    let parsed: Value = serde_json::from_slice(body)
        .map_err(|error| Status::internal(format!("the response is no JSON: {error}")))?;
    let value = with_values(parsed);
    read(kind, &value, true).or_else(|error| {
        let kind_name = kind.full_name();
        tracing::warn!(%error, kind_name, "a response has other fields than its message");
        read(kind, &value, false)
            .map_err(|error| Status::internal(format!("the response is no {kind_name}: {error}")))
    })
}

fn read(
    kind: &MessageDescriptor,
    value: &Value,
    is_strict: bool,
) -> serde_json::Result<DynamicMessage> {
    let options = DeserializeOptions::new().deny_unknown_fields(is_strict);
    DynamicMessage::deserialize_with_options(kind.clone(), value, &options)
}

/// The JSON of a packed `google.protobuf.Empty` has a `value`, which Google leaves out.
fn with_values(value: Value) -> Value {
    match value {
        Value::Object(mut fields) => {
            let is_empty = |kind: &Value| kind.as_str().is_some_and(|kind| kind.ends_with(EMPTY));
            if fields.get("@type").is_some_and(is_empty) {
                fields.entry("value").or_insert_with(|| json!({}));
            }
            let fields = fields.into_iter().map(|(name, value)| (name, with_values(value)));
            Value::Object(fields.collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(with_values).collect()),
        other => other,
    }
}

/// The status of a response that is an error, with its details.
pub(crate) fn status(http: StatusCode, body: &[u8]) -> Status {
    let parsed: Value = serde_json::from_slice(body).unwrap_or_default();
    let error = &parsed["error"];
    let named = error["status"].as_str().unwrap_or_default();
    let code = CODES.iter().find(|(name, _)| *name == named).map(|(_, code)| *code);
    let message = error["message"].as_str();
    let (Some(code), Some(message)) = (code, message) else {
        return Status::new(code_of(http), String::from_utf8_lossy(body).trim().to_owned());
    };
    let details = error["details"].as_array().map(Vec::as_slice).unwrap_or_default();
    with_details(code, message, details)
}

/// The same for an error that is not serialized.
pub(crate) fn refusal(error: &RestError) -> Status {
    Status::new(error.code().number().into(), error.message())
}

fn with_details(code: Code, message: &str, details: &[Value]) -> Status {
    let any = pool().get_message_by_name(ANY);
    let packed = details.iter().filter_map(|detail| {
        let packed = read(any.as_ref()?, &with_values(detail.clone()), false);
        // A detail of an unknown type has no bytes. The code and the message say what matters.
        packed.inspect_err(|error| tracing::warn!(%error, "a detail of an error is left out")).ok()
    });
    let packed: Vec<Field> = packed.map(Field::Message).collect();
    let status = pool().get_message_by_name(STATUS).filter(|_| !packed.is_empty());
    let Some(status) = status else { return Status::new(code, message) };
    let mut status = DynamicMessage::new(status);
    status.set_field_by_name("code", Field::I32(code.into()));
    status.set_field_by_name("message", Field::String(message.to_owned()));
    status.set_field_by_name("details", Field::List(packed));
    Status::with_details(code, message, status.encode_to_vec().into())
}

/// The code of an HTTP status without a body of Google's
/// (<https://github.com/grpc/grpc/blob/master/doc/http-grpc-status-mapping.md>).
fn code_of(http: StatusCode) -> Code {
    match http {
        StatusCode::BAD_REQUEST => Code::Internal,
        StatusCode::UNAUTHORIZED => Code::Unauthenticated,
        StatusCode::FORBIDDEN => Code::PermissionDenied,
        StatusCode::NOT_FOUND => Code::Unimplemented,
        StatusCode::TOO_MANY_REQUESTS
        | StatusCode::BAD_GATEWAY
        | StatusCode::SERVICE_UNAVAILABLE
        | StatusCode::GATEWAY_TIMEOUT => Code::Unavailable,
        _ => Code::Unknown,
    }
}
