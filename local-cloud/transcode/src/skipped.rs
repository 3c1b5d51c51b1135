//! Fields of requests that a decoder would skip.
//!
//! A decoder of protobuf skips the fields that it does not know. Then a caller believes that a field
//! has an effect, and it has none. So the calls of all methods are checked here, and fields that
//! would be skipped are refused by their names.
//!
//! Services that speak gRPC themselves have the fields that they act on in their own protos. They are
//! in a table without names, because it is needed on every call, and the descriptors are large.

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use bytes::Buf as _;
use prost_reflect::{DynamicMessage, ReflectMessage as _, Value};
use tonic::Status;

use crate::descriptors::pool;

/// The requests of the services that speak gRPC themselves:
/// `LONGSHORE_REGENERATE=1 cargo test --test generated_code`.
mod table {
    include!("generated/native.rs");
}

/// Maximum size of a request. The services have lower limits, which name what is too large.
const REQUEST_MAX_BYTES: usize = 32 << 20;

/// Maximum nesting. Decoders refuse more.
const DEPTH_MAX: usize = 100;

/// A field that would be skipped.
#[derive(Debug, PartialEq, Eq)]
struct Skipped {
    message: String,
    number: u32,
}

impl From<Skipped> for Status {
    fn from(Skipped { message, number }: Skipped) -> Self {
        let described = pool().get_message_by_name(&message);
        let field = described.and_then(|described| described.get_field(number));
        let name = field.map_or_else(|| number.to_string(), |field| field.name().to_owned());
        Self::unimplemented(format!("the local cloud does not serve the field {name} of {message}"))
    }
}

/// The request of a service that speaks gRPC itself. Requests that stream are not checked.
///
/// # Errors
/// `UNIMPLEMENTED` with the field.
pub(crate) async fn checked(request: Request) -> Result<Request, Status> {
    let path = request.uri().path();
    let found = table::METHODS.binary_search_by_key(&path, |(path, _)| path);
    let method = found.ok().and_then(|at| table::METHODS.get(at));
    let Some((_, message)) = method else { return Ok(request) };
    let (parts, body) = request.into_parts();
    let frame = to_bytes(body, REQUEST_MAX_BYTES)
        .await
        .map_err(|error| Status::out_of_range(format!("the request cannot be read: {error}")))?;
    // A flag and a length come first. What is compressed or incomplete is refused later.
    if let [0, _, _, _, _, encoded @ ..] = frame.as_ref() {
        scan(*message, encoded, 0)?;
    }
    Ok(Request::from_parts(parts, Body::from(frame)))
}

/// Looks at the numbers of the fields. What is malformed is refused later.
fn scan(message: u16, mut encoded: &[u8], depth: usize) -> Result<(), Skipped> {
    let Some((name, fields)) = table::MESSAGES.get(usize::from(message)) else { return Ok(()) };
    while !encoded.is_empty() && depth < DEPTH_MAX {
        let Ok(key) = prost::encoding::decode_varint(&mut encoded) else { return Ok(()) };
        let Ok(number) = u32::try_from(key >> 3) else { return Ok(()) };
        let Ok(at) = fields.binary_search_by_key(&number, |(number, _)| *number) else {
            return Err(Skipped { message: (*name).to_owned(), number });
        };
        let Some(value) = value_of(key & 7, &mut encoded) else { return Ok(()) };
        if let Some((_, inner)) = fields.get(at).filter(|(_, inner)| *inner != table::LEAF) {
            scan(*inner, value, depth + 1)?;
        }
    }
    Ok(())
}

/// Takes the value of a field from the front. Empty if it has no length of its own.
fn value_of<'a>(wire_type: u64, encoded: &mut &'a [u8]) -> Option<&'a [u8]> {
    let bytes = match wire_type {
        0 => {
            prost::encoding::decode_varint(encoded).ok()?;
            return Some(&[]);
        }
        1 => 8,
        2 => usize::try_from(prost::encoding::decode_varint(encoded).ok()?).ok()?,
        5 => 4,
        _ => return None,
    };
    let value = encoded.get(..bytes)?;
    encoded.advance(bytes);
    Some(if wire_type == 2 { value } else { &[] })
}

/// Checks a message that was decoded with all fields of Google's.
///
/// # Errors
/// `UNIMPLEMENTED` with the number of a field that is newer.
pub(crate) fn check(message: &DynamicMessage) -> Result<(), Status> {
    if let Some(unknown) = message.unknown_fields().next() {
        let message = message.descriptor().full_name().to_owned();
        return Err(Skipped { message, number: unknown.number() }.into());
    }
    message.fields().try_for_each(|(_, value)| check_value(value))
}

fn check_value(value: &Value) -> Result<(), Status> {
    match value {
        Value::Message(inner) => check(inner),
        Value::List(values) => values.iter().try_for_each(check_value),
        Value::Map(values) => values.values().try_for_each(check_value),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(path: &str, encoded: &[u8]) -> Request {
        let mut frame = vec![0];
        frame.extend(u32::try_from(encoded.len()).unwrap().to_be_bytes());
        frame.extend(encoded);
        Request::post(path).body(Body::from(frame)).unwrap()
    }

    async fn refusal(path: &str, encoded: &[u8]) -> Option<String> {
        match checked(request(path, encoded)).await {
            Err(status) => {
                assert_eq!(status.code(), tonic::Code::Unimplemented);
                Some(status.message().to_owned())
            }
            Ok(passed) => {
                let body = to_bytes(passed.into_body(), usize::MAX).await.unwrap();
                assert_eq!(&body[5..], encoded, "it is passed on as it is");
                None
            }
        }
    }

    const CREATE: &str = "/google.pubsub.v1.Publisher/CreateTopic";

    #[test]
    fn the_table_is_sorted_as_it_is_searched() {
        assert!(table::METHODS.is_sorted_by_key(|(path, _)| path));
        for (name, fields) in table::MESSAGES {
            assert!(fields.is_sorted_by_key(|(number, _)| *number), "{name}");
        }
    }

    #[tokio::test]
    async fn known_fields_of_all_wire_types_pass() {
        // `name`; `labels` with an entry; `schema_settings.encoding`, a number; nothing.
        for encoded in
            [&[10, 1, b't'][..], &[18, 6, 10, 1, b'k', 18, 1, b'v'], &[50, 2, 16, 1], &[]]
        {
            assert_eq!(refusal(CREATE, encoded).await, None, "{encoded:?}");
        }
    }

    #[tokio::test]
    async fn a_field_that_the_service_lacks_is_refused_by_its_name() {
        // `tags`, a map, and a field that Google does not have either.
        let refused = refusal(CREATE, &[10, 1, b't', 114, 0]).await.unwrap();
        assert!(refused.ends_with("the field tags of google.pubsub.v1.Topic"), "{refused}");
        let refused = refusal(CREATE, &[0xba, 0x3e, 0]).await.unwrap();
        assert!(refused.ends_with("the field 999 of google.pubsub.v1.Topic"), "{refused}");
        // In a message inside of the message.
        let refused = refusal(CREATE, &[50, 3, 0xb8, 0x3e, 1]).await.unwrap();
        assert!(refused.ends_with("the field 999 of google.pubsub.v1.SchemaSettings"), "{refused}");
    }

    #[tokio::test]
    async fn what_is_malformed_or_unlisted_is_left_to_the_service() {
        for encoded in [&[10][..], &[10, 200, 1], &[0xff; 12], &[50, 1, 10]] {
            assert_eq!(refusal(CREATE, encoded).await, None, "{encoded:?}");
        }
        assert_eq!(refusal("/example.Native/Get", &[0xba, 0x3e, 0]).await, None);
    }
}
