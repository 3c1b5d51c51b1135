//! IAM policies of topics, subscriptions and schemas. They are stored and returned, and have no
//! effect: the local cloud allows every caller everything.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::refusal::Refusal;
use super::{Event, PubSub};

/// The etag that Google returns for a policy that was never set.
const UNSET_ETAG: [u8; 3] = [0x00, 0x40, 0x01];

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
pub struct Binding {
    /// Such as `roles/pubsub.publisher`.
    pub role: String,
    /// Such as `allUsers`.
    pub members: Vec<String>,
    pub condition: Option<Condition>,
}

/// A condition in the Common Expression Language. Stored and returned; has no effect.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    pub expression: String,
    pub title: String,
    pub description: String,
    /// Source location of the expression, for error messages.
    pub location: String,
}

impl Default for Policy {
    fn default() -> Self {
        Self { version: 1, bindings: Vec::new(), etag: UNSET_ETAG.to_vec() }
    }
}

impl PubSub {
    /// The policy of a topic, subscription or schema. The default one if none was set.
    ///
    /// # Errors
    /// When the resource does not exist.
    pub fn policy(&self, resource: &str) -> Result<Policy, Refusal> {
        if !self.has_resource(resource) {
            return Err(Refusal::not_found(resource));
        }
        Ok(self.policies.get(resource).cloned().unwrap_or_default())
    }

    /// Replaces the policy of a resource, and returns it with its new etag.
    ///
    /// # Errors
    /// When the resource does not exist, the given policy has an etag that is stale, or one of its
    /// bindings has no role.
    pub fn set_policy(
        &mut self,
        resource: &str,
        given: Policy,
        now: OffsetDateTime,
    ) -> Result<(Policy, Vec<Event>), Refusal> {
        let current = self.policy(resource)?;
        if !given.etag.is_empty() && given.etag != current.etag {
            let text = "There were concurrent policy changes. Please retry the whole \
                        read-modify-write with exponential backoff.";
            return Err(Refusal::Aborted(text.to_owned()));
        }
        if given.bindings.iter().any(|binding| binding.role.is_empty()) {
            return Err(Refusal::invalid("a binding of the policy has no role"));
        }
        let policy = Policy { etag: self.serials.next(now).to_be_bytes().to_vec(), ..given };
        let event = Event::PolicySet { resource: resource.to_owned(), policy: policy.clone() };
        Ok((policy, vec![event]))
    }

    /// Whether a topic, subscription or schema of that name exists.
    #[must_use]
    pub fn has_resource(&self, name: &str) -> bool {
        self.topics.contains_key(name)
            || self.subscriptions.contains_key(name)
            || self.schemas.contains(name)
    }
}
