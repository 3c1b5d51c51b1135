//! The REST APIs: which path means what.

mod billing;
mod projects;
mod quotas;
mod services;

use std::sync::Arc;

use async_trait::async_trait;
use longshore_local_kit::pages::{self, InvalidPage};
use longshore_local_kit::rest::{Call, RestApi, RestError};
use serde_json::{Value, json};

use crate::Service;

/// Maximum and default of `pageSize`: Service Usage's maximum.
const PAGE_MAX: usize = 200;

/// Resource Manager v1 and v3, Service Usage v1 and v1beta1, and Cloud Billing v1.
#[must_use]
pub fn api(service: Arc<Service>) -> Arc<dyn RestApi> {
    Arc::new(ProjectsApi { service })
}

struct ProjectsApi {
    service: Arc<Service>,
}

#[async_trait]
impl RestApi for ProjectsApi {
    async fn answer(&self, call: &Call) -> Option<Result<Value, RestError>> {
        let segments = call.segments();
        let (version, rest) = match segments.as_slice() {
            [version @ ("v1" | "v1beta1" | "v3"), rest @ ..] => (*version, rest),
            _ => return None,
        };
        match rest {
            ["projects", project, "services", rest @ ..] => {
                services::answer(&self.service, call, version, project, rest)
            }
            ["projects", project, "billingInfo"] => {
                billing::answer(&self.service, call, version, project)
            }
            ["operations", id] => services::operation(call, id),
            ["projects"] => projects::list(&self.service, call, version),
            ["projects", project] => projects::answer(&self.service, call, version, project),
            _ => None,
        }
    }
}

/// A page of a list, ordered by name.
///
/// # Errors
/// `INVALID_ARGUMENT` if the size or the token is invalid.
fn paged(call: &Call, field: &str, all: Vec<Value>) -> Result<Value, RestError> {
    let name = |entry: &Value| entry["name"].as_str().unwrap_or_default().to_owned();
    let mut all: Vec<(String, Value)> =
        all.into_iter().map(|entry| (name(&entry), entry)).collect();
    all.sort_by(|(one, _), (other, _)| one.cmp(other));
    let (page, next) = pages::size(call.query("pageSize"), PAGE_MAX, PAGE_MAX)
        .and_then(|size| {
            pages::sorted(all.into_iter(), size, call.query("pageToken"), |(name, _)| name)
        })
        .map_err(InvalidPage::into_rest)?;
    let page: Vec<Value> = page.into_iter().map(|(_, entry)| entry).collect();
    let mut list = json!({field: page});
    if !next.is_empty() {
        list["nextPageToken"] = next.into();
    }
    Ok(list)
}

fn unknown_project(named: &str) -> RestError {
    RestError::invalid(format!("'{named}' is not the id or the number of a project"))
}
