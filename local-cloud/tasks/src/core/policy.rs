//! IAM policies of queues. They are stored and returned, and have no effect: the local
//! cloud allows every caller everything.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{CloudTasks, Event, Refusal};

/// The etag that Google returns for a policy that was never set.
const UNSET_ETAG: [u8; 3] = [0x00, 0x40, 0x01];

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Policy {
    /// Version of the format: 0, 1 or 3.
    pub(crate) version: i32,
    pub(crate) bindings: Vec<Binding>,
    /// Changes whenever the policy changes.
    pub(crate) etag: Vec<u8>,
}

/// The members that have a role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Binding {
    pub(crate) role: String,
    pub(crate) members: Vec<String>,
    pub(crate) condition: Option<Condition>,
}

/// `google.type.Expr`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Condition {
    pub(crate) expression: String,
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) location: String,
}

impl Default for Policy {
    fn default() -> Self {
        Self { version: 1, bindings: Vec::new(), etag: UNSET_ETAG.to_vec() }
    }
}

impl CloudTasks {
    /// The policy of a queue. The default one if none was set.
    ///
    /// # Errors
    /// [`Refusal::NoQueue`].
    pub(crate) fn policy(&self, resource: &str) -> Result<Policy, Refusal> {
        self.queue(resource)?;
        Ok(self.policies.get(resource).cloned().unwrap_or_default())
    }

    /// Replaces the policy of a queue, and returns it with its new etag.
    ///
    /// # Errors
    /// [`Refusal::NoQueue`]; [`Refusal::Etag`]; [`Refusal::Invalid`] for a binding without a role.
    pub(crate) fn set_policy(
        &self,
        resource: &str,
        given: Policy,
        random: Uuid,
    ) -> Result<(Policy, Vec<Event>), Refusal> {
        let current = self.policy(resource)?;
        if !given.etag.is_empty() && given.etag != current.etag {
            return Err(Refusal::Etag);
        }
        if given.bindings.iter().any(|binding| binding.role.is_empty()) {
            return Err(Refusal::invalid("policy.bindings.role: required"));
        }
        let etag = random.as_bytes().iter().take(8).copied().collect();
        let policy = Policy { etag, ..given };
        let event = Event::Policy { resource: resource.to_owned(), policy: policy.clone() };
        Ok((policy, vec![event]))
    }
}
