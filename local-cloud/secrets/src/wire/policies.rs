//! IAM policies of secrets. They are stored and returned, without effect.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use longshore_local_kit::policy::{Binding, Policy};
use longshore_local_kit::rest::{Call, RestError};

use super::wire;
use crate::core::SecretName;
use crate::service::Service;

/// `google.iam.v1.Policy`.
#[derive(Deserialize, Serialize)]
struct PolicyWire {
    /// One that was never set has version 0, the default.
    #[serde(default, skip_serializing_if = "is_unset")]
    version: i32,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    bindings: Vec<Binding>,
    #[serde(default, with = "longshore_local_kit::as_base64")]
    etag: Bytes,
}

fn is_unset(version: &i32) -> bool {
    *version == 0
}

#[derive(Deserialize)]
struct SetPolicy {
    policy: PolicyWire,
}

#[derive(Deserialize)]
struct Permissions {
    #[serde(default)]
    permissions: Vec<String>,
}

pub(super) fn get(service: &Service, name: &SecretName) -> Result<Value, RestError> {
    to_wire(service.core().entry(name)?.policy.clone())
}

pub(super) fn set(service: &Service, call: &Call, name: &SecretName) -> Result<Value, RestError> {
    let SetPolicy { policy: PolicyWire { version, bindings, etag } } = call.json()?;
    let given = Policy { version, bindings, etag: etag.to_vec() };
    to_wire(service.commit(|core, moment| core.set_policy(name, given, moment))?)
}

/// Every caller has every permission.
pub(super) fn test(service: &Service, call: &Call, name: &SecretName) -> Result<Value, RestError> {
    service.core().entry(name)?;
    let Permissions { permissions } = call.json()?;
    Ok(json!({ "permissions": permissions }))
}

fn to_wire(policy: Policy) -> Result<Value, RestError> {
    let Policy { version, bindings, etag } = policy;
    wire(&PolicyWire { version, bindings, etag: etag.into() })
}
