//! What one subscription still has to deliver. Every unsettled message is ready, held back, or
//! leased to a client.

mod clients;
mod replay;
mod state;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use time::OffsetDateTime;

use self::clients::Holder;
use self::state::{ClosedLeases, Entry, Key, State};
use super::model::Message;
use super::subscription::Subscription;

#[derive(Debug)]
pub(super) struct Backlog {
    config: Subscription,
    entries: BTreeMap<u64, Entry>,
    /// Ids of the entries that are [`State::Ready`].
    ready: BTreeSet<u64>,
    /// Ids of the entries that are held back or leased, by the time at which that ends.
    due: BTreeSet<(OffsetDateTime, u64)>,
    /// Ordering keys of the entries. Empty in a subscription without ordering.
    keys: BTreeMap<String, Key>,
    /// Settled messages that a seek may bring back. Empty unless the subscription retains them.
    retained: BTreeMap<u64, Arc<Message>>,
    closed: ClosedLeases,
    holders: BTreeMap<u64, Holder>,
    /// When a client last used the subscription. `None` until the process first runs its timers.
    used_at: Option<OffsetDateTime>,
    stirred: bool,
    reconfigured: bool,
}

impl Backlog {
    pub(super) fn new(config: Subscription) -> Self {
        Self {
            config,
            entries: BTreeMap::new(),
            ready: BTreeSet::new(),
            due: BTreeSet::new(),
            keys: BTreeMap::new(),
            retained: BTreeMap::new(),
            closed: ClosedLeases::default(),
            holders: BTreeMap::new(),
            used_at: None,
            stirred: false,
            reconfigured: false,
        }
    }

    pub(super) fn config(&self) -> &Subscription {
        &self.config
    }

    pub(super) fn set_config(&mut self, config: Subscription) {
        self.config = config;
        self.reconfigured = true;
        if !self.config.retain_acked || self.config.detached {
            self.retained.clear();
        }
        if self.config.detached {
            let ids: Vec<u64> = self.entries.keys().copied().collect();
            ids.into_iter().for_each(|id| self.discard(id));
        }
    }

    /// Adds a message. It is ready at once, unless its ordering key waits for an earlier one.
    pub(super) fn store(&mut self, message: Arc<Message>) {
        let id = message.id;
        let mut held_until = None;
        if self.config.ordered && !message.ordering_key.is_empty() {
            let key = self.keys.entry(message.ordering_key.clone()).or_default();
            key.ids.insert(id);
            held_until = key.held_until;
        }
        let entry = Entry { message, failures: 0, state: State::Ready, returned_by: None };
        self.entries.insert(id, entry);
        self.set_state(id, held_until.map_or(State::Ready, |until| State::Held { until }));
    }

    /// Settles a message. While an earlier one of its ordering key is not settled, the message may
    /// have to be redelivered after that one
    /// (<https://cloud.google.com/pubsub/docs/ordering#considerations_when_using_ordered_messaging>),
    /// unless delivery is exactly once.
    pub(super) fn settle(&mut self, id: u64) {
        let Some(entry) = self.entries.get(&id) else { return };
        let key = entry.message.ordering_key.clone();
        self.closed.note(id, entry.state);
        let is_first =
            self.keys.get(&key).and_then(|key| key.ids.first()).is_none_or(|first| *first == id);
        if !is_first && !self.config.exactly_once {
            self.set_state(id, State::Acknowledged);
            return;
        }
        self.retire(id);
        while let Some(next) = self.keys.get(&key).and_then(|key| key.ids.first()).copied() {
            match self.entries.get(&next).map(|entry| entry.state) {
                Some(State::Acknowledged) => self.retire(next),
                Some(State::Ready | State::Held { .. } | State::Leased { .. }) | None => break,
            }
        }
    }

    fn retire(&mut self, id: u64) {
        if self.config.retain_acked
            && let Some(entry) = self.entries.get(&id)
        {
            self.retained.insert(id, Arc::clone(&entry.message));
        }
        self.discard(id);
    }

    fn discard(&mut self, id: u64) {
        self.unindex(id);
        let Some(entry) = self.entries.remove(&id) else { return };
        if let Some(key) = self.keys.get_mut(&entry.message.ordering_key) {
            key.ids.remove(&id);
            if key.ids.is_empty() {
                self.keys.remove(&entry.message.ordering_key);
            }
        }
    }

    /// Sets the number of a message's failed deliveries. The failure ends a recorded lease.
    pub(super) fn set_failures(&mut self, id: u64, failures: u32) {
        let Some(entry) = self.entries.get_mut(&id) else { return };
        entry.failures = failures;
        match entry.state {
            State::Leased { .. } => self.set_state(id, State::Ready),
            State::Ready | State::Held { .. } | State::Acknowledged => {}
        }
    }

    pub(super) fn is_unsettled(&self, id: u64) -> bool {
        self.entries.get(&id).is_some_and(|entry| !matches!(entry.state, State::Acknowledged))
    }

    /// The unsettled messages, oldest first.
    pub(super) fn unsettled(&self) -> Vec<&Message> {
        let unsettled = self.entries.iter().filter(|(id, _)| self.is_unsettled(**id));
        unsettled.map(|(_, entry)| &*entry.message).collect()
    }

    pub(super) fn shared_message(&self, id: u64) -> Option<Arc<Message>> {
        self.entries.get(&id).map(|entry| Arc::clone(&entry.message))
    }

    pub(super) fn message(&self, id: u64) -> Option<&Message> {
        self.entries.get(&id).map(|entry| &*entry.message)
    }

    /// Every stored message, settled or not, for a snapshot.
    pub(super) fn kept(&self) -> impl Iterator<Item = &Message> {
        self.retained
            .values()
            .chain(self.entries.values().map(|entry| &entry.message))
            .map(|message| &**message)
    }

    /// Ids of the stored messages that are settled.
    pub(super) fn settled(&self) -> Vec<u64> {
        let acknowledged =
            self.entries.iter().filter(|(_, entry)| matches!(entry.state, State::Acknowledged));
        self.retained.keys().chain(acknowledged.map(|(id, _)| id)).copied().collect()
    }

    /// Ids of the messages whose deliveries have failed, with the number of failures.
    pub(super) fn failed(&self) -> impl Iterator<Item = (u64, u32)> {
        self.entries
            .iter()
            .filter(|(_, entry)| entry.failures > 0)
            .map(|(id, entry)| (*id, entry.failures))
    }

    /// Whether something happened since the last call that gives a waiting client messages or an
    /// error.
    pub(super) fn take_stirred(&mut self) -> bool {
        let stirred = std::mem::take(&mut self.stirred) && !self.ready.is_empty();
        std::mem::take(&mut self.reconfigured) || stirred
    }

    /// When the next timer is due: the end of a lease, a backoff, a message's retention, or the
    /// subscription's own life.
    pub(super) fn next_wakeup(&self, kept_by_topic: Option<Duration>) -> Option<OffsetDateTime> {
        let due = self.due.first().map(|(time, _)| *time);
        let lifetime = self.lifetime(kept_by_topic);
        let too_old =
            self.entries.values().next().map(|oldest| oldest.message.published_at + lifetime);
        due.into_iter().chain(too_old).chain(self.expires_at()).min()
    }

    /// When the subscription expires, unless a client connects before that.
    pub(super) fn expires_at(&self) -> Option<OffsetDateTime> {
        let used_at = self.used_at.filter(|_| self.holders.is_empty())?;
        self.config.expires_after.map(|ttl| used_at + ttl)
    }

    pub(super) fn touch(&mut self, now: OffsetDateTime) {
        self.used_at = Some(now);
    }

    /// No client could use the subscription while no process was running, so the time to its expiry
    /// starts when the timers first run.
    pub(super) fn touch_first(&mut self, now: OffsetDateTime) {
        self.used_at.get_or_insert(now);
    }

    /// Ids of the unsettled messages that are older than the retention. Drops settled ones that
    /// old, which were retained for a seek.
    pub(super) fn too_old(
        &mut self,
        kept_by_topic: Option<Duration>,
        now: OffsetDateTime,
    ) -> Vec<u64> {
        let lifetime = self.lifetime(kept_by_topic);
        let is_over = |message: &Message| message.published_at + lifetime <= now;
        while self.retained.first_key_value().is_some_and(|(_, message)| is_over(message)) {
            self.retained.pop_first();
        }
        self.entries
            .iter()
            .take_while(|(_, entry)| is_over(&entry.message))
            .map(|(id, _)| *id)
            .collect()
    }

    pub(super) fn lifetime(&self, kept_by_topic: Option<Duration>) -> Duration {
        kept_by_topic.map_or(self.config.retention, |kept| kept.max(self.config.retention))
    }
}
