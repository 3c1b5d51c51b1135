//! The REST API: <https://cloud.google.com/logging/docs/reference/v2/rest>.

mod entries;
mod logs;
mod tail;
#[cfg(test)]
mod tests;

use std::io;
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};

use crate::core::{InvalidName, descriptors};
use crate::service::Service;
use longshore_local_kit::pages::{self, InvalidPage};
use longshore_local_kit::rest::{Call, RestApi, RestError, Values};

/// Google's default and upper bound of `pageSize`.
const PAGE_DEFAULT: usize = 50;
const PAGE_MAX: usize = 1000;

/// Maximum number of `resourceNames`: `google.logging.v2.ListLogEntriesRequest`.
const RESOURCES_MAX: usize = 100;

/// The REST API: `/v2/entries:…` and the lists of logs and resource types.
pub fn api(service: Arc<Service>) -> Arc<dyn RestApi> {
    Arc::new(LoggingApi { service })
}

struct LoggingApi {
    service: Arc<Service>,
}

#[async_trait]
impl RestApi for LoggingApi {
    async fn answer(&self, call: &Call) -> Option<Result<Value, RestError>> {
        let service = Arc::clone(&self.service);
        Some(match (call.method.as_str(), call.segments().as_slice(), call.verb.as_deref()) {
            ("POST", ["v2", "entries"], Some("list")) => entries::list(service, call).await,
            ("POST", ["v2", "entries"], Some("write")) => entries::write(service, call).await,
            ("GET", ["v2", "projects", project, "logs"], None) => {
                logs::list(service, call, project).await
            }
            ("DELETE", ["v2", "projects", project, "logs", log], None) => {
                logs::delete(service, project, log).await
            }
            ("GET", ["v2", "monitoredResourceDescriptors"], None) => resource_types(call),
            _ => return None,
        })
    }

    async fn follow(&self, call: &Call) -> Option<Result<Values, RestError>> {
        match (call.method.as_str(), call.segments().as_slice(), call.verb.as_deref()) {
            ("POST", ["v2", "entries"], Some("tail")) => Some(tail::follow(&self.service, call)),
            _ => None,
        }
    }
}

fn resource_types(call: &Call) -> Result<Value, RestError> {
    let of = |descriptor: &Value| descriptor["type"].as_str().unwrap_or_default().to_owned();
    let all: Vec<(String, Value)> = descriptors().map(|one| (of(&one), one)).collect();
    let (page, next) =
        pages::sorted(all.into_iter(), page_size(call)?, call.query("pageToken"), |(of, _)| of)
            .map_err(InvalidPage::into_rest)?;
    let page: Vec<Value> = page.into_iter().map(|(_, descriptor)| descriptor).collect();
    Ok(list_of("resourceDescriptors", page.into(), next))
}

/// A page of a list. The last one has no token: clients of Google take an empty one for a page.
fn list_of(field: &str, page: Value, next: String) -> Value {
    let mut list = json!({field: page});
    if !next.is_empty() {
        list["nextPageToken"] = next.into();
    }
    list
}

fn page_size(call: &Call) -> Result<usize, RestError> {
    pages::size(call.query("pageSize"), PAGE_DEFAULT, PAGE_MAX).map_err(InvalidPage::into_rest)
}

/// Runs what reads or writes files.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, RestError> {
    let done = tokio::task::spawn_blocking(work).await;
    let done = done.map_err(|error| RestError::internal(error.to_string()))?;
    done.map_err(|error| RestError::internal(format!("cannot use the logs: {error}")))
}

impl From<InvalidName> for RestError {
    fn from(error: InvalidName) -> Self {
        Self::invalid(error.to_string())
    }
}
