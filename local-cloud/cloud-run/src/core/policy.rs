//! IAM policies of services.
//!
//! A policy has one effect: it decides who may call the service.

use std::collections::BTreeSet;

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::refusal::Refusal;
use longshore_local_kit::policy::{check_mask, check_version};
use longshore_local_kit::rest::RestError;

/// The etag of a policy that was never set, as on Google.
const UNSET_ETAG: &str = "ACAB";

/// The IAM policy of a service.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Policy {
    /// `google.iam.v1.Binding`s, as the caller set them.
    bindings: Vec<Binding>,
    /// Base64, because the field is bytes: clients reject anything else.
    etag: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Binding {
    #[serde(default)]
    role: String,
    #[serde(default)]
    members: Vec<String>,
    #[serde(default, skip_serializing_if = "Value::is_null")]
    condition: Value,
}

/// The body of `:setIamPolicy`. Google's clients for Go repeat the resource, which the path names.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct SetPolicy {
    policy: GivenPolicy,
    #[serde(default, alias = "update_mask")]
    update_mask: String,
    #[serde(default, rename = "resource")]
    _resource: IgnoredAny,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct GivenPolicy {
    version: i32,
    bindings: Vec<GivenBinding>,
    etag: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct GivenBinding {
    role: String,
    members: Vec<String>,
    condition: Option<Condition>,
}

/// `google.type.Expr`.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
struct Condition {
    #[serde(skip_serializing_if = "String::is_empty")]
    expression: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    title: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    description: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    location: String,
}

impl From<GivenBinding> for Binding {
    fn from(given: GivenBinding) -> Self {
        let GivenBinding { role, members, condition } = given;
        Self { role, members, condition: condition.map_or(Value::Null, |given| json!(given)) }
    }
}

impl SetPolicy {
    /// Checks what the types do not.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` and `UNIMPLEMENTED`, with the field. Retrying does not help.
    pub(crate) fn check(&self) -> Result<(), RestError> {
        let paths = self.update_mask.split(',').map(str::trim).filter(|path| !path.is_empty());
        check_mask(&paths.map(str::to_owned).collect::<Vec<_>>())?;
        check_version("policy.version", self.policy.version)
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self { bindings: Vec::new(), etag: UNSET_ETAG.to_owned() }
    }
}

impl Policy {
    pub(crate) fn wire(&self) -> Value {
        let mut wire = json!({"etag": self.etag});
        // One that was never set has version 0, the default; only conditions need version 3.
        if self.etag != UNSET_ETAG {
            let has_conditions = self.bindings.iter().any(|binding| !binding.condition.is_null());
            wire["version"] = if has_conditions { 3 } else { 1 }.into();
        }
        if !self.bindings.is_empty() {
            wire["bindings"] = json!(self.bindings);
        }
        wire
    }

    pub(super) fn allows_all_users(&self) -> bool {
        let invokers = self
            .bindings
            .iter()
            .filter(|binding| binding.role == "roles/run.invoker" && binding.condition.is_null());
        invokers.flat_map(|binding| &binding.members).any(|member| member == "allUsers")
    }
}

/// Roles with the permission `run.routes.invoke`.
/// <https://cloud.google.com/run/docs/reference/iam/roles>
pub(crate) const INVOKERS: [&str; 3] =
    ["roles/run.invoker", "roles/run.servicesInvoker", "roles/run.admin"];

impl Policy {
    /// Members that may call. The local cloud evaluates no conditions, so a binding with one grants
    /// nothing.
    pub(super) fn invokers(&self) -> BTreeSet<String> {
        let invokers = |binding: &&Binding| {
            INVOKERS.contains(&binding.role.as_str()) && binding.condition.is_null()
        };
        self.bindings.iter().filter(invokers).flat_map(|binding| binding.members.clone()).collect()
    }

    /// The policy that takes the place of this one.
    ///
    /// # Errors
    /// [`Refusal::Aborted`] for a stale etag.
    pub(super) fn replaced_by(&self, given: SetPolicy) -> Result<Self, Refusal> {
        let GivenPolicy { bindings, etag, .. } = given.policy;
        let bindings: Vec<Binding> = bindings.into_iter().map(Binding::from).collect();
        if !etag.is_empty() && etag != self.etag {
            return Err(Refusal::Aborted(
                "There were concurrent policy changes. Please retry the whole read-modify-write \
                 with exponential backoff."
                    .to_owned(),
            ));
        }
        Ok(Self { etag: next_etag(&self.etag, &bindings), bindings })
    }
}

fn next_etag(previous: &str, bindings: &[Binding]) -> String {
    let hash = Sha256::digest(format!("{previous}{}", json!(bindings)));
    // Groups of four hexadecimal digits are valid base64, too.
    hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
