//! `entries:tail`: a response for each batch of entries. gRPC has a stream of requests, of which the
//! first one says what to follow.

use std::collections::BTreeSet;
use std::time::Duration;

use futures::stream::{StreamExt as _, unfold};
use serde_json::{Value, json};

use super::RESOURCES_MAX;
use crate::core::{Filter, project_of};
use crate::service::Service;
use crate::tail::Batch;
use longshore_local_kit::filter::FilterError;
use longshore_local_kit::rest::{Call, Code, RestError, Values};

/// Default and maximum of `bufferWindow`.
const WINDOW: Duration = Duration::from_secs(2);
const WINDOW_MAX: Duration = Duration::from_secs(60);

const FIELDS: [&str; 3] = ["resourceNames", "filter", "bufferWindow"];

/// Follows the entries that arrive from now on.
///
/// # Errors
/// `INVALID_ARGUMENT` for a malformed request, `RESOURCE_EXHAUSTED` if a project has too many tails.
pub(super) fn follow(service: &Service, call: &Call) -> Result<Values, RestError> {
    call.check_fields(&FIELDS)?;
    let request: Value = call.message()?;
    let projects = projects(service, &request)?;
    let filter = Filter::parse(&text(&request, "filter")?).map_err(FilterError::into_rest)?;
    let tail = service.tail(projects, filter, window(&request)?);
    let tail = tail.map_err(|error| RestError::new(Code::ResourceExhausted, error.to_string()))?;
    let responses = unfold(tail, |tail| async move {
        let batch = tail.next().await?;
        Some((written(batch), tail))
    });
    Ok(responses.boxed())
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
