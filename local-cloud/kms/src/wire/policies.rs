//! IAM policies.

use longshore_local_kit::policy::check_resource;

use super::iam;
use crate::core::{Binding, Condition, Policy};
use crate::{Refusal, Service, ServiceError};
use longshore_local_kit::policy;

/// The fields that policies have here, and the default mask of an update.
const FIELDS: [&str; 3] = ["bindings", "etag", "version"];

/// The policy, in the version in which it was set, whatever is requested.
pub(super) fn get(
    service: &Service,
    request: &iam::GetIamPolicyRequest,
) -> Result<iam::Policy, ServiceError> {
    let version = request.options.map_or(0, |options| options.requested_policy_version);
    policy::check_version("options.requested_policy_version", version)
        .map_err(|error| Refusal::invalid(error.message()))?;
    Ok(to_wire(service.core()?.policy(&service.resource_name(&request.resource))?))
}

pub(super) fn set(
    service: &Service,
    request: iam::SetIamPolicyRequest,
) -> Result<iam::Policy, ServiceError> {
    let wire = request.policy.ok_or_else(|| Refusal::invalid("policy: required"))?;
    let mask = request.update_mask.unwrap_or_default();
    if let Some(path) = mask.paths.iter().find(|path| !FIELDS.contains(&path.as_str())) {
        return Err(Refusal::Unimplemented(format!("update_mask {path} of a policy")).into());
    }
    let resource = service.resource_name(&request.resource);
    let policy =
        service.commit(|core, random, _| core.set_policy(&resource, from_wire(wire), random))?;
    Ok(to_wire(policy))
}

/// Every caller has every permission on a resource that exists, and none on one that does not; the
/// latter is no error, as google.iam.v1.IAMPolicy says.
pub(super) fn test(
    service: &Service,
    request: iam::TestIamPermissionsRequest,
) -> Result<iam::TestIamPermissionsResponse, ServiceError> {
    check_resource(&request.resource)
        .map_err(|error| Refusal::Invalid(error.message().to_owned()))?;
    if let Some(pattern) = request.permissions.iter().find(|permission| permission.contains('*')) {
        return Err(Refusal::Invalid(format!("permission {pattern:?} has a wildcard")).into());
    }
    let exists = service.core()?.has_resource(&service.resource_name(&request.resource));
    Ok(iam::TestIamPermissionsResponse {
        permissions: if exists { request.permissions } else { Vec::new() },
    })
}

fn from_wire(wire: iam::Policy) -> Policy {
    let condition = |wire: iam::Condition| Condition {
        expression: wire.expression,
        title: wire.title,
        description: wire.description,
        location: wire.location,
    };
    let binding = |wire: iam::Binding| Binding {
        role: wire.role,
        members: wire.members,
        condition: wire.condition.map(condition),
    };
    Policy {
        version: wire.version,
        bindings: wire.bindings.into_iter().map(binding).collect(),
        etag: wire.etag,
    }
}

fn to_wire(policy: Policy) -> iam::Policy {
    let condition = |condition: Condition| iam::Condition {
        expression: condition.expression,
        title: condition.title,
        description: condition.description,
        location: condition.location,
    };
    let binding = |binding: Binding| iam::Binding {
        role: binding.role,
        members: binding.members,
        condition: binding.condition.map(condition),
    };
    iam::Policy {
        version: policy.version,
        etag: policy.etag,
        bindings: policy.bindings.into_iter().map(binding).collect(),
    }
}
