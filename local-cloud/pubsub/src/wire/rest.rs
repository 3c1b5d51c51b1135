//! The REST API: <https://cloud.google.com/pubsub/docs/reference/rest>.

mod policies;
mod schemas;
mod snapshots;
mod subscriptions;
#[cfg(test)]
mod tests;
mod topics;

use std::sync::Arc;

use async_trait::async_trait;
use axum::http::Method;
use serde::Serialize;
use serde_json::Value;

use super::error::rest_error;
use super::json::Enums;
use crate::Service;
use crate::core::Refusal;
use longshore_local_kit::rest::{Call, RestApi, RestError};

pub(super) fn router(service: Arc<Service>) -> axum::Router {
    longshore_local_kit::rest::routes(vec![Arc::new(Rest(service))])
}

struct Rest(Arc<Service>);

#[async_trait]
impl RestApi for Rest {
    async fn answer(&self, call: &Call) -> Option<Result<Value, RestError>> {
        let segments = call.segments();
        let ["v1", "projects", project, ref rest @ ..] = segments[..] else { return None };
        let name = segments[1..].join("/");
        let project = format!("projects/{project}");
        match (&call.method, rest, call.verb.as_deref()) {
            (
                _,
                ["topics" | "subscriptions" | "snapshots" | "schemas", _],
                Some("getIamPolicy" | "setIamPolicy" | "testIamPermissions"),
            ) => policies::policy(&self.0, call, name),
            (&Method::GET, ["topics"], None) => Some(topics::list(&self.0, call, project)),
            (&Method::GET, ["topics", topic, "subscriptions"], None) => {
                Some(topics::list_subscriptions(&self.0, call, format!("{project}/topics/{topic}")))
            }
            (&Method::GET, ["topics", topic, "snapshots"], None) => {
                Some(snapshots::list_of_topic(&self.0, call, format!("{project}/topics/{topic}")))
            }
            (_, ["topics", _], verb) => topics::topic(&self.0, call, name, verb),
            (&Method::GET, ["subscriptions"], None) => {
                Some(subscriptions::list(&self.0, call, project))
            }
            (_, ["subscriptions", _], None) => subscriptions::subscription(&self.0, call, name),
            (&Method::POST, ["subscriptions", _], Some(verb)) => {
                subscriptions::act(&self.0, call, name, verb).await
            }
            (&Method::GET, ["snapshots"], None) => Some(snapshots::list(&self.0, call, project)),
            (_, ["snapshots", _], None) => snapshots::snapshot(&self.0, call, name),
            (_, ["schemas"], verb) => schemas::collection(&self.0, call, project, verb),
            (_, ["schemas", _], verb) => schemas::schema(&self.0, call, name, verb),
            _ => None,
        }
    }
}

fn page(call: &Call) -> Result<(i32, String), RestError> {
    let size = match call.query("pageSize") {
        "" => 0,
        text => text
            .parse()
            .map_err(|_| RestError::invalid(format!("pageSize {text:?} is not a number")))?,
    };
    Ok((size, call.query("pageToken").to_owned()))
}

fn json_list<T: Serialize>(
    field: &str,
    entries: &[T],
    next_page_token: String,
) -> Result<Value, RestError> {
    let mut answer = serde_json::Map::from_iter([(field.to_owned(), json_of(&entries)?)]);
    if !next_page_token.is_empty() {
        answer.insert("nextPageToken".to_owned(), next_page_token.into());
    }
    Ok(answer.into())
}

/// The encoding of enums that the caller requests: Google's clients send
/// `$alt=json;enum-encoding=int`.
fn enums(call: &Call) -> Enums {
    let alt = [call.query("$alt"), call.query("alt")];
    if alt.iter().any(|alt| alt.contains("enum-encoding=int")) {
        Enums::Numbers
    } else {
        Enums::Names
    }
}

fn json_of<T: Serialize>(value: &T) -> Result<Value, RestError> {
    serde_json::to_value(value).map_err(|error| RestError::internal(error.to_string()))
}

fn empty(result: Result<(), Refusal>) -> Result<Value, RestError> {
    result.map(|()| serde_json::json!({})).map_err(rest_error)
}
