//! The state machine of Pub/Sub: it takes a command and the current time, and returns events.
//!
//! Only [`Event`]s change topics, subscriptions, schemas, policies and messages. The caller records
//! them in a journal ([`Durable`](longshore_local_kit::durable::Durable)).
//!
//! Commands that take `&mut self` also change transient state directly:
//!
//! - Leases, backoffs, and the limits of connected clients. After a restart, every unacknowledged
//!   message is ready again, so their loss costs a redelivery and never a message. In a
//!   subscription with exactly-once delivery, which must not redeliver, leases are events as well.
//! - The last serial number. It never falls below the current time, so it needs no record.
//! - Parsed schemas, which are a cache.

mod ack_ids;
mod admin;
mod backlog;
mod deliver;
mod event;
mod filter;
mod model;
mod names;
mod policy;
mod publish;
mod push;
mod refusal;
mod reset;
mod schema_model;
mod schemas;
mod seek;
mod settle;
mod snapshots;
mod subscription;
#[cfg(test)]
mod tests;
mod topic_log;
mod url;

use std::collections::{BTreeMap, BTreeSet};

use time::OffsetDateTime;

use self::backlog::Backlog;
use self::schemas::Schemas;
use self::snapshots::SnapshotLog;
use self::topic_log::TopicLog;
use longshore_local_kit::durable::Core;

pub use self::deliver::{AfterDisconnect, Client, Delivery};
pub use self::event::{Event, Lease};
pub use self::filter::{Filter, FilterError};
pub use self::model::{DELETED_TOPIC, Message, Snapshot, Topic};
pub use self::publish::{Draft, Published};
pub use self::push::{Oidc, Push, Wrapper};
pub use self::refusal::{AckFailure, Refusal};
pub use self::schema_model::{
    DELETED_SCHEMA, Definition, Encoding, Language, Revision, SchemaSettings,
};
pub use self::settle::Receipt;
pub use self::subscription::{DeadLetter, Retry, Subscription};
pub use longshore_local_kit::policy::{Binding, Condition, Policy};

/// All topics, subscriptions, snapshots and schemas of all projects.
#[derive(Debug, Default)]
pub struct PubSub {
    topics: BTreeMap<String, TopicLog>,
    subscriptions: BTreeMap<String, Backlog>,
    snapshots: BTreeMap<String, SnapshotLog>,
    schemas: Schemas,
    policies: BTreeMap<String, Policy>,
    serials: Serials,
    /// Deleted subscriptions whose waiting clients have not been notified yet.
    deleted: BTreeSet<String>,
}

impl PubSub {
    /// The subscriptions whose waiting clients have something to do since the last call: there are
    /// messages or free capacity, or the subscription was deleted.
    pub fn take_awakened(&mut self) -> Vec<String> {
        let mut awakened: Vec<String> = std::mem::take(&mut self.deleted).into_iter().collect();
        for (name, backlog) in &mut self.subscriptions {
            if backlog.take_stirred() {
                awakened.push(name.clone());
            }
        }
        awakened
    }

    /// When [`PubSub::advance`] has something to do next. `None` while nothing is leased, held back
    /// or stored.
    #[must_use]
    pub fn next_wakeup(&self) -> Option<OffsetDateTime> {
        let wakeup = |backlog: &Backlog| backlog.next_wakeup(self.kept_by_topic(backlog.config()));
        let expiry = self.snapshots.values().map(|log| log.config.expires_at);
        self.subscriptions.values().filter_map(wakeup).chain(expiry).min()
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
            Event::TopicSaved(topic) => self.save_topic(topic),
            Event::TopicDeleted { name } => {
                self.remove_topic(&name);
                self.policies.remove(&name);
            }
            Event::SubscriptionSaved(config) => self.save_subscription(*config),
            Event::SubscriptionDeleted { name } => {
                self.subscriptions.remove(&name);
                self.policies.remove(&name);
                self.deleted.insert(name);
            }
            Event::Stored { message, subscriptions, topic, snapshots } => {
                self.store(message, &subscriptions, topic.as_deref(), &snapshots)
            }
            Event::Settled { subscription, ids } => {
                if let Some(backlog) = self.subscriptions.get_mut(&subscription) {
                    ids.into_iter().for_each(|id| backlog.settle(id));
                }
            }
            Event::Restored { subscription, ids, snapshot } => {
                self.restore(&subscription, &ids, snapshot.as_deref())
            }
            Event::SnapshotSaved(config) => self.save_snapshot(*config),
            Event::SnapshotFilled { snapshot, subscription, ids } => {
                self.fill_snapshot(&snapshot, &subscription, &ids)
            }
            Event::SnapshotDeleted { name } => {
                self.snapshots.remove(&name);
                self.policies.remove(&name);
            }
            Event::Leased { subscription, leases } => self.apply_leases(&subscription, leases),
            Event::Failed { subscription, id, failures } => {
                if let Some(backlog) = self.subscriptions.get_mut(&subscription) {
                    backlog.set_failures(id, failures);
                }
            }
            Event::SchemaRevised(revision) => self.schemas.add(revision),
            Event::RevisionDeleted { schema, id } => self.schemas.remove_revision(&schema, &id),
            Event::SchemaDeleted { name } => {
                self.remove_schema(&name);
                self.policies.remove(&name);
            }
            Event::PolicySet { resource, policy } => {
                self.policies.insert(resource, policy);
            }
            Event::Reset(scope) => self.reset(&scope),
        }
    }

    fn snapshot(&self) -> Vec<Event> {
        let mut events: Vec<Event> =
            self.schemas.all().cloned().map(Event::SchemaRevised).collect();
        events.extend(self.topics.values().map(|topic| Event::TopicSaved(topic.config.clone())));
        events.extend(
            self.subscriptions
                .values()
                .map(|backlog| Event::SubscriptionSaved(Box::new(backlog.config().clone()))),
        );
        let snapshots = self.snapshots.values().map(|log| Box::new(log.config.clone()));
        events.extend(snapshots.map(Event::SnapshotSaved));
        let policies = self.policies.iter();
        events.extend(policies.map(|(resource, policy)| Event::PolicySet {
            resource: resource.clone(),
            policy: policy.clone(),
        }));
        events.extend(self.stored());
        for (name, backlog) in &self.subscriptions {
            events.extend(state_of_messages(name, backlog));
        }
        events
    }
}

impl PubSub {
    /// Every message once, however many subscriptions and snapshots have it.
    fn stored(&self) -> impl Iterator<Item = Event> {
        let mut messages: BTreeMap<u64, Keepers<'_>> = BTreeMap::new();
        for (name, backlog) in &self.subscriptions {
            for message in backlog.kept() {
                let keepers = messages.entry(message.id).or_insert_with(|| Keepers::of(message));
                keepers.subscriptions.push(name.clone());
            }
        }
        for (name, topic) in &self.topics {
            for message in topic.retained.values() {
                let keepers = messages.entry(message.id).or_insert_with(|| Keepers::of(message));
                keepers.topic = Some(name.clone());
            }
        }
        for (name, snapshot) in &self.snapshots {
            for message in snapshot.messages.values() {
                let keepers = messages.entry(message.id).or_insert_with(|| Keepers::of(message));
                keepers.snapshots.push(name.clone());
            }
        }
        messages.into_values().map(|keepers| Event::Stored {
            message: keepers.message.clone(),
            subscriptions: keepers.subscriptions,
            topic: keepers.topic,
            snapshots: keepers.snapshots,
        })
    }

    fn apply_leases(&mut self, subscription: &str, leases: Vec<Lease>) {
        let Some(backlog) = self.subscriptions.get_mut(subscription) else { return };
        for lease in leases {
            self.serials.saw(lease.lease);
            backlog.apply_lease(lease);
        }
    }
}

/// A message, and what retains it.
struct Keepers<'a> {
    message: &'a Message,
    subscriptions: Vec<String>,
    topic: Option<String>,
    snapshots: Vec<String>,
}

impl<'a> Keepers<'a> {
    fn of(message: &'a Message) -> Self {
        Self { message, subscriptions: Vec::new(), topic: None, snapshots: Vec::new() }
    }
}

/// A snapshot's events about the state of a subscription's messages, after those that store them.
fn state_of_messages(name: &str, backlog: &Backlog) -> Vec<Event> {
    let subscription = name.to_owned();
    let mut events = Vec::new();
    if backlog.config().records_failures() {
        events.extend(backlog.failed().map(|(id, failures)| Event::Failed {
            subscription: subscription.clone(),
            id,
            failures,
        }));
    }
    let settled = backlog.settled();
    if !settled.is_empty() {
        events.push(Event::Settled { subscription: subscription.clone(), ids: settled });
    }
    if backlog.config().exactly_once {
        events.push(Event::Leased { subscription, leases: backlog.leases().collect() });
    }
    events
}

/// Numbers that only grow, across restarts too. Each is at least the current time in microseconds,
/// so a number that no event carries needs no record.
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
