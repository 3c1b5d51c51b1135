//! `entries:tail`: the responses are the elements of one array, which is written as entries arrive.
//! gRPC has a stream of requests, of which the first one says what to follow.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::future::ready;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{Method, header};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use futures::stream::{StreamExt as _, once, unfold};
use serde_json::{Value, json};

use super::RESOURCES_MAX;
use crate::core::{Filter, project_of};
use crate::service::Service;
use crate::tail::{Batch, Tail};
use longshore_local_kit::filter::FilterError;
use longshore_local_kit::rest::{Call, Code, RestError, WANTS_JSON, body_error, is_json};

/// A filter has at most 20,000 characters.
const BODY_BYTES_MAX: usize = 1 << 20;

/// Default and maximum of `bufferWindow`.
const WINDOW: Duration = Duration::from_secs(2);
const WINDOW_MAX: Duration = Duration::from_secs(60);

const FIELDS: [&str; 3] = ["resourceNames", "filter", "bufferWindow"];

pub(super) async fn tail(State(service): State<Arc<Service>>, request: Request) -> Response {
    match open(&service, request).await {
        Ok(tail) => streamed(tail),
        Err(error) => error.into_response(),
    }
}

async fn open(service: &Service, request: Request) -> Result<Tail, RestError> {
    let (parts, body) = request.into_parts();
    let body =
        to_bytes(body, BODY_BYTES_MAX).await.map_err(|error| body_error(&error, BODY_BYTES_MAX))?;
    if !body.is_empty() && !is_json(&parts.headers) {
        return Err(RestError::invalid(WANTS_JSON));
    }
    let call = Call {
        method: Method::POST,
        path: ["v2", "entries"].map(str::to_owned).to_vec(),
        verb: Some("tail".to_owned()),
        query: [].into(),
        body,
    };
    call.check_fields(&FIELDS)?;
    let request: Value = call.message()?;
    let projects = projects(service, &request)?;
    let filter = Filter::parse(&text(&request, "filter")?).map_err(FilterError::into_rest)?;
    let tail = service.tail(projects, filter, window(&request)?);
    tail.map_err(|error| RestError::new(Code::ResourceExhausted, error.to_string()))
}

/// A field, which may be spelled as in the proto.
fn field<'a>(request: &'a Value, name: &str, in_proto: &str) -> &'a Value {
    request.get(name).unwrap_or(&request[in_proto])
}

fn text(request: &Value, name: &str) -> Result<String, RestError> {
    match &request[name] {
        Value::Null => Ok(String::new()),
        Value::String(text) => Ok(text.clone()),
        _ => Err(RestError::invalid(format!("{name} is not a text"))),
    }
}

fn projects(service: &Service, request: &Value) -> Result<BTreeSet<String>, RestError> {
    let names = field(request, "resourceNames", "resource_names").as_array();
    let names = names.map(Vec::as_slice).unwrap_or_default();
    if !(1..=RESOURCES_MAX).contains(&names.len()) {
        return Err(RestError::invalid(format!(
            "resource_names: 1 to {RESOURCES_MAX} are required"
        )));
    }
    let of = |name: &Value| {
        let name = name.as_str().ok_or_else(|| RestError::invalid("resource_names: not a text"))?;
        Ok(service.project_id(&project_of(name)?))
    };
    names.iter().map(of).collect()
}

fn window(request: &Value) -> Result<Duration, RestError> {
    let given = field(request, "bufferWindow", "buffer_window");
    if given.is_null() {
        return Ok(WINDOW);
    }
    let window = serde_json::from_value::<google_cloud_wkt::Duration>(given.clone()).ok();
    let window = window.and_then(|window| Duration::try_from(window).ok());
    window.filter(|window| *window <= WINDOW_MAX).ok_or_else(|| {
        RestError::invalid(format!("buffer_window: {given} is not a duration of 0 to 60 seconds"))
    })
}

fn streamed(tail: Tail) -> Response {
    let batches = unfold((tail, ""), |(tail, separator)| async move {
        let batch = tail.next().await?;
        Some((format!("{separator}{}", written(batch)), (tail, ",\n")))
    });
    let array = once(ready("[".to_owned())).chain(batches).chain(once(ready("]\n".to_owned())));
    let body = Body::from_stream(array.map(|text| Ok::<_, Infallible>(Bytes::from(text))));
    ([(header::CONTENT_TYPE, "application/json; charset=UTF-8")], body).into_response()
}

/// A `TailLogEntriesResponse`.
fn written(batch: Batch) -> Value {
    let Batch { entries, dropped } = batch;
    let mut response = json!({"entries": entries});
    if dropped > 0 {
        response["suppressionInfo"] =
            json!([{"reason": "NOT_CONSUMED", "suppressedCount": dropped}]);
    }
    response
}
