//! Cloud Billing. Every project has an account that pays for nothing, because clients refuse to deploy
//! without one.

use longshore_local_kit::rest::{Call, RestError};
use serde_json::{Value, json};

use super::unknown_project;
use crate::Service;

/// The account of every project.
const ACCOUNT: &str = "billingAccounts/000000-000000-000000";

/// A method of the billing of one project.
pub(super) fn answer(
    service: &Service,
    call: &Call,
    version: &str,
    named: &str,
) -> Option<Result<Value, RestError>> {
    if (call.method.as_str(), version, call.verb.as_deref()) != ("GET", "v1", None) {
        return None;
    }
    let project = service.project(named).ok_or_else(|| unknown_project(named));
    Some(project.map(|project| {
        json!({
            "name": format!("projects/{}/billingInfo", project.id),
            "projectId": project.id,
            "billingAccountName": ACCOUNT,
            "billingEnabled": true,
        })
    }))
}
