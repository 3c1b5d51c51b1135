//! IAM policies of repositories.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{refused, repositories};
use crate::Service;
use crate::core::{Policy, RepositoryKey, SetPolicyError};
use longshore_local_kit::rest::{Call, RestError};

#[derive(Deserialize)]
struct SetPolicy {
    policy: Policy,
}

#[derive(Deserialize)]
struct Permissions {
    #[serde(default)]
    permissions: Vec<String>,
}

/// `GET repositories/NAME:getIamPolicy`.
pub(super) fn get(service: &Service, key: &RepositoryKey) -> Result<Value, RestError> {
    let policy = service
        .look(|registry| registry.repository(key).map(|repository| repository.policy.wire()));
    policy.ok_or_else(|| repositories::unknown(key))
}

/// `POST repositories/NAME:setIamPolicy`.
pub(super) fn set(service: &Service, key: &RepositoryKey, call: &Call) -> Result<Value, RestError> {
    let SetPolicy { policy } = call.json()?;
    let set = service.change(|registry, _| registry.set_policy(key, policy), |_| Ok(()));
    set.map_err(|error| {
        refused(error, |error| match &error {
            SetPolicyError::UnknownRepository(_) => repositories::unknown(key),
            SetPolicyError::Changed => RestError::aborted(error.to_string()),
        })
    })?;
    get(service, key)
}

/// `POST repositories/NAME:testIamPermissions`. Everybody here may do everything.
pub(super) fn test(
    service: &Service,
    key: &RepositoryKey,
    call: &Call,
) -> Result<Value, RestError> {
    let asked: Permissions = call.json()?;
    get(service, key).map(|_| json!({"permissions": asked.permissions}))
}
