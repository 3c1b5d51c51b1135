//! The state machine of Cloud Run's services. It has no clock, randomness or sockets: each decision
//! gets a [`Moment`].
//!
//! Every change is a list of [`Event`]s, and each event puts or deletes one whole resource.
//! Decisions ([`write`](mod@write), [`reconciled`](mod@reconciled)) read the state and return
//! events or a [`Refusal`]. Only [`Core::apply`] changes the state, and nothing changes outside of
//! events. Two changes have no event of their own and follow from others: an applied operation
//! evicts the oldest finished ones, and an applied service drops the ports of tags that it no
//! longer has.

mod image_ref;
mod mask;
mod names;
mod operation;
mod policy;
mod reconciled;
mod refusal;
mod routes;
mod secrets;
mod spec;
mod traffic;
mod write;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::{Ipv4Addr, SocketAddrV4};

use google_cloud_run_v2::model::{Revision, Service};
use google_cloud_wkt::Timestamp;
use serde::{Deserialize, Serialize};

pub(crate) use image_ref::ImageRef;
pub(crate) use names::{ServiceName, project_of, short};
pub(crate) use operation::Operation;
pub(crate) use policy::{INVOKERS, Policy, SetPolicy};
pub(crate) use reconciled::{FailureReason, Verdict};
pub(crate) use refusal::Refusal;
pub(crate) use spec::{DEFAULT_CPU, DEFAULT_PORT, HTTP2_PORT, memory_bytes, milli_cpus};
pub(crate) use write::{PatchOptions, Written, not_found};

use longshore_local_kit::durable::Core;
use longshore_local_kit::projects::LocalProject;
use longshore_local_kit::state::Scope;

/// Maximum number of finished operations that are kept; the oldest are evicted first. Far more than
/// clients poll at a time.
const OPERATIONS_KEPT: usize = 1000;

/// The time and randomness of one decision.
#[derive(Clone, Debug)]
pub(crate) struct Moment {
    pub(crate) now: Timestamp,
    /// Fresh for every decision; ids are derived from it.
    pub(crate) random: u128,
}

/// One resource was put or deleted.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Event {
    Service(Box<Service>),
    Revision(Box<Revision>),
    Operation(Operation),
    Policy {
        service: String,
        policy: Policy,
    },
    /// The loopback port on which the service's URL answers, and its address if that is not the
    /// usual one.
    Port {
        service: String,
        port: u16,
        #[serde(default = "localhost", skip_serializing_if = "is_localhost")]
        ip: Ipv4Addr,
    },
    /// The loopback port on which the URL of a tag answers.
    TagPort {
        service: String,
        tag: String,
        port: u16,
    },
    ServiceDeleted {
        service: String,
    },
    RevisionDeleted {
        revision: String,
    },
    OperationDeleted {
        operation: String,
    },
    Reset(Scope),
}

impl Event {
    /// The URL of a service answers at this address.
    fn at(service: &str, address: SocketAddrV4) -> Self {
        Self::Port { service: service.to_owned(), port: address.port(), ip: *address.ip() }
    }
}

fn localhost() -> Ipv4Addr {
    Ipv4Addr::LOCALHOST
}

fn is_localhost(ip: &Ipv4Addr) -> bool {
    *ip == Ipv4Addr::LOCALHOST
}

/// A service with its revisions, policy and ports.
#[derive(Clone, Debug, Default)]
pub(crate) struct Entry {
    pub(crate) service: Service,
    /// By full name.
    pub(crate) revisions: BTreeMap<String, Revision>,
    pub(crate) policy: Policy,
    pub(crate) address: Option<SocketAddrV4>,
    /// By tag, for the tags in the requested traffic only.
    pub(crate) tag_ports: BTreeMap<String, u16>,
}

impl Entry {
    /// Members of the policy that may call.
    pub(crate) fn invokers(&self) -> BTreeSet<String> {
        self.policy.invokers()
    }

    /// Whether a request needs no identity.
    pub(crate) fn is_public(&self) -> bool {
        self.service.invoker_iam_disabled || self.policy.allows_all_users()
    }
}

/// All services, by full name, and the operations on them.
#[derive(Debug, Default)]
pub(crate) struct Services {
    projects: LocalProject,
    entries: BTreeMap<String, Entry>,
    operations: BTreeMap<String, Operation>,
    /// Names of operations, oldest first.
    operation_order: VecDeque<String>,
}

impl Services {
    pub(crate) fn new(projects: LocalProject) -> Self {
        Self { projects, ..Self::default() }
    }

    pub(crate) fn entry(&self, service: &str) -> Option<&Entry> {
        self.entries.get(service)
    }

    /// The services under `projects/P/locations/L`, by name.
    pub(crate) fn under<'a>(&'a self, parent: &str) -> impl Iterator<Item = &'a Entry> + use<'a> {
        let prefix = format!("{parent}/services/");
        self.entries
            .range(prefix.clone()..)
            .take_while(move |(name, _)| name.starts_with(&prefix))
            .map(|(_, entry)| entry)
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = (&String, &Entry)> {
        self.entries.iter()
    }

    /// Digests of the images of all revisions.
    pub(crate) fn digests(&self) -> BTreeSet<String> {
        let revisions = self.entries.values().flat_map(|entry| entry.revisions.values());
        let images = revisions
            .flat_map(|revision| &revision.containers)
            .filter_map(|container| ImageRef::parse(&container.image));
        images.filter_map(|image| image.digest().map(str::to_owned)).collect()
    }

    pub(crate) fn operation(&self, name: &str) -> Option<&Operation> {
        self.operations.get(name)
    }

    /// The operations under `projects/P/locations/L`, by name.
    pub(crate) fn operations_under<'a>(
        &'a self,
        parent: &str,
    ) -> impl Iterator<Item = &'a Operation> + use<'a> {
        let prefix = format!("{parent}/operations/");
        self.operations
            .range(prefix.clone()..)
            .take_while(move |(name, _)| name.starts_with(&prefix))
            .map(|(_, found)| found)
    }

    /// `None` if the operation does not exist.
    pub(crate) fn delete_operation(&self, name: &str) -> Option<Vec<Event>> {
        self.operation(name)
            .map(|operation| vec![Event::OperationDeleted { operation: operation.name.clone() }])
    }

    /// The unfinished operations of the service.
    fn pending<'a>(&'a self, service: &'a str) -> impl Iterator<Item = &'a Operation> {
        self.operations
            .values()
            .filter(move |operation| operation.is_pending() && operation.service == service)
    }

    fn evict_old_operations(&mut self) {
        let excess = self.operation_order.len().saturating_sub(OPERATIONS_KEPT);
        for _ in 0..excess {
            let Some(oldest) = self.operation_order.pop_front() else { return };
            if self.operations.get(&oldest).is_some_and(Operation::is_pending) {
                self.operation_order.push_back(oldest);
            } else {
                self.operations.remove(&oldest);
            }
        }
    }
}

impl Core for Services {
    type Event = Event;

    fn apply(&mut self, event: Event) {
        match event {
            Event::Service(service) => {
                let name = service.name.clone();
                let entry = self.entries.entry(name).or_default();
                entry
                    .tag_ports
                    .retain(|tag, _| service.traffic.iter().any(|target| target.tag == *tag));
                entry.service = *service;
            }
            Event::Revision(revision) => {
                if let Some(entry) =
                    owner(&revision.name).and_then(|service| self.entries.get_mut(&service))
                {
                    entry.revisions.insert(revision.name.clone(), *revision);
                }
            }
            Event::Operation(operation) => {
                let name = operation.name.clone();
                if self.operations.insert(name.clone(), operation).is_none() {
                    self.operation_order.push_back(name);
                    self.evict_old_operations();
                }
            }
            Event::Policy { service, policy } => self.edit(&service, |entry| entry.policy = policy),
            Event::Port { service, port, ip } => {
                self.edit(&service, |entry| entry.address = Some(SocketAddrV4::new(ip, port)))
            }
            Event::TagPort { service, tag, port } => self.edit(&service, |entry| {
                entry.tag_ports.insert(tag, port);
            }),
            Event::ServiceDeleted { service } => {
                self.entries.remove(&service);
            }
            Event::RevisionDeleted { revision } => {
                if let Some(service) = owner(&revision) {
                    self.edit(&service, |entry| {
                        entry.revisions.remove(&revision);
                    });
                }
            }
            Event::Reset(scope) => {
                self.entries.retain(|name, _| !scope.has(name));
                self.operations.retain(|name, _| !scope.has(name));
                self.operation_order.retain(|name| !scope.has(name));
            }
            Event::OperationDeleted { operation } => {
                self.operations.remove(&operation);
                self.operation_order.retain(|name| *name != operation);
            }
        }
    }

    fn snapshot(&self) -> Vec<Event> {
        let mut events = Vec::new();
        for (name, entry) in &self.entries {
            events.push(Event::Service(Box::new(entry.service.clone())));
            events.extend(
                entry
                    .revisions
                    .values()
                    .map(|revision| Event::Revision(Box::new(revision.clone()))),
            );
            events.push(Event::Policy { service: name.clone(), policy: entry.policy.clone() });
            events.extend(entry.address.map(|address| Event::at(name, address)));
            let tags = entry.tag_ports.iter();
            events.extend(tags.map(|(tag, port)| Event::TagPort {
                service: name.clone(),
                tag: tag.clone(),
                port: *port,
            }));
        }
        let operations = self.operation_order.iter().filter_map(|name| self.operations.get(name));
        events.extend(operations.cloned().map(Event::Operation));
        events
    }
}

impl Services {
    fn edit(&mut self, service: &str, change: impl FnOnce(&mut Entry)) {
        if let Some(entry) = self.entries.get_mut(service) {
            change(entry);
        }
    }
}

fn owner(revision: &str) -> Option<String> {
    Some(ServiceName::parse(revision)?.to_string())
}

#[cfg(test)]
mod tests;
