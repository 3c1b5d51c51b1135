//! Responses that stream. Over REST they are the elements of an array, which the service writes one
//! after the other, as Google's REST clients read them:
//! <https://github.com/googleapis/python-api-core/blob/main/google/api_core/rest_streaming.py>.

use axum::body::Body;
use axum::http::StatusCode;
use bytes::Bytes;
use futures::stream::{BoxStream, StreamExt as _};
use longshore_local_kit::rest::Elements;
use prost::Message as _;
use prost_reflect::MessageDescriptor;
use serde_json::Value;
use tonic::Status;

use crate::response;

pub(crate) type Messages = BoxStream<'static, Result<Bytes, Status>>;

/// One message for each element of a response. The first error ends the stream.
pub(crate) fn messages(kind: MessageDescriptor, body: Body) -> Messages {
    let mut elements = Elements::default();
    let mut is_over = false;
    let read = body.into_data_stream().map(move |part| match part {
        Ok(part) => {
            let found = elements.push(&part).into_iter();
            found.map(|one| one.map_err(|error| Status::internal(error.to_string()))).collect()
        }
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
