//! `POST /v2/entries:list` of Cloud Logging.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use google_cloud_logging_v2::model::ListLogEntriesRequest;
use serde_json::{Value, json};

use crate::core::{Filter, FilterError};
use crate::service::Service;
use longshore_local_kit::pages::{self, InvalidPage};
use longshore_local_kit::rest::{Call, RestApi, RestError};

/// Google's default and upper bound of `pageSize`.
const PAGE_DEFAULT: usize = 50;
const PAGE_MAX: usize = 1000;

/// The REST API: `POST /v2/entries:list`.
#[must_use]
pub fn api(service: Arc<Service>) -> Arc<dyn RestApi> {
    Arc::new(LoggingApi { service })
}

struct LoggingApi {
    service: Arc<Service>,
}

impl From<FilterError> for RestError {
    fn from(error: FilterError) -> Self {
        Self::invalid(error.to_string())
    }
}

#[async_trait]
impl RestApi for LoggingApi {
    async fn answer(&self, call: &Call) -> Option<Result<Value, RestError>> {
        match (call.method.as_str(), call.segments().as_slice(), call.verb.as_deref()) {
            ("POST", ["v2", "entries"], Some("list")) => Some(match call.json() {
                Ok(request) => list(Arc::clone(&self.service), request).await,
                Err(error) => Err(error),
            }),
            _ => None,
        }
    }
}

async fn list(service: Arc<Service>, request: ListLogEntriesRequest) -> Result<Value, RestError> {
    let filter = Filter::parse(&request.filter)?;
    let descending = match request.order_by.as_str() {
        "" | "timestamp asc" | "timestamp" => false,
        "timestamp desc" => true,
        other => {
            return Err(RestError::invalid(format!(
                "order_by: '{other}' is invalid: use 'timestamp asc' or 'timestamp desc'"
            )));
        }
    };
    let projects = projects(&request.resource_names)?;
    let reading = tokio::task::spawn_blocking(move || {
        let mut all = Vec::new();
        for project in projects {
            service.read(&project, &filter, &mut |entry| all.push(entry))?;
        }
        Ok(all)
    });
    let read: std::io::Result<_> =
        reading.await.map_err(|error| RestError::internal(error.to_string()))?;
    let mut found =
        read.map_err(|error| RestError::internal(format!("cannot read the logs: {error}")))?;
    found.sort_by(|a, b| {
        if descending { insert_id(b).cmp(insert_id(a)) } else { insert_id(a).cmp(insert_id(b)) }
    });
    let before = pages::key_before(&request.page_token).map_err(InvalidPage::into_rest)?;
    let is_after = |id: &str| {
        let before = before.as_deref();
        before.is_none_or(|before| if descending { id < before } else { id > before })
    };
    let mut rest = found.iter().filter(|entry| is_after(insert_id(entry)));
    let page_size = pages::size_of(request.page_size, PAGE_DEFAULT, PAGE_MAX)
        .map_err(InvalidPage::into_rest)?;
    let page: Vec<_> = rest.by_ref().take(page_size).collect();
    let last = page.last().filter(|_| rest.next().is_some());
    let next = last.map(|entry| pages::token_after(insert_id(entry)));
    Ok(json!({"entries": page, "nextPageToken": next.unwrap_or_default()}))
}

fn insert_id(entry: &Value) -> &str {
    entry["insertId"].as_str().unwrap_or_default()
}

fn projects(resource_names: &[String]) -> Result<BTreeSet<String>, RestError> {
    if resource_names.is_empty() {
        return Err(RestError::invalid("resource_names: at least one is required"));
    }
    let project = |name: &String| match name.split('/').collect::<Vec<_>>().as_slice() {
        ["projects", project] if !project.is_empty() && *project != ".." && *project != "." => {
            Ok((*project).to_owned())
        }
        _ => Err(RestError::invalid(format!(
            "resource_names: '{name}' is unsupported: use projects/PROJECT_ID"
        ))),
    };
    resource_names.iter().map(project).collect()
}

#[cfg(test)]
mod tests {
    use google_cloud_logging_v2::model::ListLogEntriesResponse;

    use super::*;
    use crate::{Admits, Deps, LogSource};

    /// Three entries of one project.
    struct Three;

    impl LogSource for Three {
        fn read(&self, _: &str, _: Admits<'_>, each: &mut dyn FnMut(Value)) -> std::io::Result<()> {
            for (id, text) in [("01", "1"), ("03", "3"), ("02", "2")] {
                each(json!({"insertId": id, "textPayload": text, "severity": "INFO"}));
            }
            Ok(())
        }
    }

    fn service() -> Arc<Service> {
        Service::new(Deps { sources: vec![Arc::new(Three)] })
    }

    async fn page(order: &str, token: &str) -> ListLogEntriesResponse {
        let request = ListLogEntriesRequest::new()
            .set_resource_names(["projects/p"])
            .set_order_by(order)
            .set_page_size(2)
            .set_page_token(token)
            .set_filter("severity=INFO");
        serde_json::from_value(list(service(), request).await.unwrap()).unwrap()
    }

    #[tokio::test]
    async fn pages_follow_each_other_in_either_order() {
        for (order, expected) in
            [("timestamp asc", ["1", "2", "3"]), ("timestamp desc", ["3", "2", "1"])]
        {
            let first = page(order, "").await;
            let second = page(order, &first.next_page_token).await;
            assert!(second.next_page_token.is_empty());
            let lines: Vec<_> = first
                .entries
                .iter()
                .chain(&second.entries)
                .map(|entry| entry.text_payload().unwrap().as_str())
                .collect();
            assert_eq!(lines, expected, "{order}");
        }
    }

    #[tokio::test]
    async fn an_invalid_request_is_rejected() {
        let request = || ListLogEntriesRequest::new().set_resource_names(["projects/p"]);
        for bad in [
            request().set_order_by("severity"),
            request().set_filter("severity>=~ERROR"),
            request().set_filter("severity>=LOUD"),
            request().set_page_size(-1),
            request().set_page_token("garbage"),
            ListLogEntriesRequest::new(),
        ] {
            assert_eq!(list(service(), bad).await.unwrap_err().status(), "INVALID_ARGUMENT");
        }
    }
}
