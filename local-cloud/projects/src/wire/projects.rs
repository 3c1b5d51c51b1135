//! Resource Manager. Version 1 names a project by its id, and version 3 by its number.

use longshore_local_kit::filter::{Filter, FilterError};
use longshore_local_kit::rest::{Call, RestError};
use serde::Deserialize;
use serde_json::{Value, json};

use super::unknown_project;
use crate::Service;
use crate::core::Policy;
use crate::service::{Project, SetError};

/// The fields by which projects can be filtered, in version 1 and in version 3.
const FIRST_FIELDS: &[&str] = &[
    "createTime",
    "id",
    "labels",
    "lifecycleState",
    "name",
    "parent",
    "projectId",
    "projectNumber",
];
const FIELDS: &[&str] = &[
    "createTime",
    "displayName",
    "etag",
    "id",
    "labels",
    "name",
    "parent",
    "projectId",
    "state",
    "updateTime",
];

/// No project of the local cloud has a time of its own.
const CREATED: &str = "2024-01-01T00:00:00.000Z";

#[derive(Deserialize)]
struct Permissions {
    #[serde(default)]
    permissions: Vec<String>,
}

#[derive(Deserialize)]
struct SetPolicy {
    policy: GivenPolicy,
}

#[derive(Deserialize)]
struct GivenPolicy {
    #[serde(default)]
    version: i32,
    #[serde(default)]
    bindings: Vec<Value>,
    #[serde(default)]
    etag: String,
}

/// A method of one project.
pub(super) fn answer(
    service: &Service,
    call: &Call,
    version: &str,
    named: &str,
) -> Option<Result<Value, RestError>> {
    if version == "v1beta1" {
        return None;
    }
    let with = |answer: &dyn Fn(&Project) -> Result<Value, RestError>| {
        let project = service.project(named).ok_or_else(|| unknown_project(named));
        project.and_then(|project| answer(&project))
    };
    Some(match (call.method.as_str(), call.verb.as_deref()) {
        ("GET", None) => with(&|project| Ok(resource(project, version))),
        // Every caller has every permission.
        ("POST", Some("testIamPermissions")) => with(&|_| {
            let asked: Permissions = call.json()?;
            Ok(json!({"permissions": asked.permissions}))
        }),
        ("POST", Some("getIamPolicy")) => with(&|project| Ok(service.policy(project).wire())),
        ("POST", Some("setIamPolicy")) => with(&|project| {
            let SetPolicy { policy } = call.json()?;
            let GivenPolicy { version, bindings, etag } = policy;
            let set = service.set_policy(project, Policy { version, bindings, etag });
            set.map(|policy| policy.wire()).map_err(|error| match &error {
                SetError::Stale(_) => RestError::aborted(error.to_string()),
                SetError::Journal(cause) => RestError::internal(format!("{error}: {cause}")),
            })
        }),
        _ => return None,
    })
}

/// A list and a search have one project: the others exist as soon as they are named.
pub(super) fn list(
    service: &Service,
    call: &Call,
    version: &str,
) -> Option<Result<Value, RestError>> {
    let (filter, fields) = match (call.method.as_str(), version, call.verb.as_deref()) {
        ("GET", "v1", None) => (call.query("filter"), FIRST_FIELDS),
        ("GET", "v3", Some("search")) => (call.query("query"), FIELDS),
        _ => return None,
    };
    let local = service.local().map(|project| resource(&project, version));
    Some(Filter::parse(filter, fields).map_err(FilterError::into_rest).map(|filter| {
        let selected: Vec<Value> = filter.select(local.into_iter(), with_id).collect();
        json!({"projects": selected})
    }))
}

/// The project as filters see it.
fn with_id(project: &Value) -> Value {
    let mut project = project.clone();
    project["id"] = project["projectId"].clone();
    project
}

fn resource(project: &Project, version: &str) -> Value {
    let Project { id, number } = project;
    if version == "v1" {
        return json!({
            "projectNumber": number.to_string(),
            "projectId": id,
            "lifecycleState": "ACTIVE",
            "name": id,
            "createTime": CREATED,
        });
    }
    json!({
        "name": format!("projects/{number}"),
        "projectId": id,
        "state": "ACTIVE",
        "displayName": id,
        "createTime": CREATED,
        "updateTime": CREATED,
        "etag": "ACAB",
    })
}
