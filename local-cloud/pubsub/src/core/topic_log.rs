//! A topic, and the messages that it retains for a seek.

use std::collections::BTreeMap;
use std::sync::Arc;

use time::OffsetDateTime;

use super::model::{Message, Topic};

#[derive(Debug)]
pub(super) struct TopicLog {
    pub(super) config: Topic,
    /// By id. Empty unless the topic retains messages.
    pub(super) retained: BTreeMap<u64, Arc<Message>>,
}

impl TopicLog {
    pub(super) fn new(config: Topic) -> Self {
        Self { config, retained: BTreeMap::new() }
    }

    pub(super) fn set_config(&mut self, config: Topic) {
        self.config = config;
        if self.config.retention.is_none() {
            self.retained.clear();
        }
    }

    /// Drops messages that are older than the topic's retention. This needs no record: what a
    /// restart brings back is dropped again.
    pub(super) fn forget_old(&mut self, now: OffsetDateTime) {
        let Some(retention) = self.config.retention else { return };
        while self
            .retained
            .first_key_value()
            .is_some_and(|(_, message)| message.published_at + retention <= now)
        {
            self.retained.pop_first();
        }
    }
}
