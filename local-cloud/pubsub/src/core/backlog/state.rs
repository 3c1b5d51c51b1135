//! The states of messages, and the indexes over them.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use time::OffsetDateTime;

use super::Backlog;
use crate::core::model::Message;

/// Number of closed leases to remember. A client that missed the response to an acknowledgement
/// repeats it within seconds.
const CLOSED_LEASES: usize = 10_000;

#[derive(Debug)]
pub(super) struct Entry {
    pub(super) message: Arc<Message>,
    pub(super) failures: u32,
    pub(super) state: State,
    /// Id of the client that returned the message at its last delivery.
    pub(super) returned_by: Option<String>,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum State {
    Ready,
    Held {
        until: OffsetDateTime,
    },
    Leased {
        until: OffsetDateTime,
        lease: u64,
        holder: u64,
    },
    /// Settled, but an earlier message of its ordering key is not. If that one fails, this one is
    /// redelivered after it.
    Acknowledged,
}

/// An ordering key. Its messages are leased in order and to one client at a time, without waiting
/// for each acknowledgement.
#[derive(Debug, Default)]
pub(super) struct Key {
    pub(super) ids: BTreeSet<u64>,
    pub(super) leased: usize,
    /// Id of the client that holds the leased messages.
    pub(super) client: String,
    /// After a failure: when the messages of the key are redelivered.
    pub(super) held_until: Option<OffsetDateTime>,
}

/// The most recent leases under which messages were settled.
#[derive(Debug, Default)]
pub(super) struct ClosedLeases {
    known: BTreeSet<(u64, u64)>,
    order: VecDeque<(u64, u64)>,
}

impl ClosedLeases {
    pub(super) fn note(&mut self, id: u64, state: State) {
        match state {
            State::Leased { lease, .. } => {
                if self.known.insert((id, lease)) {
                    self.order.push_back((id, lease));
                }
                if self.order.len() > CLOSED_LEASES
                    && let Some(oldest) = self.order.pop_front()
                {
                    self.known.remove(&oldest);
                }
            }
            State::Ready | State::Held { .. } | State::Acknowledged => {}
        }
    }

    pub(super) fn contains(&self, id: u64, lease: u64) -> bool {
        self.known.contains(&(id, lease))
    }
}

impl Backlog {
    /// Sets a message's state. This is the only function that adds to the indexes.
    pub(super) fn set_state(&mut self, id: u64, state: State) {
        self.unindex(id);
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
                // A lease may outlive the connection of its client.
                if let Some(holder) = self.holders.get_mut(&holder) {
                    holder.messages += 1;
                    holder.bytes += entry.message.size();
                    key.into_iter().for_each(|client| client.clone_from(&holder.client.id));
                }
            }
            State::Acknowledged => {}
        }
    }

    /// Removes a message from the indexes. The caller must set its state or remove it.
    pub(super) fn unindex(&mut self, id: u64) {
        let Some(entry) = self.entries.get(&id) else { return };
        match entry.state {
            State::Ready => {
                self.ready.remove(&id);
            }
            State::Held { until } => {
                self.due.remove(&(until, id));
            }
            State::Leased { until, holder, lease } => {
                self.due.remove(&(until, id));
                // This client has capacity now, or it is another one's turn.
                self.stirred = true;
                if let Some(key) = self.keys.get_mut(&entry.message.ordering_key) {
                    key.leased -= 1;
                }
                if let Some(holder) = self.holders.get_mut(&holder) {
                    holder.messages -= 1;
                    holder.bytes -= entry.message.size();
                    holder.unclaimed.remove(&lease);
                }
            }
            State::Acknowledged => {}
        }
    }
}
