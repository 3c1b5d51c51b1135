//! Commands of receivers (connect, pull, disconnect), and the timers.

use std::sync::Arc;
use std::time::Duration;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::event::Lease;
use super::model::Message;
use super::refusal::Refusal;
use super::subscription::DeadLetter;
use super::{Event, PubSub, ack_ids, names};

/// How long a client that has closed its stream may still claim a message that the stream
/// delivered. Clients that do so do it on receipt, which takes milliseconds.
const UNCLAIMED: Duration = Duration::from_secs(1);

/// A connected client: one streaming pull, one `Pull` call, or the task that pushes to an endpoint.
#[derive(Clone, Debug)]
pub struct Client {
    /// Identifies the client: the messages of an ordering key go to one client at a time. If it is
    /// empty, the client gets an id of its own.
    pub id: String,
    /// Lease of messages that are delivered to it.
    pub lease: Duration,
    /// Maximum number of outstanding messages. `None` for no limit.
    pub max_messages: Option<usize>,
    /// The client gets no messages while its outstanding ones have this many bytes. `None` for no
    /// limit.
    pub max_bytes: Option<u64>,
    /// Whether it pushes to the subscription's endpoint.
    pub pushes: bool,
    /// Whether it is another process, which stays connected even if it is frozen. After a lease of
    /// its own has expired, it gets nothing until it speaks: acknowledges a message, changes a
    /// lease, or sends a request.
    pub must_speak: bool,
}

/// A message that is leased to a client.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivery {
    /// Identifies the message and its lease.
    pub ack_id: String,
    pub message: Arc<Message>,
    /// 1 + the number of failed deliveries. `None` without a dead-letter policy.
    pub attempt: Option<u32>,
}

/// What happens to the leases of a client that disconnects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AfterDisconnect {
    /// The client has its messages, and may still acknowledge them. The leases continue.
    KeepLeases,
    /// The client closed its stream, and may still acknowledge the messages that it has received.
    /// If it extends leases on receipt, those that it has not named in a request end within a
    /// second: their messages are in a buffer that is no longer read. So do those of messages
    /// that it has returned before. All other leases continue, as do all under exactly-once
    /// delivery.
    KeepClaimed,
    /// The client is gone. Every lease ends now, as if it had expired, unless delivery is exactly
    /// once: then the leases continue.
    EndLeases,
}

impl PubSub {
    /// Registers a client, and returns its handle.
    ///
    /// # Errors
    /// When the subscription does not exist, is detached, or is a push subscription and the client
    /// pulls, or the other way round.
    pub fn connect(
        &mut self,
        subscription: &str,
        client: Client,
        now: OffsetDateTime,
    ) -> Result<u64, Refusal> {
        names::check_subscription(subscription)?;
        self.check_delivers(subscription, client.pushes)?;
        let holder = self.serials.next(now);
        let id = if client.id.is_empty() { holder.to_string() } else { client.id };
        let backlog = self.backlog_mut(subscription)?;
        backlog.touch(now);
        backlog.connect(holder, Client { id, ..client });
        Ok(holder)
    }

    fn check_delivers(&self, subscription: &str, pushes: bool) -> Result<(), Refusal> {
        let config = self.backlog(subscription)?.config();
        if config.detached {
            return Err(Refusal::failed(format!(
                "The subscription is detached from its topic (resource={subscription})."
            )));
        }
        match (&config.push, pushes) {
            (Some(_), false) => {
                Err(Refusal::failed("This method is not supported for push subscriptions."))
            }
            (None, true) => Err(Refusal::failed("The subscription has no push endpoint.")),
            (Some(_), true) | (None, false) => Ok(()),
        }
    }

    /// Changes the lease of messages that are delivered to a client from now on.
    pub fn set_lease(&mut self, subscription: &str, holder: u64, lease: Duration) {
        let backlog = self.subscriptions.get_mut(subscription);
        if let Some(client) = backlog.and_then(|backlog| backlog.client_mut(holder)) {
            client.lease = lease;
        }
    }

    /// Notes that a client has sent a request, so it is not frozen.
    pub fn hear(&mut self, subscription: &str, holder: u64) {
        if let Some(backlog) = self.subscriptions.get_mut(subscription) {
            backlog.hear(holder);
        }
    }

    /// Leases up to `max` ready messages to a client, within the client's own limits. The caller
    /// may send the messages once the events are committed.
    ///
    /// # Errors
    /// When the subscription no longer exists, or no longer accepts such a client.
    pub fn pull(
        &mut self,
        subscription: &str,
        holder: u64,
        max: usize,
        now: OffsetDateTime,
    ) -> Result<(Vec<Delivery>, Vec<Event>), Refusal> {
        let client = self.backlog(subscription)?.client(holder);
        let pushes = client.ok_or_else(|| Refusal::not_found(subscription))?.pushes;
        self.check_delivers(subscription, pushes)?;
        let backlog = self
            .subscriptions
            .get_mut(subscription)
            .ok_or_else(|| Refusal::not_found(subscription))?;
        backlog.touch(now);
        let deliveries = backlog.lease(holder, max, &mut self.serials, now).unwrap_or_default();
        let mut events = Vec::new();
        if backlog.config().exactly_once && !deliveries.is_empty() {
            let parsed: Vec<(u64, u64)> =
                deliveries.iter().filter_map(|delivery| ack_ids::parse(&delivery.ack_id)).collect();
            let leases: Vec<Lease> = backlog
                .leases()
                .filter(|lease| parsed.contains(&(lease.id, lease.lease)))
                .collect();
            events.push(Event::Leased { subscription: subscription.to_owned(), leases });
        }
        Ok((deliveries, events))
    }

    /// Removes a client.
    pub fn disconnect(
        &mut self,
        subscription: &str,
        holder: u64,
        after: AfterDisconnect,
        now: OffsetDateTime,
    ) -> Vec<Event> {
        let Some(backlog) = self.subscriptions.get_mut(subscription) else { return Vec::new() };
        let abandoned = match after {
            AfterDisconnect::EndLeases if !backlog.config().exactly_once => {
                backlog.leased_to(holder)
            }
            AfterDisconnect::KeepClaimed if !backlog.config().exactly_once => {
                backlog.shorten_unclaimed(holder, now + UNCLAIMED);
                Vec::new()
            }
            AfterDisconnect::EndLeases
            | AfterDisconnect::KeepClaimed
            | AfterDisconnect::KeepLeases => Vec::new(),
        };
        backlog.disconnect(holder);
        backlog.touch(now);
        self.fail(subscription, abandoned, now)
    }

    /// Runs due timers: ends leases and backoffs, and drops expired messages, subscriptions
    /// and snapshots.
    pub fn advance(&mut self, now: OffsetDateTime) -> Vec<Event> {
        let mut events = Vec::new();
        let mut failed = Vec::new();
        for topic in self.topics.values_mut() {
            topic.forget_old(now);
        }
        for (name, backlog) in &mut self.subscriptions {
            backlog.touch_first(now);
            if backlog.expires_at().is_some_and(|time| time <= now) {
                events.push(Event::SubscriptionDeleted { name: name.clone() });
                continue;
            }
            let expired = backlog.expire(now);
            if !expired.is_empty() {
                failed.push((name.clone(), expired));
            }
            let kept_by_topic =
                self.topics.get(&backlog.config().topic).and_then(|topic| topic.config.retention);
            let ids = backlog.too_old(kept_by_topic, now);
            if !ids.is_empty() {
                events.push(Event::Settled { subscription: name.clone(), ids });
            }
        }
        events.extend(self.expired_snapshots(now));
        events.extend(failed.into_iter().flat_map(|(name, ids)| self.fail(&name, ids, now)));
        events
    }

    pub(super) fn fail(
        &mut self,
        subscription: &str,
        ids: Vec<u64>,
        now: OffsetDateTime,
    ) -> Vec<Event> {
        let mut events = Vec::new();
        for id in ids {
            let Some(backlog) = self.subscriptions.get_mut(subscription) else { return events };
            let failures = backlog.fail(id, now);
            let records = backlog.config().records_failures();
            match backlog.config().dead_letter.clone() {
                Some(policy)
                    if failures >= policy.max_attempts
                        && self.topics.contains_key(&policy.topic) =>
                {
                    events.extend(self.dead_letter(subscription, id, failures, &policy, now));
                }
                Some(_) | None if records => {
                    events.push(Event::Failed {
                        subscription: subscription.to_owned(),
                        id,
                        failures,
                    });
                }
                Some(_) | None => {}
            }
        }
        events
    }

    /// Forwards a message: first stores it in the dead-letter topic's subscriptions, then settles
    /// it in its own.
    ///
    /// Its attributes:
    /// <https://cloud.google.com/pubsub/docs/handling-failures#track-delivery-attempts>.
    fn dead_letter(
        &mut self,
        subscription: &str,
        id: u64,
        failures: u32,
        policy: &DeadLetter,
        now: OffsetDateTime,
    ) -> Vec<Event> {
        let Some(source) =
            self.subscriptions.get(subscription).and_then(|backlog| backlog.message(id))
        else {
            return Vec::new();
        };
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
