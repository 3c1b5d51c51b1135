//! IAM policies of secrets. They are stored and returned, without effect.

use std::collections::BTreeMap;

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
    /// Such as `auditConfigs`.
    #[serde(flatten)]
    rest: BTreeMap<String, Value>,
}

fn is_unset(version: &i32) -> bool {
    *version == 0
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SetPolicy {
    policy: PolicyWire,
    #[serde(default, rename = "updateMask", alias = "update_mask")]
    update_mask: String,
}

/// The fields that policies have here, and the default mask of an update.
const FIELDS: [&str; 3] = ["bindings", "etag", "version"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Permissions {
    #[serde(default)]
    permissions: Vec<String>,
}

pub(super) fn get(service: &Service, name: &SecretName) -> Result<Value, RestError> {
    to_wire(service.core().entry(name)?.policy.clone())
}

pub(super) fn set(service: &Service, call: &Call, name: &SecretName) -> Result<Value, RestError> {
    let SetPolicy { policy, update_mask } = call.message()?;
    let PolicyWire { version, bindings, etag, rest } = policy;
    let masked = update_mask.split(',').map(str::trim).filter(|path| !path.is_empty());
    if let Some(field) =
        masked.chain(rest.keys().map(String::as_str)).find(|path| !FIELDS.contains(path))
    {
        return Err(RestError::unimplemented(format!("the field {field} of a policy")));
    }
    // The default mask is `bindings, etag`.
    if !update_mask.is_empty() && !update_mask.split(',').any(|path| path.trim() == "bindings") {
        let what = "policies that are set without their bindings (update_mask)";
        return Err(RestError::unimplemented(what));
    }
    let given = Policy { version, bindings, etag: etag.to_vec() };
    to_wire(service.commit(|core, moment| core.set_policy(name, given, moment))?)
}

/// Every caller has every permission on a secret that exists, and none on one that does not; the
/// latter is no error, as google.iam.v1.IAMPolicy says.
pub(super) fn test(service: &Service, call: &Call, name: &SecretName) -> Result<Value, RestError> {
    let Permissions { permissions } = call.message()?;
    if let Some(pattern) = permissions.iter().find(|permission| permission.contains('*')) {
        return Err(RestError::invalid(format!("permission {pattern:?} has a wildcard")));
    }
    if service.core().entry(name).is_err() {
        return Ok(json!({}));
    }
    Ok(json!({ "permissions": permissions }))
}

fn to_wire(policy: Policy) -> Result<Value, RestError> {
    let Policy { version, bindings, etag } = policy;
    wire(&PolicyWire { version, bindings, etag: etag.into(), rest: BTreeMap::new() })
}
