//! Acknowledging, extending, and giving back.

use std::collections::BTreeSet;
use std::time::Duration;

use time::OffsetDateTime;

use super::event::Lease;
use super::refusal::{AckFailure, Refusal};
use super::{Event, PubSub, ack_ids, names};

/// Longest lease that `ModifyAckDeadline` and a streaming pull may ask for.
const LONGEST_LEASE: Duration = Duration::from_secs(600);

/// What became of each acknowledgement id of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Receipt {
    /// Whether delivery is exactly once. Where it is not, every id is among the taken ones,
    /// whatever became of it.
    pub exactly_once: bool,
    /// Done as asked.
    pub taken: Vec<String>,
    /// Not done, and why.
    pub failed: Vec<(String, AckFailure)>,
}

impl Receipt {
    /// The answer to a request that has one answer for all its ids.
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

/// Ids of a request, apart: message and lease of those that are valid, and the receipt so far.
struct Sorted {
    held: Vec<(String, u64, u64)>,
    receipt: Receipt,
}

impl PubSub {
    /// Settles messages. One that is settled already is no error; nor is one whose lease has run
    /// out, it is settled nevertheless, unless delivery is exactly once.
    ///
    /// # Errors
    /// When the subscription does not exist, or an id is not one of Pub/Sub's and delivery is not
    /// exactly once.
    pub fn acknowledge(
        &self,
        subscription: &str,
        ack_ids: &[String],
        now: OffsetDateTime,
    ) -> Result<(Receipt, Vec<Event>), Refusal> {
        let Sorted { mut held, mut receipt } = self.sort(subscription, ack_ids, now)?;
        let backlog = self.backlog(subscription)?;
        // In the order of publishing: within a request, an ordering key's messages may come in any.
        held.sort_by_key(|(_, id, _)| *id);
        let mut settled = BTreeSet::new();
        for (ack_id, id, lease) in held {
            if receipt.exactly_once && backlog.was_settled_under(id, lease) {
                // Done before, and a seek may have brought the message back since.
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

    /// Lets leases end after `lease` from now. Zero is a negative acknowledgement: the delivery
    /// failed, the message is delivered again after its backoff. What is not under the named lease
    /// any more is left alone.
    ///
    /// # Errors
    /// When the subscription does not exist, the lease is above 600 s, or an id is not one of
    /// Pub/Sub's and delivery is not exactly once.
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
        let Sorted { mut held, mut receipt } = self.sort(subscription, ack_ids, now)?;
        let backlog = self.backlog_mut(subscription)?;
        backlog.touch(now);
        receipt.taken = held.iter().map(|(ack_id, _, _)| ack_id.clone()).collect();
        held.retain(|(_, id, serial)| backlog.is_leased(*id, *serial));
        let ids: Vec<u64> = held.iter().map(|(_, id, _)| *id).collect();
        if lease.is_zero() {
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

    /// Reads the ids. Where delivery is exactly once, those without a valid lease fail; a lease
    /// that was closed by an acknowledgement stays valid for a repetition of that.
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
