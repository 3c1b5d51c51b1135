//! Seeking to a time.

use std::collections::BTreeMap;
use std::sync::Arc;

use time::OffsetDateTime;

use super::Backlog;
use super::state::State;
use crate::core::model::Message;

impl Backlog {
    /// Ids of the unsettled messages from before a time. A seek to that time settles them.
    pub(crate) fn unsettled_before(&self, time: OffsetDateTime) -> Vec<u64> {
        let entries = self.entries.iter().filter(|(id, _)| self.is_unsettled(**id));
        entries.filter(|(_, entry)| entry.message.published_at < time).map(|(id, _)| *id).collect()
    }

    /// Ids of the messages that a seek to a time brings back: settled ones that the subscription
    /// retains, and those of the topic that the subscription does not have.
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
        let since = kept.chain(of_topic).filter(|message| message.published_at >= time);
        let mut ids: Vec<u64> = since.map(|message| message.id).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    /// Makes a settled message ready again. It comes from the subscription or from its topic.
    pub(crate) fn restore(&mut self, id: u64, of_topic: Option<&Arc<Message>>) {
        match self.entries.get(&id).map(|entry| entry.state) {
            Some(State::Acknowledged) => self.set_state(id, State::Ready),
            Some(State::Ready | State::Held { .. } | State::Leased { .. }) => {}
            None => {
                if let Some(message) =
                    self.retained.remove(&id).or_else(|| of_topic.map(Arc::clone))
                {
                    self.store(message);
                }
            }
        }
    }
}
