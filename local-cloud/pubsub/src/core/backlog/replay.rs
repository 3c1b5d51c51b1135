//! Seeking to a time or a snapshot.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use time::OffsetDateTime;

use super::Backlog;
use super::state::{Entry, State};
use crate::core::model::Message;

impl Backlog {
    /// Ids of the unsettled messages from before a time. A seek to that time settles them.
    pub(crate) fn unsettled_before(&self, time: OffsetDateTime) -> Vec<u64> {
        let entries = self.entries.iter().filter(|(id, _)| self.is_unsettled(**id));
        entries.filter(|(_, entry)| entry.message.published_at < time).map(|(id, _)| *id).collect()
    }

    /// Ids of the messages that a seek to a time brings back: settled ones that the subscription
    /// retains, those of the topic that the subscription does not have, and those of
    /// [`Self::leased`].
    pub(crate) fn settled_since(
        &self,
        time: OffsetDateTime,
        of_topic: &BTreeMap<u64, Arc<Message>>,
        now: OffsetDateTime,
    ) -> Vec<u64> {
        let acknowledged =
            self.entries.values().filter(|entry| matches!(entry.state, State::Acknowledged));
        let young = |message: &&Arc<Message>| message.published_at + self.config.retention > now;
        let kept =
            self.retained.values().filter(young).chain(acknowledged.map(|entry| &entry.message));
        let of_topic = of_topic.values().filter(|message| {
            self.config.filter.passes(&message.attributes)
                && !self.entries.contains_key(&message.id)
        });
        let since = kept.chain(of_topic).chain(self.leased());
        let since = since.filter(|message| message.published_at >= time);
        let mut ids: Vec<u64> = since.map(|message| message.id).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    /// Ids of the messages of a snapshot that a seek to it brings back.
    pub(crate) fn settled_of(
        &self,
        snapshot: &BTreeMap<u64, Arc<Message>>,
        kept_by_topic: Option<Duration>,
        now: OffsetDateTime,
    ) -> Vec<u64> {
        let lifetime = self.lifetime(kept_by_topic);
        let is_wanted = |message: &&Arc<Message>| {
            message.published_at + lifetime > now
                && self.config.filter.passes(&message.attributes)
                && !self.is_unsettled(message.id)
        };
        let wanted = snapshot.values().filter(is_wanted).map(|message| message.id);
        let leased = self.leased().map(|message| message.id);
        wanted.chain(leased.filter(|id| snapshot.contains_key(id))).collect()
    }

    /// The messages that are delivered again at once. An acknowledgement of a delivery before the
    /// seek may be on its way, and the message has to be seen again all the same. Leases of an
    /// ordering key, and of requests to an endpoint, continue: there is only one at a time.
    fn leased(&self) -> impl Iterator<Item = &Arc<Message>> {
        let is_at_once = self.config.push.is_none() && !self.config.ordered;
        let leased =
            move |entry: &&Entry| is_at_once && matches!(entry.state, State::Leased { .. });
        self.entries.values().filter(leased).map(|entry| &entry.message)
    }

    /// Makes a settled or leased message ready again. It comes from the subscription, or is the one that its
    /// topic or a snapshot retains.
    pub(crate) fn restore(&mut self, id: u64, retained: Option<&Arc<Message>>) {
        match self.entries.get(&id).map(|entry| entry.state) {
            Some(State::Acknowledged | State::Leased { .. }) => self.set_state(id, State::Ready),
            Some(State::Ready | State::Held { .. }) => {}
            None => {
                if let Some(message) =
                    self.retained.remove(&id).or_else(|| retained.map(Arc::clone))
                {
                    self.store(message);
                }
            }
        }
    }
}
