//! IAM policies of topics, subscriptions, snapshots and schemas. They are stored and returned, and
//! have no effect: the local cloud allows every caller everything.

use longshore_local_kit::policy::{Policy, Refused};
use time::OffsetDateTime;

use super::refusal::Refusal;
use super::{Event, PubSub};

impl PubSub {
    /// The policy of a topic, subscription, snapshot or schema. The default one if none was set.
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
        let etag = || self.serials.next(now).to_be_bytes().to_vec();
        let policy = current.replaced_by(given, etag).map_err(|refused| match refused {
            Refused::Stale => {
                let text = "There were concurrent policy changes. Please retry the whole \
                            read-modify-write with exponential backoff.";
                Refusal::Aborted(text.to_owned())
            }
            Refused::NoRole => Refusal::invalid("a binding of the policy has no role"),
            Refused::Version(version) => {
                Refusal::invalid(format!("policy version {version} is not 0, 1 or 3"))
            }
        })?;
        let event = Event::PolicySet { resource: resource.to_owned(), policy: policy.clone() };
        Ok((policy, vec![event]))
    }

    /// Whether a topic, subscription, snapshot or schema of that name exists.
    #[must_use]
    pub fn has_resource(&self, name: &str) -> bool {
        self.topics.contains_key(name)
            || self.subscriptions.contains_key(name)
            || self.snapshots.contains_key(name)
            || self.schemas.contains(name)
    }
}
