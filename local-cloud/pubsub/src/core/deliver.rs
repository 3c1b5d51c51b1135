//! Commands of those who receive: connect, pull, disconnect; and what becomes due by itself.

use std::sync::Arc;
use std::time::Duration;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::event::Lease;
use super::model::Message;
use super::refusal::Refusal;
use super::subscription::DeadLetter;
use super::{Event, PubSub, ack_ids, names};

/// A connected client: one streaming pull, one `Pull` call, or what pushes to an endpoint.
#[derive(Clone, Debug)]
pub struct Client {
    /// What tells it from other clients: messages of one ordering key go to one of them at a time.
    /// Empty: it is nobody else.
    pub id: String,
    /// Lease of what is delivered to it.
    pub lease: Duration,
    /// How many unsettled messages it takes. `None`: any number.
    pub max_messages: Option<usize>,
    /// It takes no more messages while it has so many bytes of unsettled ones. `None`: any number.
    pub max_bytes: Option<u64>,
    /// Whether it pushes to the subscription's endpoint.
    pub pushes: bool,
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
    /// It is gone: every lease ends now, as if it had run out. Where delivery is exactly once they
    /// run on nevertheless.
    EndLeases,
}

impl PubSub {
    /// Makes a client known, and returns its handle.
    ///
    /// # Errors
    /// When the subscription does not exist, or is not for such a client: detached, or pushed and
    /// not pulled.
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

    /// Changes the lease of what is delivered to a client from now on.
    pub fn set_lease(&mut self, subscription: &str, holder: u64, lease: Duration) {
        let backlog = self.subscriptions.get_mut(subscription);
        if let Some(client) = backlog.and_then(|backlog| backlog.client_mut(holder)) {
            client.lease = lease;
        }
    }

    /// Leases up to `max` ready messages to a client, as far as its own limits allow; none when
    /// there is nothing for it. The messages may be handed out once the events are written down.
    ///
    /// # Errors
    /// When the subscription does not exist (any more), or is not for such a client any more.
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

    /// Forgets a client.
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
            AfterDisconnect::EndLeases | AfterDisconnect::KeepLeases => Vec::new(),
        };
        backlog.disconnect(holder);
        backlog.touch(now);
        self.fail(subscription, abandoned, now)
    }

    /// Does what is due: ends leases and backoffs, drops messages that are too old and
    /// subscriptions that nobody uses.
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

    /// Forwards a message: stored in the dead-letter topic's subscriptions first, settled in its
    /// own then.
    ///
    /// The attributes are those of
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
