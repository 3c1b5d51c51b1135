//! IAM policies of queues. They are stored and returned, and have no effect: the local
//! cloud allows every caller everything.

use longshore_local_kit::policy::{Policy, Refused};
use uuid::Uuid;

use super::{CloudTasks, Event, Refusal};

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
        let etag = || random.as_bytes().iter().take(8).copied().collect();
        let policy =
            self.policy(resource)?.replaced_by(given, etag).map_err(|refused| match refused {
                Refused::Stale => Refusal::Etag,
                Refused::NoRole => Refusal::invalid("policy.bindings.role: required"),
                Refused::Version(version) => {
                    Refusal::invalid(format!("policy.version: {version} is not 0, 1 or 3"))
                }
            })?;
        let event = Event::Policy { resource: resource.to_owned(), policy: policy.clone() };
        Ok((policy, vec![event]))
    }
}
