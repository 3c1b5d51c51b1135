//! Functions, their operations and policies as a state machine, without clock, network and files.
//! Only events change the state.
//!
//! An operation is worked off in steps ([`Step`]). Each step is carried out through the ports, and
//! what came of it ([`Report`]) is recorded before the next one begins. After a restart of the local
//! cloud, an operation continues with the step that it was in.

mod desired;
mod document;
mod list;
mod mask;
mod operation;
mod policy;
mod progress;
mod refusal;
mod step;
#[cfg(test)]
mod tests;
mod trigger;
mod write;

use std::collections::{BTreeMap, VecDeque};

use prost_types::Timestamp;
use serde::{Deserialize, Serialize};

use crate::json::Stored;
use crate::names::FunctionName;
use crate::proto::{iam, v2};
use longshore_local_kit::durable::Core;
use longshore_local_kit::runtimes::Day;
use longshore_local_kit::state::Scope;

pub(crate) use desired::{Desired, check_key_location, check_numbers};
pub(crate) use document::{FUNCTION_ID, UPDATE_MASK};
pub(crate) use list::page;
pub(crate) use operation::{Failure, Operation, Phase};
pub(crate) use refusal::Refusal;
pub(crate) use step::{Report, Serving, Step};
pub(crate) use trigger::order as trigger_order;
pub(crate) use write::service_exists;

/// Maximum number of ended operations, far more than anyone lists on one machine. Beyond it, the
/// oldest are forgotten first.
const KEEP_ENDED: usize = 10_000;

/// The inputs of a decision that are not deterministic, or come from other services.
#[derive(Clone, Debug)]
pub(crate) struct Moment {
    pub(crate) now: Timestamp,
    /// Fresh for every decision: ids and etags are derived from it.
    pub(crate) random: u128,
    /// Number of the project that the call names.
    pub(crate) project_number: u64,
}

impl Moment {
    /// The day in UTC.
    pub(crate) fn today(&self) -> Day {
        let text = self.now.to_string();
        let mut parts = text.splitn(3, '-');
        let mut number = |digits: usize| {
            parts.next().and_then(|part| part.get(..digits)?.parse::<i32>().ok()).unwrap_or(0)
        };
        (number(4), number(2), number(2))
    }
}

/// A function.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Entry {
    /// As the API returns it.
    pub(crate) function: Stored<v2::Function>,
    /// Version of its newest image, from 1.
    pub(crate) version: u64,
    /// What serves: the last deployment that succeeded.
    pub(crate) deployed: Option<Deployed>,
    pub(crate) policy: Stored<iam::Policy>,
    /// Full name of the operation that is under way.
    pub(crate) operation: Option<String>,
}

/// A deployment that succeeded.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Deployed {
    pub(crate) function: Stored<v2::Function>,
    pub(crate) version: u64,
}

/// One resource was written or deleted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Event {
    Function(Box<Entry>),
    FunctionDeleted(String),
    Operation(Box<Operation>),
    Reset(Scope),
}

/// All functions and operations, by full name.
#[derive(Debug, Default)]
pub(crate) struct Functions {
    entries: BTreeMap<String, Entry>,
    operations: BTreeMap<String, Operation>,
    /// Names of the operations, oldest first.
    order: VecDeque<String>,
}

impl Functions {
    /// # Errors
    /// [`Refusal::NotFound`].
    pub(crate) fn entry(&self, name: &FunctionName) -> Result<&Entry, Refusal> {
        let name = name.to_string();
        self.entries.get(&name).ok_or(Refusal::NotFound(name))
    }

    /// The functions of `projects/P/locations/L`, or of all locations where that is `-`, by name.
    pub(crate) fn under(&self, project: &str, location: &str) -> impl Iterator<Item = &Entry> {
        let prefix = match location {
            "-" => format!("projects/{project}/locations/"),
            location => format!("projects/{project}/locations/{location}/"),
        };
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
        let prefix = match location {
            "-" => format!("projects/{project}/locations/"),
            location => format!("projects/{project}/locations/{location}/"),
        };
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

impl Core for Functions {
    type Event = Event;

    fn apply(&mut self, event: Event) {
        match event {
            Event::Reset(scope) => {
                self.entries.retain(|name, _| !scope.has(name));
                self.operations.retain(|name, _| !scope.has(name));
                self.order.retain(|name| !scope.has(name));
            }
            Event::Function(entry) => {
                self.entries.insert(entry.function.0.name.clone(), *entry);
            }
            Event::FunctionDeleted(name) => {
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
            .chain(entries.map(|entry| Event::Function(Box::new(entry))))
            .collect()
    }
}
