//! The state machine of Pub/Sub: a command and the present time go in, events come out.
//!
//! Topics, subscriptions and unsettled messages are changed by [`Event`]s alone, which the caller writes down
//! ([`Durable`](crate::durable::Durable)). Leases, backoffs and the limits of the connected clients belong to the running process
//! and are changed directly: after a restart every unsettled message is ready again, so losing them costs a redelivery and never
//! a message.

mod admin;
mod backlog;
mod deliver;
mod event;
mod filter;
mod model;
mod names;
mod publish;
mod refusal;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use time::OffsetDateTime;

use self::backlog::Backlog;
use crate::durable::Core;

pub use self::deliver::{AfterDisconnect, Client, Delivery};
pub use self::event::Event;
pub use self::filter::{Filter, FilterError};
pub use self::model::{DELETED_TOPIC, DeadLetter, Message, Retry, Subscription, Topic};
pub use self::publish::{Draft, Published};
pub use self::refusal::Refusal;

/// All topics and subscriptions of all projects.
#[derive(Debug, Default)]
pub struct PubSub {
    topics: BTreeMap<String, Topic>,
    subscriptions: BTreeMap<String, Backlog>,
    serials: Serials,
    /// Deleted subscriptions whose waiting clients have not been told yet.
    deleted: BTreeSet<String>,
}

impl PubSub {
    /// Subscriptions for which waiting clients have something to do since the last call: messages, free capacity, or an end.
    pub fn take_awakened(&mut self) -> Vec<String> {
        let mut awakened: Vec<String> = std::mem::take(&mut self.deleted).into_iter().collect();
        for (name, backlog) in &mut self.subscriptions {
            if backlog.take_stirred() {
                awakened.push(name.clone());
            }
        }
        awakened
    }

    /// When [`PubSub::advance`] has something to do next; `None` while nothing is leased, held back or stored.
    #[must_use]
    pub fn next_wakeup(&self) -> Option<OffsetDateTime> {
        self.subscriptions.values().filter_map(Backlog::next_wakeup).min()
    }

    fn backlog(&self, subscription: &str) -> Result<&Backlog, Refusal> {
        self.subscriptions.get(subscription).ok_or_else(|| Refusal::not_found(subscription))
    }

    fn backlog_mut(&mut self, subscription: &str) -> Result<&mut Backlog, Refusal> {
        self.subscriptions.get_mut(subscription).ok_or_else(|| Refusal::not_found(subscription))
    }
}

impl Core for PubSub {
    type Event = Event;

    fn apply(&mut self, event: Event) {
        match event {
            Event::TopicSaved(topic) => {
                self.topics.insert(topic.name.clone(), topic);
            }
            Event::TopicDeleted { name } => self.remove_topic(&name),
            Event::SubscriptionSaved(config) => self.save_subscription(config),
            Event::SubscriptionDeleted { name } => {
                self.subscriptions.remove(&name);
                self.deleted.insert(name);
            }
            Event::Stored { message, subscriptions } => self.store(message, &subscriptions),
            Event::Settled { subscription, ids } => {
                if let Some(backlog) = self.subscriptions.get_mut(&subscription) {
                    ids.into_iter().for_each(|id| backlog.settle(id));
                }
            }
            Event::Failed { subscription, id, failures } => {
                if let Some(backlog) = self.subscriptions.get_mut(&subscription) {
                    backlog.set_failures(id, failures);
                }
            }
        }
    }

    fn snapshot(&self) -> Vec<Event> {
        let topics = self.topics.values().cloned().map(Event::TopicSaved);
        let subscriptions = self.subscriptions.values().map(|backlog| Event::SubscriptionSaved(backlog.config().clone()));
        let mut events: Vec<Event> = topics.chain(subscriptions).collect();
        // A message that waits in several subscriptions is written once.
        let mut messages = BTreeMap::new();
        let mut failed = Vec::new();
        for (name, backlog) in &self.subscriptions {
            for (message, failures) in backlog.unsettled() {
                messages.entry(message.id).or_insert_with(|| (message, Vec::new())).1.push(name.clone());
                if failures > 0 && backlog.config().dead_letter.is_some() {
                    failed.push(Event::Failed { subscription: name.clone(), id: message.id, failures });
                }
            }
        }
        let stored = messages.into_values();
        events.extend(stored.map(|(message, subscriptions)| Event::Stored { message: message.clone(), subscriptions }));
        events.extend(failed);
        events
    }
}

/// Numbers that only grow, also over a restart: each is at least the present time in microseconds, so that none has to be
/// written down when nothing is stored under it.
#[derive(Debug, Default)]
struct Serials {
    last: u64,
}

impl Serials {
    fn next(&mut self, now: OffsetDateTime) -> u64 {
        let microseconds = u64::try_from(now.unix_timestamp_nanos() / 1000).unwrap_or(0);
        self.last = (self.last + 1).max(microseconds);
        self.last
    }

    fn saw(&mut self, serial: u64) {
        self.last = self.last.max(serial);
    }
}
