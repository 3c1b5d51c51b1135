//! IAM policies.

use axum::http::Method;
use serde_json::{Value, json};

use crate::Service;
use crate::wire::error::rest_error;
use crate::wire::json::{SetPolicyJson, TestPermissionsJson, policy_to_json};
use crate::wire::{iam, operations};
use longshore_local_kit::rest::{Call, RestError};

pub(super) fn policy(
    service: &Service,
    call: &Call,
    resource: String,
) -> Option<Result<Value, RestError>> {
    Some(match (&call.method, call.verb.as_deref()) {
        (&Method::GET, Some("getIamPolicy")) => {
            let request = iam::GetIamPolicyRequest { resource, options: None };
            call.check_policy_version().and_then(|()| {
                operations::get_policy(service, &request).map(policy_to_json).map_err(rest_error)
            })
        }
        (&Method::POST, Some("setIamPolicy")) => call.json::<SetPolicyJson>().and_then(|body| {
            let request = body.into_wire(resource)?;
            operations::set_policy(service, request).map(policy_to_json).map_err(rest_error)
        }),
        (&Method::POST, Some("testIamPermissions")) => {
            call.json::<TestPermissionsJson>().and_then(|body| {
                let request =
                    iam::TestIamPermissionsRequest { resource, permissions: body.permissions };
                let granted = operations::test_permissions(service, request).map_err(rest_error)?;
                Ok(json!({"permissions": granted.permissions}))
            })
        }
        _ => return None,
    })
}
