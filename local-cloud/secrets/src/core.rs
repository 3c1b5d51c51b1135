//! Secrets and their versions, without clock, values and files. Only events change the state.

mod expiry;
mod names;
mod refusal;
mod version;
mod write;

use std::collections::BTreeMap;

use google_cloud_secretmanager_v1::model::{Secret, SecretVersion};
use google_cloud_wkt::Timestamp;
use serde::{Deserialize, Serialize};

pub(crate) use names::{SecretName, VersionName};
pub use refusal::Refusal;
pub(crate) use version::Transition;

use longshore_local_kit::durable::Core;
use longshore_local_kit::policy::Policy;
use longshore_local_kit::state::Scope;

/// The inputs of a decision that are not deterministic.
#[derive(Clone, Debug)]
pub(crate) struct Moment {
    pub(crate) now: Timestamp,
    /// Fresh for every decision: etags and file names of values are derived from it.
    pub(crate) random: u128,
}

/// One resource was written or deleted.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Event {
    Secret(Box<Secret>),
    Version(Box<Version>),
    SecretDeleted(String),
    Policy { secret: String, policy: Policy },
    Reset(Scope),
}

/// A version, and the location of its value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Version {
    pub(crate) resource: SecretVersion,
    pub(crate) payload: Option<Payload>,
}

/// The value of a version, which is stored in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Payload {
    pub(crate) file: String,
    /// CRC-32C (Castagnoli) of the value.
    pub(crate) crc32c: u32,
}

/// A secret with its versions, by number.
#[derive(Clone, Debug, Default)]
pub(crate) struct Entry {
    pub(crate) secret: Secret,
    pub(crate) versions: BTreeMap<u64, Version>,
    /// The default one if none was set.
    pub(crate) policy: Policy,
}

/// All secrets, by full name.
#[derive(Debug, Default)]
pub(crate) struct Secrets {
    entries: BTreeMap<String, Entry>,
}

impl Secrets {
    /// # Errors
    /// [`Refusal::NoSecret`].
    pub(crate) fn entry(&self, name: &SecretName) -> Result<&Entry, Refusal> {
        self.entries.get(&name.to_string()).ok_or_else(|| Refusal::NoSecret(name.to_string()))
    }

    /// The secrets of a project, by name.
    pub(crate) fn of_project(&self, project: &str) -> impl Iterator<Item = &Secret> {
        let prefix = format!("projects/{project}/secrets/");
        let entries = self
            .entries
            .range(prefix.clone()..)
            .take_while(move |(name, _)| name.starts_with(&prefix));
        entries.map(|(_, entry)| &entry.secret)
    }

    /// The payloads of all versions.
    pub(crate) fn payloads(&self) -> impl Iterator<Item = &Payload> {
        self.entries
            .values()
            .flat_map(|entry| entry.versions.values())
            .filter_map(|version| version.payload.as_ref())
    }
}

impl Core for Secrets {
    type Event = Event;

    fn apply(&mut self, event: Event) {
        match event {
            Event::Secret(secret) => {
                let name = secret.name.clone();
                self.entries.entry(name).or_default().secret = *secret;
            }
            Event::Version(version) => {
                let name = VersionName::parse(&version.resource.name);
                let target = name.and_then(|name| {
                    Some((
                        name.version.parse().ok()?,
                        self.entries.get_mut(&name.secret.to_string())?,
                    ))
                });
                if let Some((number, entry)) = target {
                    entry.versions.insert(number, *version);
                }
            }
            Event::SecretDeleted(name) => drop(self.entries.remove(&name)),
            Event::Reset(scope) => self.entries.retain(|name, _| !scope.has(name)),
            Event::Policy { secret, policy } => {
                if let Some(entry) = self.entries.get_mut(&secret) {
                    entry.policy = policy;
                }
            }
        }
    }

    fn snapshot(&self) -> Vec<Event> {
        let events = self.entries.values().flat_map(|entry| {
            let versions =
                entry.versions.values().map(|version| Event::Version(Box::new(version.clone())));
            let is_set = entry.policy != Policy::default();
            let policy = is_set.then(|| Event::Policy {
                secret: entry.secret.name.clone(),
                policy: entry.policy.clone(),
            });
            let secret = Event::Secret(Box::new(entry.secret.clone()));
            std::iter::once(secret).chain(versions).chain(policy)
        });
        events.collect()
    }
}

#[cfg(test)]
mod tests;
