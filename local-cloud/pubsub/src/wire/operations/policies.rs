//! IAM policies.

use crate::Service;
use crate::core::Refusal;
use crate::wire::convert::{policy_from_wire, policy_to_wire};
use crate::wire::iam;
use longshore_local_kit::policy::{self, check_resource};

/// The policy, in the version in which it was set, whatever is requested.
pub(crate) fn get_policy(
    service: &Service,
    request: &iam::GetIamPolicyRequest,
) -> Result<iam::Policy, Refusal> {
    let version = request.options.map_or(0, |options| options.requested_policy_version);
    policy::check_version("options.requested_policy_version", version)
        .map_err(|error| Refusal::invalid(error.message()))?;
    service.read(|core| core.policy(&request.resource)).map(policy_to_wire)
}

pub(crate) fn set_policy(
    service: &Service,
    request: iam::SetIamPolicyRequest,
) -> Result<iam::Policy, Refusal> {
    let given =
        policy_from_wire(request.policy.ok_or_else(|| Refusal::invalid("policy is missing"))?);
    // The default mask, which has all fields that Pub/Sub's policies have.
    let fields = ["bindings", "etag", "version"];
    if let Some(path) = request
        .update_mask
        .unwrap_or_default()
        .paths
        .iter()
        .find(|path| !fields.contains(&path.as_str()))
    {
        return Err(Refusal::Unserved(format!("update_mask {path} of a policy")));
    }
    service.change(|core, now| core.set_policy(&request.resource, given, now)).map(policy_to_wire)
}

/// Every caller has every permission on a resource that exists, and none on one that does not; the
/// latter is no error, as google.iam.v1.IAMPolicy says.
pub(crate) fn test_permissions(
    service: &Service,
    request: iam::TestIamPermissionsRequest,
) -> Result<iam::TestIamPermissionsResponse, Refusal> {
    check_resource(&request.resource)
        .map_err(|error| Refusal::invalid(error.message().to_owned()))?;
    if let Some(pattern) = request.permissions.iter().find(|permission| permission.contains('*')) {
        return Err(Refusal::invalid(format!("permission {pattern:?} has a wildcard")));
    }
    let exists = service.read(|core| core.has_resource(&request.resource));
    Ok(iam::TestIamPermissionsResponse {
        permissions: if exists { request.permissions } else { Vec::new() },
    })
}
