//! What one subscription still has to deliver: every unsettled message is ready, held back, or leased to a client.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use time::OffsetDateTime;

use super::Serials;
use super::deliver::{Client, Delivery};
use super::model::{Message, Subscription};

/// A response stops growing here, so that clients with gRPC's default limit of 4 MiB can read it (one message may be larger).
const BATCH_BYTES: u64 = 1024 * 1024;

#[derive(Debug)]
pub(super) struct Backlog {
    config: Subscription,
    entries: BTreeMap<u64, Entry>,
    /// Ids of the entries that are [`State::Ready`].
    ready: BTreeSet<u64>,
    /// Ids of all other entries, by the time at which their state ends.
    due: BTreeSet<(OffsetDateTime, u64)>,
    /// Ordering keys of unsettled messages; empty in a subscription without order.
    keys: BTreeMap<String, Key>,
    holders: BTreeMap<u64, Holder>,
    stirred: bool,
}

#[derive(Debug)]
struct Entry {
    message: Arc<Message>,
    failures: u32,
    state: State,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Ready,
    Held { until: OffsetDateTime },
    Leased { until: OffsetDateTime, lease: u64, holder: u64 },
}

/// An ordering key. Its messages are leased in order, without waiting for each acknowledgement, but to one client at a time.
#[derive(Debug, Default)]
struct Key {
    ids: BTreeSet<u64>,
    leased: usize,
    /// Who holds the leased ones.
    client: String,
    /// After a failure, when its messages are delivered again.
    held_until: Option<OffsetDateTime>,
}

#[derive(Debug)]
struct Holder {
    client: Client,
    messages: usize,
    bytes: u64,
}

impl Holder {
    fn is_full(&self, messages: usize, bytes: u64) -> bool {
        self.client.max_messages.is_some_and(|limit| self.messages + messages >= limit)
            || self.client.max_bytes.is_some_and(|limit| self.bytes + bytes >= limit)
    }
}

impl Backlog {
    pub(super) fn new(config: Subscription) -> Self {
        Self {
            config,
            entries: BTreeMap::new(),
            ready: BTreeSet::new(),
            due: BTreeSet::new(),
            keys: BTreeMap::new(),
            holders: BTreeMap::new(),
            stirred: false,
        }
    }

    pub(super) fn config(&self) -> &Subscription {
        &self.config
    }

    pub(super) fn set_config(&mut self, config: Subscription) {
        self.config = config;
    }

    /// Adds a message: ready at once, unless its ordering key waits for an earlier one.
    pub(super) fn store(&mut self, message: Arc<Message>) {
        let id = message.id;
        let mut held_until = None;
        if self.has_order(&message) {
            let key = self.keys.entry(message.ordering_key.clone()).or_default();
            key.ids.insert(id);
            held_until = key.held_until;
        }
        self.entries.insert(id, Entry { message, failures: 0, state: State::Ready });
        self.place(id, held_until.map_or(State::Ready, |until| State::Held { until }));
    }

    /// Forgets a message.
    pub(super) fn settle(&mut self, id: u64) {
        self.unplace(id);
        let Some(entry) = self.entries.remove(&id) else { return };
        if let Some(key) = self.keys.get_mut(&entry.message.ordering_key) {
            key.ids.remove(&id);
            if key.ids.is_empty() {
                self.keys.remove(&entry.message.ordering_key);
            }
        }
    }

    pub(super) fn set_failures(&mut self, id: u64, failures: u32) {
        if let Some(entry) = self.entries.get_mut(&id) {
            entry.failures = failures;
        }
    }

    pub(super) fn contains(&self, id: u64) -> bool {
        self.entries.contains_key(&id)
    }

    pub(super) fn message(&self, id: u64) -> Option<&Message> {
        self.entries.get(&id).map(|entry| &*entry.message)
    }

    /// Every message with the number of its failed deliveries.
    pub(super) fn unsettled(&self) -> impl Iterator<Item = (&Message, u32)> {
        self.entries.values().map(|entry| (&*entry.message, entry.failures))
    }

    /// Whether, since the last call, something happened that lets a waiting client have messages.
    pub(super) fn take_stirred(&mut self) -> bool {
        std::mem::take(&mut self.stirred) && !self.ready.is_empty()
    }

    pub(super) fn next_wakeup(&self) -> Option<OffsetDateTime> {
        let due = self.due.first().map(|(time, _)| *time);
        let too_old = self.entries.values().next().map(|oldest| oldest.message.published_at + self.config.retention);
        due.into_iter().chain(too_old).min()
    }

    pub(super) fn connect(&mut self, holder: u64, client: Client) {
        self.holders.insert(holder, Holder { client, messages: 0, bytes: 0 });
    }

    pub(super) fn client_mut(&mut self, holder: u64) -> Option<&mut Client> {
        self.holders.get_mut(&holder).map(|holder| &mut holder.client)
    }

    /// Forgets the client; its leases run on.
    pub(super) fn disconnect(&mut self, holder: u64) {
        self.holders.remove(&holder);
    }

    /// Ids of the messages that a client holds.
    pub(super) fn leased_to(&self, wanted: u64) -> Vec<u64> {
        let is_leased = |id: &u64| {
            self.entries.get(id).is_some_and(|entry| matches!(entry.state, State::Leased { holder, .. } if holder == wanted))
        };
        self.due.iter().map(|(_, id)| *id).filter(is_leased).collect()
    }

    /// Leases ready messages to a connected client, oldest first, as far as its limits allow. `None`: it is not connected.
    pub(super) fn lease(&mut self, holder: u64, max: usize, serials: &mut Serials, now: OffsetDateTime) -> Option<Vec<Delivery>> {
        let until = now + self.holders.get(&holder)?.client.lease;
        let deliveries = self.choose(holder, max).into_iter().filter_map(|id| {
            let lease = serials.next(now);
            self.place(id, State::Leased { until, lease, holder });
            let entry = self.entries.get(&id)?;
            let attempt = self.config.dead_letter.as_ref().map(|_| entry.failures + 1);
            Some(Delivery { ack_id: super::deliver::ack_id(id, lease), message: Arc::clone(&entry.message), attempt })
        });
        Some(deliveries.collect())
    }

    fn choose(&self, holder: u64, max: usize) -> Vec<u64> {
        let Some(holder) = self.holders.get(&holder) else { return Vec::new() };
        let mut chosen = Vec::new();
        let mut bytes = 0;
        for id in &self.ready {
            if chosen.len() >= max || bytes >= BATCH_BYTES || holder.is_full(chosen.len(), bytes) {
                break;
            }
            let Some(entry) = self.entries.get(id) else { continue };
            let key = self.keys.get(&entry.message.ordering_key);
            if key.is_some_and(|key| key.leased > 0 && key.client != holder.client.id) {
                continue;
            }
            let size = entry.message.size();
            if !chosen.is_empty() && bytes + size > BATCH_BYTES {
                break;
            }
            bytes += size;
            chosen.push(*id);
        }
        chosen
    }

    /// Whether the message is still under this lease.
    pub(super) fn is_leased(&self, id: u64, wanted: u64) -> bool {
        self.entries.get(&id).is_some_and(|entry| matches!(entry.state, State::Leased { lease, .. } if lease == wanted))
    }

    /// Moves the end of a lease.
    pub(super) fn extend(&mut self, id: u64, until: OffsetDateTime) {
        if let Some(Entry { state: State::Leased { lease, holder, .. }, .. }) = self.entries.get(&id) {
            self.place(id, State::Leased { until, lease: *lease, holder: *holder });
        }
    }

    /// Ends whatever is over: messages that were held back become ready. Returns the ids whose leases have run out.
    pub(super) fn expire(&mut self, now: OffsetDateTime) -> Vec<u64> {
        let mut expired = Vec::new();
        let over: Vec<u64> = self.due.iter().take_while(|(time, _)| *time <= now).map(|(_, id)| *id).collect();
        for id in over {
            match self.entries.get(&id).map(|entry| entry.state) {
                Some(State::Held { .. }) => self.place(id, State::Ready),
                Some(State::Leased { .. }) => expired.push(id),
                Some(State::Ready) | None => {}
            }
        }
        for key in self.keys.values_mut() {
            key.held_until = key.held_until.filter(|until| *until > now);
        }
        expired
    }

    /// Ids of the messages that have outlived the retention.
    pub(super) fn too_old(&self, now: OffsetDateTime) -> Vec<u64> {
        let entries = self.entries.iter();
        entries.take_while(|(_, entry)| entry.message.published_at + self.config.retention <= now).map(|(id, _)| *id).collect()
    }

    /// A delivery failed: the message is delivered again after its backoff, and behind it, in order, what followed it under its
    /// ordering key. Returns how many deliveries of it have failed now.
    pub(super) fn fail(&mut self, id: u64, now: OffsetDateTime) -> u32 {
        let Some(entry) = self.entries.get_mut(&id) else { return 0 };
        entry.failures += 1;
        let failures = entry.failures;
        let mut until = now + self.config.backoff(failures);
        let mut again = vec![id];
        if let Some(key) = self.keys.get_mut(&entry.message.ordering_key) {
            until = key.held_until.map_or(until, |earlier| earlier.max(until));
            key.held_until = Some(until).filter(|until| *until > now);
            again = key.ids.range(id..).copied().collect();
        }
        for id in again {
            self.place(id, if until > now { State::Held { until } } else { State::Ready });
        }
        failures
    }

    fn has_order(&self, message: &Message) -> bool {
        self.config.ordered && !message.ordering_key.is_empty()
    }

    /// Puts a message into a state: the only place where the indexes learn of it.
    fn place(&mut self, id: u64, state: State) {
        self.unplace(id);
        let Some(entry) = self.entries.get_mut(&id) else { return };
        entry.state = state;
        match state {
            State::Ready => {
                self.ready.insert(id);
                self.stirred = true;
            }
            State::Held { until } => {
                self.due.insert((until, id));
            }
            State::Leased { until, holder, .. } => {
                self.due.insert((until, id));
                let key = self.keys.get_mut(&entry.message.ordering_key);
                let key = key.map(|key| {
                    key.leased += 1;
                    &mut key.client
                });
                // A lease may outlive its client's connection.
                if let Some(holder) = self.holders.get_mut(&holder) {
                    holder.messages += 1;
                    holder.bytes += entry.message.size();
                    key.into_iter().for_each(|client| client.clone_from(&holder.client.id));
                }
            }
        }
    }

    fn unplace(&mut self, id: u64) {
        let Some(entry) = self.entries.get(&id) else { return };
        match entry.state {
            State::Ready => {
                self.ready.remove(&id);
            }
            State::Held { until } => {
                self.due.remove(&(until, id));
            }
            State::Leased { until, holder, .. } => {
                self.due.remove(&(until, id));
                // Capacity of this client, or the turn of another one.
                self.stirred = true;
                if let Some(key) = self.keys.get_mut(&entry.message.ordering_key) {
                    key.leased -= 1;
                }
                if let Some(holder) = self.holders.get_mut(&holder) {
                    holder.messages -= 1;
                    holder.bytes -= entry.message.size();
                }
            }
        }
    }
}
