//! IAM policies of services that store and return them, without effect.

use serde::{Deserialize, Serialize};

/// The etag that Google returns for a policy that was never set: `ACAB`.
const UNSET_ETAG: [u8; 3] = [0x00, 0x20, 0x01];

/// An IAM policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Version of the format: 0, 1 or 3.
    pub version: i32,
    pub bindings: Vec<Binding>,
    /// Changes whenever the policy changes.
    pub etag: Vec<u8>,
}

/// The members that have a role.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Binding {
    /// Such as `roles/pubsub.publisher`.
    pub role: String,
    /// Such as `allUsers`.
    pub members: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition: Option<Condition>,
}

/// A condition in the Common Expression Language (`google.type.Expr`). Stored and returned; has no
/// effect.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Condition {
    pub expression: String,
    pub title: String,
    pub description: String,
    /// Source location of the expression, for error messages.
    pub location: String,
}

/// Why a policy cannot be replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The given policy has the etag of an earlier one. The caller reads it again and retries.
    Stale,
    /// A binding has no role. Retrying does not help.
    NoRole,
}

/// A policy that was never set, as Google returns it: `{"etag": "ACAB"}`.
impl Default for Policy {
    fn default() -> Self {
        Self { version: 0, bindings: Vec::new(), etag: UNSET_ETAG.to_vec() }
    }
}

impl Policy {
    /// Replaces this policy by the given one, which gets a new etag. A given policy without an etag
    /// replaces any other one.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn replaced_by(
        &self,
        given: Self,
        etag: impl FnOnce() -> Vec<u8>,
    ) -> Result<Self, Refused> {
        if !given.etag.is_empty() && given.etag != self.etag {
            return Err(Refused::Stale);
        }
        if given.bindings.iter().any(|binding| binding.role.is_empty()) {
            return Err(Refused::NoRole);
        }
        // Google's default of a policy that is set.
        let version = given.version.max(1);
        Ok(Self { etag: etag(), version, ..given })
    }
}
