//! Commands of those who receive: connect, pull, acknowledge, extend, give back.

use std::sync::Arc;
use std::time::Duration;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::model::{DeadLetter, Message};
use super::refusal::Refusal;
use super::{Event, PubSub, names};

/// Longest lease that `ModifyAckDeadline` and a streaming pull may ask for.
const LONGEST_LEASE: Duration = Duration::from_secs(600);

/// A connected client: one streaming pull, or one `Pull` call.
#[derive(Clone, Debug)]
pub struct Client {
    /// What tells it from other clients: messages of one ordering key go to one of them at a time. Empty: it is nobody else.
    pub id: String,
    /// Lease of what is delivered to it.
    pub lease: Duration,
    /// How many unsettled messages it takes. `None`: any number.
    pub max_messages: Option<usize>,
    /// It takes no more messages while it has so many bytes of unsettled ones. `None`: any number.
    pub max_bytes: Option<u64>,
}

/// A message, leased to a client.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivery {
    /// Names message and lease.
    pub ack_id: String,
    /// What was published.
    pub message: Arc<Message>,
    /// 1 + the failed deliveries so far; `None` without a dead-letter policy.
    pub attempt: Option<u32>,
}

/// What becomes of the leases of a client that disconnects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AfterDisconnect {
    /// It only closed the stream, and may still settle what it holds: the leases run on.
    KeepLeases,
    /// It is gone: every lease ends now, as if it had run out.
    EndLeases,
}

impl PubSub {
    /// Makes a client known, and returns its handle.
    ///
    /// # Errors
    /// When the subscription does not exist.
    pub fn connect(&mut self, subscription: &str, client: Client, now: OffsetDateTime) -> Result<u64, Refusal> {
        names::check_subscription(subscription)?;
        let holder = self.serials.next(now);
        let id = if client.id.is_empty() { holder.to_string() } else { client.id };
        self.backlog_mut(subscription)?.connect(holder, Client { id, ..client });
        Ok(holder)
    }

    /// Changes the lease of what is delivered to a client from now on.
    pub fn set_lease(&mut self, subscription: &str, holder: u64, lease: Duration) {
        let backlog = self.subscriptions.get_mut(subscription);
        if let Some(client) = backlog.and_then(|backlog| backlog.client_mut(holder)) {
            client.lease = lease;
        }
    }

    /// Leases up to `max` ready messages to a client, as far as its own limits allow; empty when there is nothing for it.
    ///
    /// # Errors
    /// When the subscription does not exist (any more).
    pub fn pull(&mut self, subscription: &str, holder: u64, max: usize, now: OffsetDateTime) -> Result<Vec<Delivery>, Refusal> {
        let backlog = self.subscriptions.get_mut(subscription);
        let deliveries = backlog.and_then(|backlog| backlog.lease(holder, max, &mut self.serials, now));
        deliveries.ok_or_else(|| Refusal::not_found(subscription))
    }

    /// Forgets a client.
    pub fn disconnect(&mut self, subscription: &str, holder: u64, after: AfterDisconnect, now: OffsetDateTime) -> Vec<Event> {
        let Some(backlog) = self.subscriptions.get_mut(subscription) else { return Vec::new() };
        let abandoned = match after {
            AfterDisconnect::KeepLeases => Vec::new(),
            AfterDisconnect::EndLeases => backlog.leased_to(holder),
        };
        backlog.disconnect(holder);
        self.fail(subscription, abandoned, now)
    }

    /// Settles messages. One that is settled already is no error; nor is one whose lease has run out, it is settled nevertheless.
    ///
    /// # Errors
    /// When the subscription does not exist, or an id is not one of Pub/Sub's.
    pub fn acknowledge(&self, subscription: &str, ack_ids: &[String]) -> Result<Vec<Event>, Refusal> {
        names::check_subscription(subscription)?;
        let backlog = self.backlog(subscription)?;
        let ids = parse_ack_ids(ack_ids)?.into_iter().map(|(id, _)| id).filter(|id| backlog.contains(*id));
        let ids: Vec<u64> = ids.collect();
        Ok(if ids.is_empty() { Vec::new() } else { vec![Event::Settled { subscription: subscription.to_owned(), ids }] })
    }

    /// Lets leases end after `lease` from now. Zero is a negative acknowledgement: the delivery failed, the message is delivered
    /// again after its backoff. What is not under the named lease any more is left alone.
    ///
    /// # Errors
    /// When the subscription does not exist, the lease is above 600 s, or an id is not one of Pub/Sub's.
    pub fn modify_ack_deadline(
        &mut self,
        subscription: &str,
        ack_ids: &[String],
        lease: Duration,
        now: OffsetDateTime,
    ) -> Result<Vec<Event>, Refusal> {
        names::check_subscription(subscription)?;
        if lease > LONGEST_LEASE {
            return Err(Refusal::invalid("ack_deadline_seconds must be 0 to 600"));
        }
        let ids = parse_ack_ids(ack_ids)?;
        let backlog = self.backlog_mut(subscription)?;
        let held = ids.into_iter().filter(|(id, lease)| backlog.is_leased(*id, *lease)).map(|(id, _)| id);
        let held: Vec<u64> = held.collect();
        if lease.is_zero() {
            return Ok(self.fail(subscription, held, now));
        }
        held.into_iter().for_each(|id| backlog.extend(id, now + lease));
        Ok(Vec::new())
    }

    /// Does what is due: ends leases and backoffs, drops messages that are too old.
    pub fn advance(&mut self, now: OffsetDateTime) -> Vec<Event> {
        let mut events = Vec::new();
        let mut failed = Vec::new();
        for (name, backlog) in &mut self.subscriptions {
            let expired = backlog.expire(now);
            if !expired.is_empty() {
                failed.push((name.clone(), expired));
            }
            let ids = backlog.too_old(now);
            if !ids.is_empty() {
                events.push(Event::Settled { subscription: name.clone(), ids });
            }
        }
        events.extend(failed.into_iter().flat_map(|(name, ids)| self.fail(&name, ids, now)));
        events
    }

    fn fail(&mut self, subscription: &str, ids: Vec<u64>, now: OffsetDateTime) -> Vec<Event> {
        let mut events = Vec::new();
        for id in ids {
            let Some(backlog) = self.subscriptions.get_mut(subscription) else { return events };
            let failures = backlog.fail(id, now);
            let Some(policy) = backlog.config().dead_letter.clone() else { continue };
            if failures >= policy.max_attempts && self.topics.contains_key(&policy.topic) {
                events.extend(self.dead_letter(subscription, id, failures, &policy, now));
            } else {
                events.push(Event::Failed { subscription: subscription.to_owned(), id, failures });
            }
        }
        events
    }

    /// Forwards a message: stored in the dead-letter topic's subscriptions first, settled in its own then.
    ///
    /// The attributes are those of <https://cloud.google.com/pubsub/docs/handling-failures#track-delivery-attempts>.
    fn dead_letter(&mut self, subscription: &str, id: u64, failures: u32, policy: &DeadLetter, now: OffsetDateTime) -> Vec<Event> {
        let Some(source) = self.subscriptions.get(subscription).and_then(|backlog| backlog.message(id)) else { return Vec::new() };
        let mut message = source.clone();
        let (project, name) = names::project_and_id(subscription);
        let published_at = message.published_at.format(&Rfc3339).unwrap_or_default();
        message.attributes.extend([
            ("CloudPubSubDeadLetterSourceDeliveryCount".to_owned(), failures.to_string()),
            ("CloudPubSubDeadLetterSourceSubscription".to_owned(), name.to_owned()),
            ("CloudPubSubDeadLetterSourceSubscriptionProject".to_owned(), project.to_owned()),
            ("CloudPubSubDeadLetterSourceTopicPublishTime".to_owned(), published_at),
        ]);
        message.id = self.serials.next(now);
        message.published_at = now;
        let stored = self.fan_out(&policy.topic, message);
        let settled = Event::Settled { subscription: subscription.to_owned(), ids: vec![id] };
        stored.into_iter().chain([settled]).collect()
    }
}

pub(super) fn ack_id(message: u64, lease: u64) -> String {
    format!("{message:x}-{lease:x}")
}

/// Message and lease of each id.
fn parse_ack_ids(ack_ids: &[String]) -> Result<Vec<(u64, u64)>, Refusal> {
    if ack_ids.is_empty() {
        return Err(Refusal::invalid("no ack_ids are given"));
    }
    let parse = |ack_id: &String| {
        let (message, lease) = ack_id.split_once('-')?;
        Some((u64::from_str_radix(message, 16).ok()?, u64::from_str_radix(lease, 16).ok()?))
    };
    let parsed = ack_ids.iter().map(|id| parse(id).ok_or_else(|| Refusal::invalid(format!("ack_ids: {id:?} is malformed"))));
    parsed.collect()
}
