//! What calls a function, as a deployment requests it, and what has to be changed for that. Pure.
//!
//! The name of a trigger is computed from the fleet, the function and the trigger's identity, so a
//! deployment that is repeated makes nothing twice. A field that the API cannot change is part of the
//! identity: changing it makes another trigger, and the old one is deleted after that. Only triggers
//! of the fleet and the function are ever changed or deleted.
//!
//! Each kind has a file that says which resource a trigger of it requests; `compare` is the same for
//! all of them.

mod compare;
pub(crate) mod events;
mod queues;
mod refusal;
pub(crate) mod roles;
mod schedules;
mod topics;
mod verdict;

use std::collections::BTreeSet;

use longshore_cloud::{
    EventRoute, LiveService, LiveTrigger, ScheduledCall, TaskQueue, TopicPush, TriggerShape as _,
};
use longshore_messages::{Function, Member, Trigger, TriggerKind};

pub(crate) use compare::Step;
pub(crate) use queues::Enqueuers;
pub(crate) use refusal::refusal;
pub(crate) use verdict::Verdict;

/// What a deployment requests.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Wanted {
    pub(crate) topics: Vec<TopicPush>,
    pub(crate) events: Vec<EventRoute>,
    pub(crate) schedules: Vec<ScheduledCall>,
    pub(crate) queues: Vec<TaskQueue>,
    pub(crate) enqueuers: Enqueuers,
    /// Who may call the service, as IAM names them.
    pub(crate) invokers: BTreeSet<String>,
}

impl Wanted {
    /// The kinds of triggers that are requested.
    pub(crate) fn kinds(&self) -> BTreeSet<TriggerKind> {
        let kinds = [
            (TopicPush::KIND, self.topics.is_empty()),
            (EventRoute::KIND, self.events.is_empty()),
            (ScheduledCall::KIND, self.schedules.is_empty()),
            (TaskQueue::KIND, self.queues.is_empty()),
        ];
        kinds.into_iter().filter(|(_, is_empty)| !is_empty).map(|(kind, _)| kind).collect()
    }
}

/// What is there: the triggers of the function.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Found {
    pub(crate) topics: Vec<LiveTrigger<TopicPush>>,
    pub(crate) events: Vec<LiveTrigger<EventRoute>>,
    pub(crate) schedules: Vec<LiveTrigger<ScheduledCall>>,
    pub(crate) queues: Vec<LiveTrigger<TaskQueue>>,
}

/// A trigger has no account: neither the request nor the service names one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NoAccount {
    pub(crate) trigger: String,
}

/// What a function requests of what calls its service.
pub(crate) fn wanted(
    fleet: &str,
    function: &Function,
    live: &LiveService,
) -> Result<Wanted, NoAccount> {
    let invokers = function.callers.iter().map(ToString::to_string).collect();
    let mut wanted = Wanted { invokers, ..Wanted::default() };
    for trigger in &function.triggers {
        let own = function.service.service_account.as_deref();
        let account = trigger.account().or(own).or(live.shape.settings.service_account.as_deref());
        let account = account.ok_or_else(|| NoAccount { trigger: trigger.to_string() })?;
        wanted.invokers.insert(Member::service_account(account).to_string());
        match trigger {
            Trigger::Topic(topic) => {
                wanted.topics.push(topics::push(fleet, function, topic, account, &live.url));
            }
            // The Cloud Functions API makes it.
            Trigger::Event(event) if function.own_event() == Some(event) => {}
            Trigger::Event(event) => {
                wanted.events.push(events::route(fleet, function, event, account));
            }
            Trigger::Schedule(schedule) => {
                let job = schedules::job(fleet, function, schedule, account, &live.url);
                wanted.schedules.push(job);
            }
            Trigger::Queue(trigger) => {
                let queue = queues::queue(fleet, function, trigger, account, &live.url);
                wanted.enqueuers.insert(queue.name.clone(), queues::enqueuers(trigger));
                wanted.queues.push(queue);
            }
        }
    }
    Ok(wanted)
}

/// One change.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Change {
    Topic(Step<TopicPush>),
    Event(Step<EventRoute>),
    Schedule(Step<ScheduledCall>),
    Queue(Step<TaskQueue>),
}

impl Change {
    pub(crate) fn kind(&self) -> TriggerKind {
        match self {
            Self::Topic(_) => TopicPush::KIND,
            Self::Event(_) => EventRoute::KIND,
            Self::Schedule(_) => ScheduledCall::KIND,
            Self::Queue(_) => TaskQueue::KIND,
        }
    }

    /// The word for the change in logs.
    pub(crate) fn as_str(&self) -> &'static str {
        match self {
            Self::Topic(step) => step.as_str(),
            Self::Event(step) => step.as_str(),
            Self::Schedule(step) => step.as_str(),
            Self::Queue(step) => step.as_str(),
        }
    }

    /// The trigger, as errors name it.
    pub(crate) fn trigger(&self) -> String {
        match self {
            Self::Topic(step) => step.shape().to_string(),
            Self::Event(step) => step.shape().to_string(),
            Self::Schedule(step) => step.shape().to_string(),
            Self::Queue(step) => step.shape().to_string(),
        }
    }

    fn is_deletion(&self) -> bool {
        match self {
            Self::Topic(step) => step.is_deletion(),
            Self::Event(step) => step.is_deletion(),
            Self::Schedule(step) => step.is_deletion(),
            Self::Queue(step) => step.is_deletion(),
        }
    }
}

/// The changes that lead from what is there to what is wanted, in their order: nothing is deleted
/// before what replaces it exists, which may be of another kind.
pub(crate) fn plan(wanted: &Wanted, found: &Found) -> Vec<Change> {
    let topics = compare::steps(&wanted.topics, &found.topics).into_iter().map(Change::Topic);
    let events = compare::steps(&wanted.events, &found.events).into_iter().map(Change::Event);
    let schedules = compare::steps(&wanted.schedules, &found.schedules);
    let schedules = schedules.into_iter().map(Change::Schedule);
    let queues = compare::steps(&wanted.queues, &found.queues).into_iter().map(Change::Queue);
    let mut changes: Vec<Change> = topics.chain(events).chain(schedules).chain(queues).collect();
    changes.sort_by_key(Change::is_deletion);
    changes
}

/// Changes of who may call a service, or add tasks to a queue.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Grants {
    /// Principals that need the role.
    pub(crate) add: BTreeSet<String>,
    /// Principals that lose it.
    pub(crate) remove: BTreeSet<String>,
    /// Principals whose mark is removed.
    pub(crate) forget: BTreeSet<String>,
}

/// What has to change if `present` have a role, and the fleet gave it to `marked`. A role that others
/// granted stays, even if a deployment once requested the same.
pub(crate) fn grants(
    wanted: &BTreeSet<String>,
    present: &BTreeSet<String>,
    marked: &BTreeSet<String>,
) -> Grants {
    let forget: BTreeSet<String> = marked.difference(wanted).cloned().collect();
    Grants {
        add: wanted.difference(present).cloned().collect(),
        remove: forget.intersection(present).cloned().collect(),
        forget,
    }
}

#[cfg(test)]
mod tests;
