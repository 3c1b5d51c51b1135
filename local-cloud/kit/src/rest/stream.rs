//! Responses that stream: the elements of one JSON array, which is written as they come, like
//! Google's REST APIs do it:
//! <https://github.com/googleapis/python-api-core/blob/main/google/api_core/rest_streaming.py>.
//!
//! A response that streams has an extension that says so, because a layer that waits for the end of
//! its body would wait forever.

use std::convert::Infallible;
use std::future::ready;

use axum::body::Body;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use futures::stream::{BoxStream, Stream, StreamExt as _, iter, once, repeat};
use serde_json::Value;

/// The responses of a method whose responses stream.
pub type Values = BoxStream<'static, Value>;

/// Maximum size of one element, and so of what is kept while it comes in.
const ELEMENT_MAX_BYTES: usize = 32 << 20;

/// The extension of a response that streams.
#[derive(Clone, Copy, Debug)]
struct Streams;

/// An element is larger than any message may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an element of the response is too large")]
pub struct TooLarge;

/// The response with these elements.
pub fn streamed(values: Values) -> Response {
    let body = array(values.map(|value| value.to_string()));
    let mut response =
        ([(header::CONTENT_TYPE, "application/json; charset=UTF-8")], body).into_response();
    response.extensions_mut().insert(Streams);
    response
}

/// Whether a response is one of [`streamed`].
pub(super) fn is_streamed(response: &Response) -> bool {
    response.extensions().get::<Streams>().is_some()
}

/// Encodes each element of a streamed response again. An element that cannot be read ends the stream.
pub(super) fn rewritten(
    response: Response,
    write: impl FnMut(Value) -> String + Send + 'static,
) -> Response {
    response.map(|body| {
        let mut elements = Elements::default();
        let parts = body.into_data_stream();
        let found =
            parts.map(move |part| part.map_or_else(|_| Vec::new(), |part| elements.push(&part)));
        let values = found.flat_map(iter).map(value_of);
        array(values.take_while(|value| ready(value.is_some())).filter_map(ready).map(write))
    })
}

fn value_of(element: Result<Vec<u8>, TooLarge>) -> Option<Value> {
    serde_json::from_slice(&element.ok()?).ok()
}

fn array(elements: impl Stream<Item = String> + Send + 'static) -> Body {
    let separators = once(ready("")).chain(repeat(",\n"));
    let elements =
        elements.zip(separators).map(|(element, separator)| format!("{separator}{element}"));
    let text = once(ready("[".to_owned())).chain(elements).chain(once(ready("]\n".to_owned())));
    Body::from_stream(text.map(|text| Ok::<_, Infallible>(Bytes::from(text))))
}

/// Finds the objects in the text of an array, however it is cut into parts.
#[derive(Debug, Default)]
pub struct Elements {
    /// The beginning of an object.
    begun: Vec<u8>,
    depth: usize,
    is_in_text: bool,
    is_escaped: bool,
}

impl Elements {
    /// The elements that end in this part.
    ///
    /// # Errors
    /// `TooLarge` is the last element if the one that has begun is larger than any message may be.
    pub fn push(&mut self, part: &[u8]) -> Vec<Result<Vec<u8>, TooLarge>> {
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
            complete.push(Err(TooLarge));
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
