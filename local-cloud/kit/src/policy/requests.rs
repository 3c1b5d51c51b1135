//! The bodies of the calls about policies, for services that keep a policy as JSON.

use serde::Deserialize;
use serde_json::Value;

use super::{check_mask, check_permissions, check_version};
use crate::rest::{Call, RestError};
use crate::shape::{Field, Kind, Mismatch, checked_message};

/// `google.iam.v1.SetIamPolicyRequest`. The path names the resource.
const SET: &[Field] = &[
    Field::taken("policy", Kind::Message(POLICY)),
    Field::output("resource", Kind::Text),
    Field::taken("updateMask", Kind::Text),
];

const POLICY: &[Field] = &[
    Field::unserved("auditConfigs"),
    Field::taken("bindings", Kind::List(&Kind::Message(BINDING))),
    Field::taken("etag", Kind::Bytes),
    Field::taken("version", Kind::Int32),
];

const BINDING: &[Field] = &[
    Field::taken("condition", Kind::Message(EXPRESSION)),
    Field::taken("members", Kind::List(&Kind::Text)),
    Field::taken("role", Kind::Text),
];

const EXPRESSION: &[Field] = &[
    Field::taken("description", Kind::Text),
    Field::taken("expression", Kind::Text),
    Field::taken("location", Kind::Text),
    Field::taken("title", Kind::Text),
];

/// `google.iam.v1.GetIamPolicyRequest`.
const GET: &[Field] = &[
    Field::taken("options", Kind::Message(&[Field::taken("requestedPolicyVersion", Kind::Int32)])),
    Field::output("resource", Kind::Text),
];

/// `google.iam.v1.TestIamPermissionsRequest`.
const TEST: &[Field] =
    &[Field::taken("permissions", Kind::List(&Kind::Text)), Field::output("resource", Kind::Text)];

/// A policy that a caller sets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Given {
    pub version: i32,
    /// `google.iam.v1.Binding`s. Each has a role.
    pub bindings: Vec<Value>,
    /// In base64; empty: the policy replaces any other one.
    pub etag: String,
}

impl Given {
    /// Reads the body of `setIamPolicy`.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` and `UNIMPLEMENTED`, with the field. Retrying does not help.
    pub fn read(call: &Call) -> Result<Self, RestError> {
        let mut request = body(call, SET)?;
        let mask = request["updateMask"].as_str().unwrap_or_default();
        let paths = mask.split(',').map(str::trim).filter(|path| !path.is_empty());
        check_mask(&paths.map(str::to_owned).collect::<Vec<_>>())?;
        let policy = request["policy"].take();
        if policy.is_null() {
            return Err(RestError::invalid("policy: required"));
        }
        let given: Self = serde_json::from_value(policy)
            .map_err(|error| RestError::invalid(format!("policy: {error}")))?;
        check_version("policy.version", given.version)?;
        let has_role =
            |binding: &Value| binding["role"].as_str().is_some_and(|role| !role.is_empty());
        if !given.bindings.iter().all(has_role) {
            return Err(RestError::invalid("policy.bindings.role: required"));
        }
        Ok(given)
    }
}

/// Checks the body of a `getIamPolicy` that is a POST.
///
/// # Errors
/// `INVALID_ARGUMENT` with the field. Retrying does not help.
pub fn check_get(call: &Call) -> Result<(), RestError> {
    let request = body(call, GET)?;
    let version = request["options"]["requestedPolicyVersion"].as_i64().unwrap_or_default();
    check_version("options.requestedPolicyVersion", i32::try_from(version).unwrap_or(-1))
}

/// The permissions in the body of `testIamPermissions`.
///
/// # Errors
/// `INVALID_ARGUMENT` with the field. Retrying does not help.
pub fn tested(call: &Call) -> Result<Vec<String>, RestError> {
    let request = body(call, TEST)?;
    let permissions = request["permissions"].as_array().into_iter().flatten();
    let permissions = permissions.filter_map(|one| one.as_str().map(str::to_owned));
    let permissions: Vec<String> = permissions.collect();
    check_permissions(&permissions)?;
    Ok(permissions)
}

fn body(call: &Call, fields: &[Field]) -> Result<Value, RestError> {
    checked_message(call.message()?, fields).map_err(Mismatch::into_rest)
}

#[cfg(test)]
mod tests {
    use axum::http::Method;
    use serde_json::json;

    use super::*;
    use crate::rest::{Code, Query};

    fn call(body: &Value) -> Call {
        let (method, path, verb) = (Method::POST, Vec::new(), None);
        Call { method, path, verb, query: Query::default(), body: body.to_string().into() }
    }

    #[test]
    fn a_policy_is_read_with_its_conditions() {
        let binding = json!({
            "role": "roles/viewer", "members": ["user:a@b.c"],
            "condition": {"expression": "true", "title": "always"},
        });
        let body = json!({"policy": {"version": 3, "bindings": [binding], "etag": "ACAB"}});
        let given = Given::read(&call(&body)).unwrap();
        assert_eq!((given.version, &given.bindings[..]), (3, &[binding][..]));
        assert_eq!(given.etag, "ACAB");
        let empty = json!({"policy": {}, "updateMask": "bindings,etag"});
        assert_eq!(Given::read(&call(&empty)), Ok(Given::default()));
    }

    #[test]
    fn what_a_policy_does_not_have_is_refused_by_name() {
        for (body, code, field) in [
            (json!({}), Code::InvalidArgument, "policy"),
            (json!({"policy": {}, "dryRun": true}), Code::InvalidArgument, "dryRun"),
            (json!({"policy": {"version": 2}}), Code::InvalidArgument, "policy.version"),
            (json!({"policy": {"bindings": [{}]}}), Code::InvalidArgument, "bindings.role"),
            (json!({"policy": {"rules": [1]}}), Code::InvalidArgument, "rules"),
            (
                json!({"policy": {"auditConfigs": [{"service": "allServices"}]}}),
                Code::Unimplemented,
                "policy.auditConfigs",
            ),
            (
                json!({"policy": {}, "updateMask": "auditConfigs"}),
                Code::Unimplemented,
                "auditConfigs",
            ),
        ] {
            let refused = Given::read(&call(&body)).unwrap_err();
            assert_eq!(refused.code(), code, "{refused}");
            assert!(refused.message().contains(field), "{refused}");
        }
    }

    #[test]
    fn the_other_calls_are_checked_as_well() {
        let version = |version: i32| json!({"options": {"requestedPolicyVersion": version}});
        assert_eq!(check_get(&call(&version(3))), Ok(()));
        assert_eq!(check_get(&call(&json!({}))), Ok(()));
        assert!(check_get(&call(&version(2))).is_err());
        assert!(check_get(&call(&json!({"option": 1}))).is_err());
        let permissions = json!({"permissions": ["a.b.get"]});
        assert_eq!(tested(&call(&permissions)), Ok(vec!["a.b.get".to_owned()]));
        assert!(tested(&call(&json!({"permissions": ["a.*"]}))).is_err());
        assert!(tested(&call(&json!({"permission": ["a"]}))).is_err());
    }
}
