//! The connected clients, and the leases.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use time::OffsetDateTime;

use super::Backlog;
use super::state::{Entry, State};
use crate::core::Serials;
use crate::core::ack_ids::ack_id;
use crate::core::deliver::{Client, Delivery};
use crate::core::event::Lease;

/// Maximum size of a response of several messages, in bytes, so that clients with gRPC's default
/// limit of 4 MiB can read it.
const BATCH_BYTES: u64 = 1024 * 1024;

/// A client that extends a lease within this part of it does so on receipt. Others extend a lease
/// when half of it is over, or later. It is no fixed time, because a busy machine delays a receipt.
const RECEIPT_PART: u32 = 4;

/// Number of unextended leases to remember for a client. Its receipts follow within a second.
const UNEXTENDED: usize = 1000;

/// Holder of a lease whose client is unknown in this process.
const UNKNOWN: u64 = 0;

#[derive(Debug)]
pub(super) struct Holder {
    pub(super) client: Client,
    pub(super) messages: usize,
    pub(super) bytes: u64,
    /// Leases that have expired since the client last spoke. Empty unless it must speak.
    pub(super) expired: BTreeSet<u64>,
    /// Current leases that the client has not named in any request.
    pub(super) unclaimed: BTreeMap<u64, Unclaimed>,
    /// Leases that the client has named but not extended, with the times of their deliveries. A
    /// client that collects its requests may send the receipt of a message after it has
    /// acknowledged or returned the message. Empty once it is known to claim on receipt.
    unextended: BTreeMap<u64, OffsetDateTime>,
    /// Whether it has extended a lease as soon as the message was delivered. Most of Google's
    /// clients extend every lease then, so such a client has not received the unclaimed ones. All
    /// streams with one client id have the same value.
    claims_on_receipt: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Unclaimed {
    delivered_at: OffsetDateTime,
    /// Whether the same client has returned the message at its previous delivery.
    returned: bool,
}

impl Holder {
    fn new(client: Client) -> Self {
        Self {
            client,
            messages: 0,
            bytes: 0,
            expired: BTreeSet::new(),
            unclaimed: BTreeMap::new(),
            unextended: BTreeMap::new(),
            claims_on_receipt: false,
        }
    }

    /// Notes that the client names this lease in a request.
    fn note_named(&mut self, lease: u64) {
        let named = self.unclaimed.remove(&lease).filter(|_| !self.claims_on_receipt);
        if let Some(Unclaimed { delivered_at, .. }) = named {
            self.unextended.insert(lease, delivered_at);
            if self.unextended.len() > UNEXTENDED {
                self.unextended.pop_first();
            }
        }
    }

    /// Notes that the client extends this lease. Returns whether that is a receipt.
    fn note_extended(&mut self, lease: u64, now: OffsetDateTime) -> bool {
        let delivered_at = self.unextended.remove(&lease);
        delivered_at.is_some_and(|time| now - time < self.client.lease / RECEIPT_PART)
    }

    fn is_full(&self, messages: usize, bytes: u64) -> bool {
        self.client.max_messages.is_some_and(|limit| self.messages + messages >= limit)
            || self.client.max_bytes.is_some_and(|limit| self.bytes + bytes >= limit)
    }
}

impl Backlog {
    pub(crate) fn connect(&mut self, holder: u64, client: Client) {
        let claims_on_receipt = self
            .holders
            .values()
            .any(|other| other.claims_on_receipt && other.client.id == client.id);
        self.holders.insert(holder, Holder { claims_on_receipt, ..Holder::new(client) });
    }

    pub(crate) fn client(&self, holder: u64) -> Option<&Client> {
        self.holders.get(&holder).map(|holder| &holder.client)
    }

    pub(crate) fn client_mut(&mut self, holder: u64) -> Option<&mut Client> {
        self.holders.get_mut(&holder).map(|holder| &mut holder.client)
    }

    /// Removes a client. Its leases continue.
    pub(crate) fn disconnect(&mut self, holder: u64) {
        self.holders.remove(&holder);
    }

    /// Lets the leases of messages that a client has not received end at `until`, unless they end
    /// sooner. Of a client that does not say what it has received, these are the messages that it
    /// has returned before: it returns what it has while it closes its stream, which gets the
    /// messages again until then.
    pub(crate) fn shorten_unclaimed(&mut self, holder: u64, until: OffsetDateTime) {
        let Some(holder) = self.holders.get(&holder) else { return };
        let unread: BTreeSet<u64> = holder
            .unclaimed
            .iter()
            .filter(|(_, unclaimed)| holder.claims_on_receipt || unclaimed.returned)
            .map(|(lease, _)| *lease)
            .collect();
        let is_unclaimed = |entry: &Entry| {
            matches!(entry.state, State::Leased { lease, until: end, .. }
                if end > until && unread.contains(&lease))
        };
        let ids: Vec<u64> = self
            .due
            .iter()
            .map(|(_, id)| *id)
            .filter(|id| self.entries.get(id).is_some_and(is_unclaimed))
            .collect();
        ids.into_iter().for_each(|id| self.extend(id, until));
    }

    /// Notes that a client has spoken: it gets messages again.
    pub(crate) fn hear(&mut self, holder: u64) {
        if let Some(holder) = self.holders.get_mut(&holder)
            && !std::mem::take(&mut holder.expired).is_empty()
        {
            self.stirred = true;
        }
    }

    /// Notes that the client that holds or held this lease has spoken. `extended_at` is the current
    /// time if it extends the lease.
    pub(crate) fn hear_of(&mut self, id: u64, lease: u64, extended_at: Option<OffsetDateTime>) {
        let current = self.entries.get(&id).and_then(|entry| match entry.state {
            State::Leased { lease: current, holder, .. } if current == lease => Some(holder),
            State::Ready | State::Held { .. } | State::Leased { .. } | State::Acknowledged => None,
        });
        if let Some(holder) = current.and_then(|holder| self.holders.get_mut(&holder)) {
            holder.note_named(lease);
        }
        if let Some(now) = extended_at {
            self.note_extended(lease, now);
        }
        let held = |(_, holder): &(&u64, &Holder)| holder.expired.contains(&lease);
        let holder = current.or_else(|| self.holders.iter().find(held).map(|(id, _)| *id));
        if let Some(holder) = holder {
            self.hear(holder);
        }
    }

    /// Notes that a client extends this lease, which may have ended.
    fn note_extended(&mut self, lease: u64, now: OffsetDateTime) {
        let received = |holder: &mut Holder| {
            holder.note_extended(lease, now).then(|| holder.client.id.clone())
        };
        let Some(client) = self.holders.values_mut().find_map(received) else { return };
        for holder in self.holders.values_mut().filter(|holder| holder.client.id == client) {
            holder.claims_on_receipt = true;
            holder.unextended.clear();
        }
    }

    /// Ids of the messages that are leased to a client.
    pub(crate) fn leased_to(&self, client: u64) -> Vec<u64> {
        let is_leased = |id: &u64| {
            self.entries.get(id).is_some_and(
                |entry| matches!(entry.state, State::Leased { holder, .. } if holder == client),
            )
        };
        self.due.iter().map(|(_, id)| *id).filter(is_leased).collect()
    }

    /// Leases ready messages to a client, oldest first, within its limits. Returns `None` if the
    /// client is not connected.
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
            let entry = self.entries.get_mut(&id)?;
            if let Some(holder) = self.holders.get_mut(&holder) {
                let returned =
                    entry.returned_by.take().is_some_and(|client| client == holder.client.id);
                holder.unclaimed.insert(lease, Unclaimed { delivered_at: now, returned });
            }
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
        if !holder.expired.is_empty() {
            return Vec::new();
        }
        let mut chosen = Vec::new();
        let mut bytes = 0;
        let mut keys = BTreeSet::new();
        for id in &self.ready {
            if chosen.len() >= max || bytes >= BATCH_BYTES || holder.is_full(chosen.len(), bytes) {
                break;
            }
            let Some(entry) = self.entries.get(id) else { continue };
            if let Some(key) = self.keys.get(&entry.message.ordering_key) {
                let is_taken =
                    key.leased > 0 && (holder.client.pushes || key.client != holder.client.id);
                // A failure of one push must not find a later message of its key delivered.
                if is_taken || (holder.client.pushes && !keys.insert(&entry.message.ordering_key)) {
                    continue;
                }
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

    /// Whether the message is still under this lease, expired or not.
    pub(crate) fn is_leased(&self, id: u64, expected: u64) -> bool {
        self.entries.get(&id).is_some_and(
            |entry| matches!(entry.state, State::Leased { lease, .. } if lease == expected),
        )
    }

    /// Whether the message is under this lease, and the lease has not expired.
    pub(crate) fn holds(&self, id: u64, expected: u64, now: OffsetDateTime) -> bool {
        let is_valid = |entry: &Entry| match entry.state {
            State::Leased { lease, until, .. } => lease == expected && until > now,
            State::Ready | State::Held { .. } | State::Acknowledged => false,
        };
        self.entries.get(&id).is_some_and(is_valid)
    }

    /// Whether the message was recently settled under this lease.
    pub(crate) fn was_settled_under(&self, id: u64, lease: u64) -> bool {
        self.closed.contains(id, lease)
    }

    /// Ids of the earlier messages of the same ordering key.
    pub(crate) fn before(&self, id: u64) -> impl Iterator<Item = u64> {
        let key =
            self.entries.get(&id).and_then(|entry| self.keys.get(&entry.message.ordering_key));
        key.into_iter().flat_map(move |key| key.ids.range(..id).copied())
    }

    /// Changes the end of a lease.
    pub(crate) fn extend(&mut self, id: u64, until: OffsetDateTime) {
        if let Some(Entry { state: State::Leased { lease, holder, .. }, .. }) =
            self.entries.get(&id)
        {
            self.set_state(id, State::Leased { until, lease: *lease, holder: *holder });
        }
    }

    /// Applies a recorded lease, of this process or an earlier one.
    pub(crate) fn apply_lease(&mut self, Lease { id, lease, until }: Lease) {
        if self.is_leased(id, lease) {
            self.extend(id, until);
        } else if self.is_unsettled(id) {
            self.set_state(id, State::Leased { until, lease, holder: UNKNOWN });
        }
    }

    /// All current leases.
    pub(crate) fn leases(&self) -> impl Iterator<Item = Lease> {
        self.entries.iter().filter_map(|(id, entry)| match entry.state {
            State::Leased { until, lease, .. } => Some(Lease { id: *id, lease, until }),
            State::Ready | State::Held { .. } | State::Acknowledged => None,
        })
    }

    /// Ends backoffs, so that held messages become ready. Returns the ids of the messages whose
    /// leases have expired.
    pub(crate) fn expire(&mut self, now: OffsetDateTime) -> Vec<u64> {
        let mut expired = Vec::new();
        let over: Vec<u64> =
            self.due.iter().take_while(|(time, _)| *time <= now).map(|(_, id)| *id).collect();
        for id in over {
            match self.entries.get(&id).map(|entry| entry.state) {
                Some(State::Held { .. }) => self.set_state(id, State::Ready),
                Some(State::Leased { lease, holder, .. }) => {
                    expired.push(id);
                    let holder = self.holders.get_mut(&holder);
                    if let Some(holder) = holder.filter(|holder| holder.client.must_speak) {
                        holder.expired.insert(lease);
                    }
                }
                Some(State::Ready | State::Acknowledged) | None => {}
            }
        }
        for key in self.keys.values_mut() {
            key.held_until = key.held_until.filter(|until| *until > now);
        }
        expired
    }

    /// Notes that the client that holds a message returns it.
    pub(crate) fn note_returned(&mut self, id: u64) {
        if let Some(entry) = self.entries.get_mut(&id)
            && let State::Leased { holder, .. } = entry.state
        {
            let holder = self.holders.get(&holder);
            entry.returned_by = holder.map(|holder| holder.client.id.clone());
        }
    }

    /// Handles a failed delivery. The message is redelivered after its backoff, followed by all
    /// later messages of its ordering key in order, acknowledged or not. Returns the number of the
    /// message's failed deliveries.
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
