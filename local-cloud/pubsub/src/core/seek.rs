//! Seeking to a time, and detaching from a topic:
//! <https://cloud.google.com/pubsub/docs/replay-overview>.

use time::OffsetDateTime;

use super::refusal::Refusal;
use super::{Event, PubSub, Subscription};

impl PubSub {
    /// Marks messages published before `time` as acknowledged, and later ones as unacknowledged, as
    /// far as the subscription (`retain_acked`) or its topic retains them. Leases of messages that
    /// stay unacknowledged continue.
    ///
    /// # Errors
    /// When the subscription does not exist or is detached.
    pub fn seek(
        &self,
        subscription: &str,
        time: OffsetDateTime,
        now: OffsetDateTime,
    ) -> Result<Vec<Event>, Refusal> {
        let config = self.subscription(subscription)?;
        if config.detached {
            return Err(Refusal::failed(format!(
                "The subscription is detached from its topic (resource={subscription})."
            )));
        }
        let backlog = self.backlog(subscription)?;
        let nothing = std::collections::BTreeMap::new();
        let of_topic = self.topics.get(&config.topic).map_or(&nothing, |topic| &topic.retained);
        let settled = backlog.unsettled_before(time);
        let restored = backlog.settled_since(time, of_topic, now);
        let mut events = Vec::new();
        if !settled.is_empty() {
            events.push(Event::Settled { subscription: subscription.to_owned(), ids: settled });
        }
        if !restored.is_empty() {
            events.push(Event::Restored { subscription: subscription.to_owned(), ids: restored });
        }
        Ok(events)
    }

    /// Detaches a subscription from its topic, permanently, and drops its messages.
    ///
    /// # Errors
    /// When the subscription does not exist.
    pub fn detach(&self, subscription: &str) -> Result<Vec<Event>, Refusal> {
        let config = self.subscription(subscription)?.clone();
        Ok(vec![Event::SubscriptionSaved(Box::new(Subscription { detached: true, ..config }))])
    }

    pub(super) fn restore(&mut self, subscription: &str, ids: &[u64]) {
        let Some(backlog) = self.subscriptions.get_mut(subscription) else { return };
        let topic = self.topics.get(&backlog.config().topic);
        for id in ids {
            backlog.restore(*id, topic.and_then(|topic| topic.retained.get(id)));
        }
    }
}
