//! Who is connected, and what is leased to whom.

use std::sync::Arc;

use time::OffsetDateTime;

use super::Backlog;
use super::state::{Entry, State};
use crate::core::Serials;
use crate::core::ack_ids::ack_id;
use crate::core::deliver::{Client, Delivery};
use crate::core::event::Lease;

/// A response stops growing here, so that clients with gRPC's default limit of 4 MiB can read it
/// (one message may be larger).
const BATCH_BYTES: u64 = 1024 * 1024;

/// Holder of a lease whose client is not known in this process.
const NOBODY: u64 = 0;

#[derive(Debug)]
pub(super) struct Holder {
    pub(super) client: Client,
    pub(super) messages: usize,
    pub(super) bytes: u64,
}

impl Holder {
    fn is_full(&self, messages: usize, bytes: u64) -> bool {
        self.client.max_messages.is_some_and(|limit| self.messages + messages >= limit)
            || self.client.max_bytes.is_some_and(|limit| self.bytes + bytes >= limit)
    }
}

impl Backlog {
    pub(crate) fn connect(&mut self, holder: u64, client: Client) {
        self.holders.insert(holder, Holder { client, messages: 0, bytes: 0 });
    }

    pub(crate) fn client(&self, holder: u64) -> Option<&Client> {
        self.holders.get(&holder).map(|holder| &holder.client)
    }

    pub(crate) fn client_mut(&mut self, holder: u64) -> Option<&mut Client> {
        self.holders.get_mut(&holder).map(|holder| &mut holder.client)
    }

    /// Forgets the client; its leases run on.
    pub(crate) fn disconnect(&mut self, holder: u64) {
        self.holders.remove(&holder);
    }

    /// Ids of the messages that a client holds.
    pub(crate) fn leased_to(&self, wanted: u64) -> Vec<u64> {
        let is_leased = |id: &u64| {
            self.entries.get(id).is_some_and(
                |entry| matches!(entry.state, State::Leased { holder, .. } if holder == wanted),
            )
        };
        self.due.iter().map(|(_, id)| *id).filter(is_leased).collect()
    }

    /// Leases ready messages to a connected client, oldest first, as far as its limits allow.
    /// `None`: it is not connected.
    pub(crate) fn lease(
        &mut self,
        holder: u64,
        max: usize,
        serials: &mut Serials,
        now: OffsetDateTime,
    ) -> Option<Vec<Delivery>> {
        let until = now + self.holders.get(&holder)?.client.lease;
        let deliveries = self.choose(holder, max).into_iter().filter_map(|id| {
            let lease = serials.next(now);
            self.set_state(id, State::Leased { until, lease, holder });
            let entry = self.entries.get(&id)?;
            let attempt = self.config.dead_letter.as_ref().map(|_| entry.failures + 1);
            Some(Delivery {
                ack_id: ack_id(id, lease),
                message: Arc::clone(&entry.message),
                attempt,
            })
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
    pub(crate) fn is_leased(&self, id: u64, wanted: u64) -> bool {
        self.entries.get(&id).is_some_and(
            |entry| matches!(entry.state, State::Leased { lease, .. } if lease == wanted),
        )
    }

    /// Whether the message is under this lease, and that has not run out.
    pub(crate) fn holds(&self, id: u64, wanted: u64, now: OffsetDateTime) -> bool {
        let is_valid = |entry: &Entry| matches!(entry.state, State::Leased { lease, until, .. } if lease == wanted && until > now);
        self.entries.get(&id).is_some_and(is_valid)
    }

    /// Whether the message was settled under this lease a short while ago.
    pub(crate) fn was_settled_under(&self, id: u64, lease: u64) -> bool {
        self.closed.contains(id, lease)
    }

    /// The earlier messages of the same ordering key.
    pub(crate) fn before(&self, id: u64) -> impl Iterator<Item = u64> {
        let key =
            self.entries.get(&id).and_then(|entry| self.keys.get(&entry.message.ordering_key));
        key.into_iter().flat_map(move |key| key.ids.range(..id).copied())
    }

    /// Moves the end of a lease.
    pub(crate) fn extend(&mut self, id: u64, until: OffsetDateTime) {
        if let Some(Entry { state: State::Leased { lease, holder, .. }, .. }) =
            self.entries.get(&id)
        {
            self.set_state(id, State::Leased { until, lease: *lease, holder: *holder });
        }
    }

    /// Takes up a lease that was recorded: of this process, or of an earlier one.
    pub(crate) fn take_up(&mut self, Lease { id, lease, until }: Lease) {
        if self.is_leased(id, lease) {
            self.extend(id, until);
        } else if self.is_unsettled(id) {
            self.set_state(id, State::Leased { until, lease, holder: NOBODY });
        }
    }

    /// The leases under which messages are.
    pub(crate) fn leases(&self) -> impl Iterator<Item = Lease> {
        self.entries.iter().filter_map(|(id, entry)| match entry.state {
            State::Leased { until, lease, .. } => Some(Lease { id: *id, lease, until }),
            State::Ready | State::Held { .. } | State::Acknowledged => None,
        })
    }

    /// Ends whatever is over: messages that were held back become ready. Returns the ids whose
    /// leases have run out.
    pub(crate) fn expire(&mut self, now: OffsetDateTime) -> Vec<u64> {
        let mut expired = Vec::new();
        let over: Vec<u64> =
            self.due.iter().take_while(|(time, _)| *time <= now).map(|(_, id)| *id).collect();
        for id in over {
            match self.entries.get(&id).map(|entry| entry.state) {
                Some(State::Held { .. }) => self.set_state(id, State::Ready),
                Some(State::Leased { .. }) => expired.push(id),
                Some(State::Ready | State::Acknowledged) | None => {}
            }
        }
        for key in self.keys.values_mut() {
            key.held_until = key.held_until.filter(|until| *until > now);
        }
        expired
    }

    /// A delivery failed: the message is delivered again after its backoff, and behind it, in
    /// order, what followed it under its ordering key, acknowledged or not. Returns how many
    /// deliveries of it have failed now.
    pub(crate) fn fail(&mut self, id: u64, now: OffsetDateTime) -> u32 {
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
            self.set_state(id, if until > now { State::Held { until } } else { State::Ready });
        }
        failures
    }
}
