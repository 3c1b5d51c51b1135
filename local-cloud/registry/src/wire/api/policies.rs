//! IAM policies of repositories.

use serde_json::{Value, json};

use super::error::{policy_refused, refused, unknown_repository};
use crate::Service;
use crate::core::{Policy, RepositoryKey};
use longshore_local_kit::policy::{self, Given};
use longshore_local_kit::rest::{Call, RestError};

/// `GET repositories/NAME:getIamPolicy`.
pub(super) fn get(service: &Service, key: &RepositoryKey) -> Result<Value, RestError> {
    let policy = service
        .read(|registry| registry.repository(key).map(|repository| document(&repository.policy)));
    policy.ok_or_else(|| unknown_repository(key))
}

/// `POST repositories/NAME:setIamPolicy`.
pub(super) fn set(service: &Service, key: &RepositoryKey, call: &Call) -> Result<Value, RestError> {
    let Given { version, bindings, etag } = Given::read(call)?;
    let policy = Policy { version, bindings, etag };
    let set = service.change(|registry, _| registry.set_policy(key, policy), |_| Ok(()));
    set.map_err(|error| refused(error, policy_refused))?;
    get(service, key)
}

/// `POST repositories/NAME:testIamPermissions`. Every caller has every permission.
pub(super) fn test(
    service: &Service,
    key: &RepositoryKey,
    call: &Call,
) -> Result<Value, RestError> {
    let permissions = policy::tested(call)?;
    get(service, key).map(|_| json!({"permissions": permissions}))
}

/// `google.iam.v1.Policy`.
fn document(policy: &Policy) -> Value {
    let mut document = json!({"etag": policy.etag});
    // One that was never set has version 0, the default.
    if *policy != Policy::default() {
        document["version"] = policy.version.max(1).into();
    }
    if !policy.bindings.is_empty() {
        document["bindings"] = json!(policy.bindings);
    }
    document
}
