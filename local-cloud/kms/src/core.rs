//! Key rings, keys, versions and policies, without clock, key material and files. Only events change
//! the state.

mod due;
mod grants;
mod keys;
mod model;
mod names;
mod policy;
mod refusal;
mod rings;
#[cfg(test)]
mod tests;
mod versions;

use std::collections::BTreeMap;

use longshore_local_kit::durable;
use longshore_local_kit::projects::LocalProject;
use longshore_local_kit::state::Scope;
use serde::{Deserialize, Serialize};

pub(crate) use keys::{KeyChanges, NewKey};
pub(crate) use longshore_local_kit::policy::{Binding, Condition, Policy};
pub(crate) use model::{Key, Protection, Ring, Rotation, State, Version};
pub(crate) use names::{KeyName, LocationName, RingName, VersionName};
pub use refusal::Refusal;
pub(crate) use versions::Transition;

/// A recorded change.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Event {
    Ring(Ring),
    /// A key was created or changed. Its versions have events of their own.
    Key(Box<Key>),
    /// A version was created or changed.
    Version {
        key: String,
        version: Box<Version>,
    },
    Policy {
        resource: String,
        policy: Policy,
    },
    Reset(Scope),
}

/// The state, by full names.
#[derive(Debug, Default)]
pub(crate) struct Kms {
    /// Whose service agents may use new keys.
    projects: LocalProject,
    rings: BTreeMap<String, Ring>,
    keys: BTreeMap<String, Entry>,
    policies: BTreeMap<String, Policy>,
}

/// A key with its versions, by number.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) key: Key,
    pub(crate) versions: BTreeMap<u64, Version>,
}

impl Entry {
    /// The version that encrypts.
    pub(crate) fn primary(&self) -> Option<&Version> {
        self.key.primary.and_then(|number| self.versions.get(&number))
    }

    fn next_number(&self) -> u64 {
        self.versions.keys().next_back().map_or(1, |newest| newest + 1)
    }
}

impl Kms {
    pub(crate) fn of(projects: LocalProject) -> Self {
        Self { projects, ..Self::default() }
    }
}

impl durable::Core for Kms {
    type Event = Event;

    fn apply(&mut self, event: Event) {
        match event {
            Event::Ring(ring) => drop(self.rings.insert(ring.name.clone(), ring)),
            Event::Key(key) => match self.keys.get_mut(&key.name) {
                Some(entry) => entry.key = *key,
                None => {
                    let entry = Entry { key: *key, versions: BTreeMap::new() };
                    self.keys.insert(entry.key.name.clone(), entry);
                }
            },
            Event::Version { key, version } => {
                if let Some(entry) = self.keys.get_mut(&key) {
                    entry.versions.insert(version.number, *version);
                }
            }
            Event::Policy { resource, policy } => drop(self.policies.insert(resource, policy)),
            Event::Reset(scope) => {
                self.rings.retain(|name, _| !scope.has(name));
                self.keys.retain(|name, _| !scope.has(name));
                self.policies.retain(|name, _| !scope.has(name));
            }
        }
    }

    fn snapshot(&self) -> Vec<Event> {
        let mut events: Vec<Event> = self.rings.values().cloned().map(Event::Ring).collect();
        for (name, entry) in &self.keys {
            events.push(Event::Key(Box::new(entry.key.clone())));
            events.extend(entry.versions.values().map(|version| Event::Version {
                key: name.clone(),
                version: Box::new(version.clone()),
            }));
        }
        events.extend(self.policies.iter().map(|(resource, policy)| Event::Policy {
            resource: resource.clone(),
            policy: policy.clone(),
        }));
        events
    }
}
