//! IAM policies of triggers. They are stored and returned, without effect.

use super::{Event, Moment, Refusal, Triggers};
use crate::json::Stored;
use crate::names::TriggerName;
use crate::proto::iam::Policy;

/// The etag of a policy that was never set, as on Google.
const FIRST_ETAG: &[u8] = &[0, 0x40, 1];

impl Triggers {
    /// # Errors
    /// [`Refusal::NotFound`].
    pub(crate) fn policy(&self, name: &TriggerName) -> Result<Policy, Refusal> {
        let mut policy = self.entry(name)?.policy.0.clone();
        if policy.etag.is_empty() {
            policy.etag = FIRST_ETAG.to_vec().into();
        }
        Ok(policy)
    }

    /// Replaces a policy.
    ///
    /// # Errors
    /// [`Refusal::NotFound`]; [`Refusal::Conflict`] if the etag of the given policy is stale.
    pub(crate) fn set_policy(
        &self,
        name: &TriggerName,
        mut policy: Policy,
        moment: &Moment,
    ) -> Result<(Policy, Vec<Event>), Refusal> {
        let current = self.policy(name)?;
        if !policy.etag.is_empty() && policy.etag != current.etag {
            return Err(Refusal::Conflict(
                "There were concurrent policy changes. Please retry the whole read-modify-write \
                 with exponential backoff."
                    .to_owned(),
            ));
        }
        policy.etag = moment.random.to_be_bytes().get(..8).unwrap_or_default().to_vec().into();
        let mut entry = self.entry(name)?.clone();
        entry.policy = Stored(policy.clone());
        Ok((policy, vec![Event::Trigger(Box::new(entry))]))
    }
}
