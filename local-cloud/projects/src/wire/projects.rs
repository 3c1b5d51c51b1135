//! Resource Manager. Version 1 names a project by its id, and version 3 by its number.

use longshore_local_kit::filter::{Filter, FilterError};
use longshore_local_kit::policy::{self, Given};
use longshore_local_kit::rest::{Call, RestError};
use serde_json::{Value, json};

use super::{paged, unknown_project};
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
        ("POST", Some("testIamPermissions")) => {
            with(&|_| Ok(json!({"permissions": policy::tested(call)?})))
        }
        ("POST", Some("getIamPolicy")) => with(&|project| {
            policy::check_get(call)?;
            Ok(service.policy(project).wire())
        }),
        ("POST", Some("setIamPolicy")) => with(&|project| {
            let Given { version, bindings, etag } = Given::read(call)?;
            let set =
                service.set_policy(project, Policy { version: version.max(1), bindings, etag });
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
    let (parameter, fields) = match (call.method.as_str(), version, call.verb.as_deref()) {
        ("GET", "v1", None) => ("filter", FIRST_FIELDS),
        ("GET", "v3", Some("search")) => ("query", FIELDS),
        _ => return None,
    };
    let refused = |error: FilterError| {
        let error = error.into_rest();
        RestError::new(error.code(), format!("{parameter}: {}", error.message()))
    };
    let local = service.local().map(|project| resource(&project, version));
    Some(Filter::parse(call.query(parameter), fields).map_err(refused).and_then(|filter| {
        paged(call, "projects", filter.select(local.into_iter(), with_id).collect())
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
