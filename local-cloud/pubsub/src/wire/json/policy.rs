//! IAM policies.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{bytes_of, field_mask, integer};
use crate::wire::iam;
use longshore_local_kit::rest::RestError;

/// The body of `:setIamPolicy`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(crate) struct SetPolicyJson {
    policy: Option<PolicyJson>,
    #[serde(alias = "update_mask")]
    update_mask: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct PolicyJson {
    #[serde(deserialize_with = "integer")]
    version: i32,
    bindings: Vec<BindingJson>,
    etag: String,
}

#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
struct BindingJson {
    role: String,
    members: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    condition: Option<ConditionJson>,
}

#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
struct ConditionJson {
    expression: String,
    title: String,
    description: String,
    location: String,
}

/// The body of `:testIamPermissions`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct TestPermissionsJson {
    pub(crate) permissions: Vec<String>,
}

impl SetPolicyJson {
    pub(crate) fn into_wire(self, resource: String) -> Result<iam::SetIamPolicyRequest, RestError> {
        let policy = self.policy.map(PolicyJson::into_wire).transpose()?;
        Ok(iam::SetIamPolicyRequest {
            resource,
            policy,
            update_mask: Some(field_mask(&self.update_mask)),
        })
    }
}

impl PolicyJson {
    fn into_wire(self) -> Result<iam::Policy, RestError> {
        let condition = |json: ConditionJson| iam::Condition {
            expression: json.expression,
            title: json.title,
            description: json.description,
            location: json.location,
        };
        let binding = |json: BindingJson| iam::Binding {
            role: json.role,
            members: json.members,
            condition: json.condition.map(condition),
        };
        let bindings = self.bindings.into_iter().map(binding).collect();
        Ok(iam::Policy { version: self.version, etag: bytes_of(&self.etag)?.into(), bindings })
    }
}

pub(crate) fn policy_to_json(policy: iam::Policy) -> Value {
    let condition = |wire: iam::Condition| ConditionJson {
        expression: wire.expression,
        title: wire.title,
        description: wire.description,
        location: wire.location,
    };
    let binding = |wire: iam::Binding| BindingJson {
        role: wire.role,
        members: wire.members,
        condition: wire.condition.map(condition),
    };
    let mut json = json!({"version": policy.version, "etag": BASE64_STANDARD.encode(&policy.etag)});
    if !policy.bindings.is_empty() {
        json["bindings"] = json!(policy.bindings.into_iter().map(binding).collect::<Vec<_>>());
    }
    json
}
