//! IAM policies of key rings and keys. They decide which of Google's services may use a key. Every
//! caller may do everything.

use longshore_local_kit::policy::{Policy, Refused};
use uuid::Uuid;

use super::{Event, Kms, Refusal};

impl Kms {
    /// The policy of a ring or a key. The initial one if none was set.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub(crate) fn policy(&self, resource: &str) -> Result<Policy, Refusal> {
        if !self.has_resource(resource) {
            let is_key = resource.contains("/cryptoKeys/");
            return Err(if is_key {
                Refusal::no_key(resource)
            } else {
                Refusal::no_ring(resource)
            });
        }
        Ok(self.policies.get(resource).cloned().unwrap_or_else(|| self.initial_policy(resource)))
    }

    /// Replaces the policy of a ring or a key, and returns it with its new etag.
    ///
    /// # Errors
    /// [`Refusal::NotFound`]; [`Refusal::Etag`]; [`Refusal::Invalid`] for a binding without a role.
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

    /// Whether a ring or a key has this full name.
    pub(crate) fn has_resource(&self, name: &str) -> bool {
        self.rings.contains_key(name) || self.keys.contains_key(name)
    }
}
