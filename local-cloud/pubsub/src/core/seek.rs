//! Seeking to a time or a snapshot, and detaching from a topic:
//! <https://cloud.google.com/pubsub/docs/replay-overview>.

use time::OffsetDateTime;

use super::refusal::Refusal;
use super::{Event, PubSub, Subscription};

impl PubSub {
    /// Marks messages published before `time` as acknowledged, and later ones as unacknowledged, as
    /// far as the subscription (`retain_acked`) or its topic retains them. Later messages that are
    /// leased are delivered again at once, unless delivery is ordered or by push.
    ///
    /// # Errors
    /// When the subscription does not exist or is detached.
    pub fn seek(
        &self,
        subscription: &str,
        time: OffsetDateTime,
        now: OffsetDateTime,
    ) -> Result<Vec<Event>, Refusal> {
        let config = self.attached(subscription)?;
        let backlog = self.backlog(subscription)?;
        let nothing = std::collections::BTreeMap::new();
        let of_topic = self.topics.get(&config.topic).map_or(&nothing, |topic| &topic.retained);
        let settled = backlog.unsettled_before(time);
        let restored = backlog.settled_since(time, of_topic, now);
        Ok(replay(subscription, settled, restored, None))
    }

    /// Marks messages as acknowledged or not, as they were when the snapshot was created, and those
    /// published later as unacknowledged. Messages older than the retention of the subscription and
    /// its topic do not come back. Leased messages are delivered again as by [`Self::seek`].
    ///
    /// # Errors
    /// When the subscription does not exist or is detached, or the snapshot does not exist or is one
    /// of another topic.
    pub fn seek_to_snapshot(
        &self,
        subscription: &str,
        snapshot: &str,
        now: OffsetDateTime,
    ) -> Result<Vec<Event>, Refusal> {
        let config = self.attached(subscription)?;
        let log = self.snapshot_log(snapshot)?;
        if log.config.topic != config.topic {
            return Err(Refusal::invalid(format!(
                "The topic of the snapshot is {}, that of the subscription is {}.",
                log.config.topic, config.topic
            )));
        }
        let backlog = self.backlog(subscription)?;
        let settled: Vec<u64> = backlog
            .unsettled()
            .into_iter()
            .map(|message| message.id)
            .filter(|id| log.has_acknowledged(*id))
            .collect();
        let kept_by_topic = self.kept_by_topic(config);
        let restored = backlog.settled_of(&log.messages, kept_by_topic, now);
        Ok(replay(subscription, settled, restored, Some(snapshot)))
    }

    /// The settings of a subscription that is attached to its topic.
    pub(super) fn attached(&self, subscription: &str) -> Result<&Subscription, Refusal> {
        let config = self.subscription(subscription)?;
        if config.detached {
            return Err(Refusal::failed(format!(
                "The subscription is detached from its topic (resource={subscription})."
            )));
        }
        Ok(config)
    }

    /// Detaches a subscription from its topic, permanently, and drops its messages.
    ///
    /// # Errors
    /// When the subscription does not exist.
    pub fn detach(&self, subscription: &str) -> Result<Vec<Event>, Refusal> {
        let config = self.subscription(subscription)?.clone();
        Ok(vec![Event::SubscriptionSaved(Box::new(Subscription { detached: true, ..config }))])
    }

    pub(super) fn restore(&mut self, subscription: &str, ids: &[u64], snapshot: Option<&str>) {
        let Some(backlog) = self.subscriptions.get_mut(subscription) else { return };
        let topic = self.topics.get(&backlog.config().topic).map(|topic| &topic.retained);
        let snapshot = snapshot.and_then(|name| self.snapshots.get(name)).map(|log| &log.messages);
        for id in ids {
            let kept = [snapshot, topic].into_iter().flatten().find_map(|kept| kept.get(id));
            backlog.restore(*id, kept);
        }
    }
}

fn replay(
    subscription: &str,
    settled: Vec<u64>,
    restored: Vec<u64>,
    snapshot: Option<&str>,
) -> Vec<Event> {
    let subscription = || subscription.to_owned();
    let mut events = Vec::new();
    if !settled.is_empty() {
        events.push(Event::Settled { subscription: subscription(), ids: settled });
    }
    if !restored.is_empty() {
        events.push(Event::Restored {
            subscription: subscription(),
            ids: restored,
            snapshot: snapshot.map(str::to_owned),
        });
    }
    events
}
