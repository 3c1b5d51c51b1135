//! Responses that stream. Over REST they are the elements of an array, which the service writes one
//! after the other, as Google's REST clients read them:
//! <https://github.com/googleapis/python-api-core/blob/main/google/api_core/rest_streaming.py>.

use axum::body::Body;
use axum::http::StatusCode;
use bytes::Bytes;
use futures::stream::{BoxStream, StreamExt as _};
use prost::Message as _;
use prost_reflect::MessageDescriptor;
use serde_json::Value;
use tonic::Status;

use crate::response;

/// Maximum size of one element, and so of what is kept while it comes in.
const ELEMENT_MAX_BYTES: usize = 32 << 20;

pub(crate) type Messages = BoxStream<'static, Result<Bytes, Status>>;

/// One message for each element of a response. The first error ends the stream.
pub(crate) fn messages(kind: MessageDescriptor, body: Body) -> Messages {
    let mut elements = Elements::default();
    let mut is_over = false;
    let read = body.into_data_stream().map(move |part| match part {
        Ok(part) => elements.push(&part),
        Err(error) => vec![Err(Status::internal(format!("the response ends early: {error}")))],
    });
    let found = read.flat_map(futures::stream::iter);
    let encoded = found.map(move |element| encoded(&kind, &element?));
    encoded
        .take_while(move |message| {
            let goes_on = !is_over;
            is_over = message.is_err();
            futures::future::ready(goes_on)
        })
        .boxed()
}

/// A stream that has begun ends with an element that is an error.
fn encoded(kind: &MessageDescriptor, element: &[u8]) -> Result<Bytes, Status> {
    let parsed: Value = serde_json::from_slice(element).unwrap_or_default();
    let error = &parsed["error"];
    if error["status"].is_string() && kind.get_field_by_json_name("error").is_none() {
        return Err(response::status(StatusCode::INTERNAL_SERVER_ERROR, element));
    }
    response::message(kind, element).map(|message| message.encode_to_vec().into())
}

/// Finds the objects in the text of an array, however it is cut into parts.
#[derive(Debug, Default)]
struct Elements {
    /// The beginning of an object.
    begun: Vec<u8>,
    depth: usize,
    is_in_text: bool,
    is_escaped: bool,
}

impl Elements {
    fn push(&mut self, part: &[u8]) -> Vec<Result<Vec<u8>, Status>> {
        let mut complete = Vec::new();
        for &byte in part {
            if self.depth == 0 && byte != b'{' {
                continue;
            }
            self.begun.push(byte);
            self.see(byte);
            if self.depth == 0 {
                complete.push(Ok(std::mem::take(&mut self.begun)));
            }
        }
        if self.begun.len() > ELEMENT_MAX_BYTES {
            complete.push(Err(Status::internal("an element of the response is too large")));
        }
        complete
    }

    fn see(&mut self, byte: u8) {
        if self.is_in_text {
            match byte {
                _ if self.is_escaped => self.is_escaped = false,
                b'\\' => self.is_escaped = true,
                b'"' => self.is_in_text = false,
                _ => {}
            }
            return;
        }
        match byte {
            b'"' => self.is_in_text = true,
            b'{' => self.depth += 1,
            b'}' => self.depth -= 1,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_found_however_the_text_is_cut() {
        let text = r#"[{"a": "}{\"\\"} ,
            {"b": {"c": [{}]}},{}]"#;
        let expected = [r#"{"a": "}{\"\\"}"#, r#"{"b": {"c": [{}]}}"#, "{}"];
        for size in 1..text.len() {
            let mut elements = Elements::default();
            let parts = text.as_bytes().chunks(size);
            let found: Vec<_> = parts.flat_map(|part| elements.push(part)).collect();
            let found: Vec<_> =
                found.into_iter().map(|found| String::from_utf8(found.unwrap()).unwrap()).collect();
            assert_eq!(found, expected, "{size}");
        }
    }
}
