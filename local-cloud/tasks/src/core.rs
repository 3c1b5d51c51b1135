//! Queues and tasks, without clock, sockets and files. Only events change the recorded state.

mod dispatch;
mod model;
mod names;
mod policy;
mod queues;
mod refusal;
mod routing;
mod tasks;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use longshore_local_kit::durable;
use longshore_local_kit::state::Scope;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

pub(crate) use dispatch::Attempt;
pub(crate) use longshore_local_kit::policy::{Binding, Condition, Policy};
pub(crate) use model::{Attempted, Limits, Progress, Queue, Retry, Spec, Status, Task, schedule};
pub(crate) use names::{LocationName, check_queue, queue_of};
pub use refusal::Refusal;
pub(crate) use routing::{OWN_HEADERS, Routing, Scheme, UriParts};

/// A recorded change.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Event {
    /// A queue was created or changed.
    Queue(Box<Queue>),
    /// A queue was deleted with its tasks.
    QueueGone {
        name: String,
        at: OffsetDateTime,
    },
    /// A task was created.
    Task(Box<Task>),
    /// A task proceeded.
    Progress {
        name: String,
        progress: Box<Progress>,
    },
    /// A task has ended: it succeeded, failed for the last time, or was deleted.
    TaskGone {
        name: String,
        at: OffsetDateTime,
    },
    /// The name of a task that has ended, in a snapshot.
    NameUsed {
        name: String,
        at: OffsetDateTime,
    },
    /// A name is available again.
    NameFree {
        name: String,
    },
    Policy {
        resource: String,
        policy: Policy,
    },
    Reset(Scope),
}

/// The state.
#[derive(Debug, Default)]
pub(crate) struct CloudTasks {
    /// By full names.
    queues: BTreeMap<String, Entry>,
    /// When the tasks with these names ended, for names that callers have chosen.
    gone_tasks: BTreeMap<String, OffsetDateTime>,
    policies: BTreeMap<String, Policy>,
}

/// A queue with its tasks.
#[derive(Debug)]
struct Entry {
    queue: Queue,
    /// By full names.
    tasks: BTreeMap<String, Task>,
    /// The tasks that no attempt is being made for, by time.
    waiting: BTreeSet<(OffsetDateTime, String)>,
    /// Those of them that a caller has forced.
    forced: BTreeSet<String>,
    /// The tasks that an attempt is being made for. A restart forgets them.
    in_flight: BTreeSet<String>,
    /// How many tasks may be dispatched at once, and when that was. A restart forgets it.
    tokens: Option<(f64, OffsetDateTime)>,
}

impl Entry {
    fn new(queue: Queue) -> Self {
        Self {
            queue,
            tasks: BTreeMap::new(),
            waiting: BTreeSet::new(),
            forced: BTreeSet::new(),
            in_flight: BTreeSet::new(),
            tokens: None,
        }
    }

    fn insert(&mut self, task: Task) {
        self.tasks.insert(task.spec.name.clone(), task.clone());
        self.wait_for(&task.spec.name);
    }

    fn set_progress(&mut self, name: &str, progress: Progress) {
        self.forget(name);
        if let Some(task) = self.tasks.get_mut(name) {
            task.progress = progress;
        }
        self.wait_for(name);
    }

    fn remove(&mut self, name: &str) -> Option<Task> {
        self.forget(name);
        self.tasks.remove(name)
    }

    fn wait_for(&mut self, name: &str) {
        let Some(task) = self.tasks.get(name) else { return };
        if self.in_flight.contains(name) {
            return;
        }
        self.waiting.insert((task.progress.scheduled_at, name.to_owned()));
        if task.progress.is_forced {
            self.forced.insert(name.to_owned());
        }
    }

    fn forget(&mut self, name: &str) {
        if let Some(task) = self.tasks.get(name) {
            self.waiting.remove(&(task.progress.scheduled_at, name.to_owned()));
            self.forced.remove(name);
        }
    }
}

impl durable::Core for CloudTasks {
    type Event = Event;

    fn apply(&mut self, event: Event) {
        match event {
            Event::Queue(queue) => match self.queues.get_mut(&queue.name) {
                Some(entry) => entry.queue = *queue,
                None => drop(self.queues.insert(queue.name.clone(), Entry::new(*queue))),
            },
            Event::QueueGone { name, at } => {
                if let Some(entry) = self.queues.remove(&name) {
                    entry.tasks.into_values().for_each(|task| self.ended(task, at));
                }
                self.policies.remove(&name);
            }
            Event::Task(task) => {
                self.gone_tasks.remove(&task.spec.name);
                if let Some(entry) = self.entry_of(&task.spec.name) {
                    entry.insert(*task);
                }
            }
            Event::Progress { name, progress } => {
                if let Some(entry) = self.entry_of(&name) {
                    entry.set_progress(&name, *progress);
                }
            }
            Event::TaskGone { name, at } => {
                let removed = self.entry_of(&name).and_then(|entry| entry.remove(&name));
                if let Some(task) = removed {
                    self.ended(task, at);
                }
            }
            Event::NameUsed { name, at } => drop(self.gone_tasks.insert(name, at)),
            Event::NameFree { name } => drop(self.gone_tasks.remove(&name)),
            Event::Policy { resource, policy } => drop(self.policies.insert(resource, policy)),
            Event::Reset(scope) => {
                self.queues.retain(|name, _| !scope.has(name));
                self.gone_tasks.retain(|name, _| !scope.has(name));
                self.policies.retain(|name, _| !scope.has(name));
            }
        }
    }

    fn snapshot(&self) -> Vec<Event> {
        let mut events = Vec::new();
        for entry in self.queues.values() {
            events.push(Event::Queue(Box::new(entry.queue.clone())));
            let tasks = entry.tasks.values().cloned();
            events.extend(tasks.map(|task| Event::Task(Box::new(task))));
        }
        for (name, at) in &self.gone_tasks {
            events.push(Event::NameUsed { name: name.clone(), at: *at });
        }
        events.extend(self.policies.iter().map(|(resource, policy)| Event::Policy {
            resource: resource.clone(),
            policy: policy.clone(),
        }));
        events
    }
}

impl CloudTasks {
    /// The queue of a task.
    fn entry_of(&mut self, task: &str) -> Option<&mut Entry> {
        self.queues.get_mut(task.split_once("/tasks/")?.0)
    }

    fn ended(&mut self, task: Task, at: OffsetDateTime) {
        if task.spec.is_named {
            self.gone_tasks.insert(task.spec.name, at);
        }
    }
}
