//! Acknowledgements, and extensions and ends of leases.

use std::collections::BTreeSet;
use std::time::Duration;

use time::OffsetDateTime;

use super::event::Lease;
use super::refusal::{AckFailure, Refusal};
use super::{Event, PubSub, ack_ids, names};

/// Maximum lease that `ModifyAckDeadline` can set.
const LONGEST_LEASE: Duration = Duration::from_secs(600);

/// The outcome of a request, by acknowledgement id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Receipt {
    /// Whether delivery is exactly once. If it is not, every id counts as taken.
    pub exactly_once: bool,
    /// The ids for which the request took effect.
    pub taken: Vec<String>,
    /// The ids that failed, and why.
    pub failed: Vec<(String, AckFailure)>,
}

impl Receipt {
    /// The result of a request that has one result for all its ids.
    ///
    /// # Errors
    /// When an id failed.
    pub fn into_result(self) -> Result<(), Refusal> {
        if self.failed.is_empty() {
            return Ok(());
        }
        let taken = self.taken.into_iter().map(|id| (id, AckFailure::Repeat));
        Err(Refusal::AckIds(self.failed.into_iter().chain(taken).collect()))
    }
}

/// The ids of a request, sorted: message and lease of valid ones, and a receipt for the others.
struct Sorted {
    held: Vec<(String, u64, u64)>,
    receipt: Receipt,
}

impl PubSub {
    /// Settles messages. It is no error if a message is settled already. Unless delivery is exactly
    /// once, an acknowledgement also succeeds after its lease has expired.
    ///
    /// # Errors
    /// When the subscription does not exist, or an id is malformed and delivery is not exactly
    /// once.
    pub fn acknowledge(
        &mut self,
        subscription: &str,
        ack_ids: &[String],
        now: OffsetDateTime,
    ) -> Result<(Receipt, Vec<Event>), Refusal> {
        self.hear_of(subscription, ack_ids, None);
        let Sorted { mut held, mut receipt } = self.sort(subscription, ack_ids, now)?;
        let backlog = self.backlog(subscription)?;
        // Sorts by time of publishing: a request may name an ordering key's messages in any order.
        held.sort_by_key(|(_, id, _)| *id);
        let mut settled = BTreeSet::new();
        for (ack_id, id, lease) in held {
            if receipt.exactly_once && backlog.was_settled_under(id, lease) {
                // A repeated acknowledgement. A seek may have brought the message back since.
                receipt.taken.push(ack_id);
            } else if receipt.exactly_once
                && !backlog.before(id).all(|earlier| settled.contains(&earlier))
            {
                receipt.failed.push((ack_id, AckFailure::Unordered));
            } else {
                receipt.taken.push(ack_id);
                settled.insert(id);
            }
        }
        let ids: Vec<u64> = settled.into_iter().filter(|id| backlog.is_unsettled(*id)).collect();
        let events = if ids.is_empty() {
            Vec::new()
        } else {
            vec![Event::Settled { subscription: subscription.to_owned(), ids }]
        };
        Ok((receipt, events))
    }

    /// Makes leases expire after `lease` from now. Zero is a negative acknowledgement: the delivery
    /// failed, and the message is redelivered after its backoff. Messages that are no longer under
    /// the named lease stay as they are.
    ///
    /// # Errors
    /// When the subscription does not exist, the lease is above 600 s, or an id is malformed and
    /// delivery is not exactly once.
    pub fn modify_ack_deadline(
        &mut self,
        subscription: &str,
        ack_ids: &[String],
        lease: Duration,
        now: OffsetDateTime,
    ) -> Result<(Receipt, Vec<Event>), Refusal> {
        if lease > LONGEST_LEASE {
            return Err(Refusal::invalid("ack_deadline_seconds must be 0 to 600"));
        }
        self.hear_of(subscription, ack_ids, (!lease.is_zero()).then_some(now));
        let Sorted { mut held, mut receipt } = self.sort(subscription, ack_ids, now)?;
        let backlog = self.backlog_mut(subscription)?;
        backlog.touch(now);
        receipt.taken = held.iter().map(|(ack_id, _, _)| ack_id.clone()).collect();
        held.retain(|(_, id, serial)| backlog.is_leased(*id, *serial));
        let ids: Vec<u64> = held.iter().map(|(_, id, _)| *id).collect();
        if lease.is_zero() {
            ids.iter().for_each(|id| backlog.note_returned(*id));
            return Ok((receipt, self.fail(subscription, ids, now)));
        }
        ids.into_iter().for_each(|id| backlog.extend(id, now + lease));
        if !receipt.exactly_once || held.is_empty() {
            return Ok((receipt, Vec::new()));
        }
        let leases = held
            .into_iter()
            .map(|(_, id, serial)| Lease { id, lease: serial, until: now + lease })
            .collect();
        Ok((receipt, vec![Event::Leased { subscription: subscription.to_owned(), leases }]))
    }

    /// Notes that the clients of these leases have spoken, whatever becomes of the request.
    fn hear_of(
        &mut self,
        subscription: &str,
        ack_ids: &[String],
        extended_at: Option<OffsetDateTime>,
    ) {
        let Some(backlog) = self.subscriptions.get_mut(subscription) else { return };
        for (id, lease) in ack_ids.iter().filter_map(|ack_id| ack_ids::parse(ack_id)) {
            backlog.hear_of(id, lease, extended_at);
        }
    }

    /// Parses the ids. If delivery is exactly once, those without a valid lease fail. A lease that
    /// an acknowledgement closed stays valid for a repetition of it.
    fn sort(
        &self,
        subscription: &str,
        ack_ids: &[String],
        now: OffsetDateTime,
    ) -> Result<Sorted, Refusal> {
        names::check_subscription(subscription)?;
        ack_ids::check_request(ack_ids)?;
        let backlog = self.backlog(subscription)?;
        let exactly_once = backlog.config().exactly_once;
        let mut sorted =
            Sorted { held: Vec::new(), receipt: Receipt { exactly_once, ..Receipt::default() } };
        for ack_id in ack_ids {
            match ack_ids::parse(ack_id) {
                Some((id, lease))
                    if !exactly_once
                        || backlog.holds(id, lease, now)
                        || backlog.was_settled_under(id, lease) =>
                {
                    sorted.held.push((ack_id.clone(), id, lease));
                }
                Some(_) | None if exactly_once => {
                    sorted.receipt.failed.push((ack_id.clone(), AckFailure::InvalidAckId))
                }
                Some(_) | None => {
                    return Err(Refusal::invalid(format!("Invalid ack id (ack_id={ack_id})")));
                }
            }
        }
        Ok(sorted)
    }
}
