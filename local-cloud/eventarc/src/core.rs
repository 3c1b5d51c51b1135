//! Triggers, their operations and policies as a state machine, without clock, network and files.
//! Only events change the state.
//!
//! An operation is recorded before anything is done for it, and what it does is idempotent. After a
//! restart of the local cloud, an operation that was under way is carried out again.

mod desired;
mod list;
mod mask;
mod operation;
mod pattern;
mod policy;
mod refusal;
#[cfg(test)]
mod tests;
mod write;

use std::collections::{BTreeMap, VecDeque};

use prost_types::Timestamp;
use serde::{Deserialize, Serialize};

use crate::catalogue::{self, Kind};
use crate::json::Stored;
use crate::names::TriggerName;
use crate::proto::{iam, v1};
use longshore_local_kit::durable::Core;
use longshore_local_kit::state::Scope;

pub(crate) use desired::{Desired, Target, check_bucket, trigger_type};
pub(crate) use list::page;
pub(crate) use operation::{Failure, Operation, Verb};
pub(crate) use pattern::Pattern;
pub use refusal::Refusal;

/// Google does not raise this limit: <https://cloud.google.com/eventarc/docs/quotas>.
pub(crate) const TRIGGERS_PER_LOCATION: usize = 500;

/// Maximum number of ended operations, far more than anyone lists on one machine. Beyond it, the
/// oldest are forgotten first.
const KEEP_ENDED: usize = 10_000;

/// The inputs of a decision that are not deterministic.
#[derive(Clone, Debug)]
pub(crate) struct Moment {
    pub(crate) now: Timestamp,
    /// Fresh for every decision: ids and etags are derived from it.
    pub(crate) random: u128,
}

/// A trigger.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Entry {
    /// As the API returns it.
    pub(crate) trigger: Stored<v1::Trigger>,
    pub(crate) target: Target,
    /// Whether Eventarc made the topic, and deletes it with the trigger.
    pub(crate) owns_topic: bool,
    pub(crate) policy: Stored<iam::Policy>,
    /// Full name of the operation that is under way.
    pub(crate) operation: Option<String>,
}

impl Entry {
    pub(crate) fn kind(&self) -> Option<&'static Kind> {
        catalogue::kind(trigger_type(&self.trigger.0))
    }

    /// The topic and the subscription.
    pub(crate) fn transport(&self) -> v1::Pubsub {
        let transport = self.trigger.0.transport.clone().unwrap_or_default();
        transport
            .intermediary
            .map(|v1::transport::Intermediary::Pubsub(pubsub)| pubsub)
            .unwrap_or_default()
    }

    /// The value of a filter. Empty without such a filter.
    pub(crate) fn filter(&self, attribute: &str) -> &str {
        let filters = &self.trigger.0.event_filters;
        let found = filters.iter().find(|filter| filter.attribute == attribute);
        found.map_or("", |filter| filter.value.as_str())
    }
}

/// One resource was written or deleted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Event {
    Trigger(Box<Entry>),
    TriggerDeleted(String),
    Operation(Box<Operation>),
    Reset(Scope),
}

/// All triggers and operations, by full name.
#[derive(Debug, Default)]
pub(crate) struct Triggers {
    entries: BTreeMap<String, Entry>,
    operations: BTreeMap<String, Operation>,
    /// Names of the operations, oldest first.
    order: VecDeque<String>,
}

impl Triggers {
    /// # Errors
    /// [`Refusal::NotFound`].
    pub(crate) fn entry(&self, name: &TriggerName) -> Result<&Entry, Refusal> {
        let name = name.to_string();
        self.entries.get(&name).ok_or(Refusal::NotFound(name))
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values()
    }

    /// The triggers of `projects/P/locations/L`, or of all locations where that is `-`, by name.
    pub(crate) fn under(&self, project: &str, location: &str) -> impl Iterator<Item = &Entry> {
        let prefix = prefix(project, location);
        let entries = self.entries.range(prefix.clone()..);
        entries.take_while(move |(name, _)| name.starts_with(&prefix)).map(|(_, entry)| entry)
    }

    pub(crate) fn operation(&self, name: &str) -> Option<&Operation> {
        self.operations.get(name)
    }

    /// The operations of `projects/P/locations/L`, newest first. `-` stands for all locations.
    pub(crate) fn operations_under(
        &self,
        project: &str,
        location: &str,
    ) -> impl Iterator<Item = &Operation> {
        let prefix = prefix(project, location);
        let names = self.order.iter().rev().filter(move |name| name.starts_with(&prefix));
        names.filter_map(|name| self.operations.get(name))
    }

    /// Full names of the operations that are under way.
    pub(crate) fn pending(&self) -> impl Iterator<Item = &str> {
        let pending = self.operations.values().filter(|operation| operation.outcome.is_none());
        pending.map(|operation| operation.name.as_str())
    }

    fn forget_oldest(&mut self) {
        while self.order.len() > KEEP_ENDED {
            let ended = self.order.iter().position(|name| {
                self.operations.get(name).is_none_or(|operation| operation.outcome.is_some())
            });
            let Some(name) = ended.and_then(|position| self.order.remove(position)) else { return };
            self.operations.remove(&name);
        }
    }
}

fn prefix(project: &str, location: &str) -> String {
    match location {
        "-" => format!("projects/{project}/locations/"),
        location => format!("projects/{project}/locations/{location}/"),
    }
}

impl Core for Triggers {
    type Event = Event;

    fn apply(&mut self, event: Event) {
        match event {
            Event::Reset(scope) => {
                self.entries.retain(|name, _| !scope.has(name));
                self.operations.retain(|name, _| !scope.has(name));
                self.order.retain(|name| !scope.has(name));
            }
            Event::Trigger(entry) => {
                self.entries.insert(entry.trigger.0.name.clone(), *entry);
            }
            Event::TriggerDeleted(name) => {
                self.entries.remove(&name);
            }
            Event::Operation(operation) => {
                let name = operation.name.clone();
                if self.operations.insert(name.clone(), *operation).is_none() {
                    self.order.push_back(name);
                    self.forget_oldest();
                }
            }
        }
    }

    fn snapshot(&self) -> Vec<Event> {
        let operations = self.order.iter().filter_map(|name| self.operations.get(name)).cloned();
        let entries = self.entries.values().cloned();
        operations
            .map(|operation| Event::Operation(Box::new(operation)))
            .chain(entries.map(|entry| Event::Trigger(Box::new(entry))))
            .collect()
    }
}
