//! The REST APIs: which path means what.

mod billing;
mod projects;
mod quotas;
mod services;

use std::sync::Arc;

use async_trait::async_trait;
use longshore_local_kit::rest::{Call, RestApi, RestError};
use serde_json::Value;

use crate::Service;

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

fn unknown_project(named: &str) -> RestError {
    RestError::invalid(format!("'{named}' is not the id or the number of a project"))
}
