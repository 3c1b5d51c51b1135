//! Writes by callers, and what comes of them. Each write begins an operation.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

use super::desired::passes;
use super::operation::Outcome;
use super::{
    Desired, Entry, Event, Failure, Moment, Operation, Refusal, TRIGGERS_PER_LOCATION, Triggers,
    Verb, mask, trigger_type,
};
use crate::catalogue::Source;
use crate::json::Stored;
use crate::names::TriggerName;
use crate::proto::v1::transport::Intermediary;
use crate::proto::v1::{Pubsub, Transport, Trigger};
use prost::Message as _;

impl Triggers {
    /// Checks that a trigger may be created.
    ///
    /// # Errors
    /// [`Refusal::AlreadyExists`], [`Refusal::Quota`].
    pub(crate) fn check_new(&self, name: &TriggerName) -> Result<(), Refusal> {
        if self.entry(name).is_ok() {
            return Err(Refusal::AlreadyExists(name.to_string()));
        }
        let location = &name.location;
        if self.under(&location.project, &location.id).count() >= TRIGGERS_PER_LOCATION {
            return Err(Refusal::quota(name, TRIGGERS_PER_LOCATION));
        }
        Ok(())
    }

    /// Begins to create a trigger.
    ///
    /// # Errors
    /// As for [`Triggers::check_new`].
    pub(crate) fn create(
        &self,
        desired: &Desired,
        moment: &Moment,
    ) -> Result<(Operation, Vec<Event>), Refusal> {
        self.check_new(&desired.name)?;
        let operation = Operation::new(&desired.name, Verb::Create, moment);
        let mut entry = made(desired, moment);
        entry.operation = Some(operation.name.clone());
        Ok(begun(operation, entry))
    }

    /// The trigger as a create would make it, without creating it.
    pub(crate) fn preview(desired: &Desired, moment: &Moment) -> Trigger {
        made(desired, moment).trigger.0
    }

    /// What a trigger would be after a patch.
    ///
    /// # Errors
    /// [`Refusal::NotFound`], [`Refusal::Busy`], [`Refusal::Conflict`] for a stale etag, and those of
    /// [`Desired::new`].
    pub(crate) fn patched(
        &self,
        name: &TriggerName,
        patch: &Trigger,
        update_mask: &[String],
    ) -> Result<Desired, Refusal> {
        let entry = self.entry(name)?;
        check_idle(entry)?;
        check_etag(entry, &patch.etag)?;
        let current = &entry.trigger.0;
        let mut merged = mask::merge(current, patch, update_mask)?;
        if trigger_type(&merged) != trigger_type(current) {
            return Err(Refusal::invalid(
                "trigger.event_filters: the event type of a trigger cannot be updated: create \
                 another trigger",
            ));
        }
        // Not what the caller gives, but what Eventarc has made.
        merged.transport = None;
        Desired::new(name, merged)
    }

    /// Begins to update a trigger. `seen` is the trigger that `desired` was made of.
    ///
    /// # Errors
    /// [`Refusal::NotFound`], [`Refusal::Busy`], [`Refusal::Conflict`].
    pub(crate) fn update(
        &self,
        desired: &Desired,
        seen: &Trigger,
        moment: &Moment,
    ) -> Result<(Operation, Vec<Event>), Refusal> {
        let current = self.entry(&desired.name)?;
        check_idle(current)?;
        if current.trigger.0 != *seen {
            return Err(Refusal::Conflict(format!(
                "Resource '{}' was changed by another call",
                desired.name
            )));
        }
        let mut operation = Operation::new(&desired.name, Verb::Update, moment);
        operation.before = Some(Box::new(current.clone()));
        let was = &current.trigger.0;
        let trigger = Trigger {
            uid: was.uid.clone(),
            create_time: was.create_time,
            update_time: Some(moment.now),
            transport: was.transport.clone(),
            ..desired.trigger.clone()
        };
        let entry = Entry {
            trigger: Stored(with_etag(trigger)),
            target: desired.target.clone(),
            operation: Some(operation.name.clone()),
            ..current.clone()
        };
        Ok(begun(operation, entry))
    }

    /// Begins to delete a trigger.
    ///
    /// # Errors
    /// [`Refusal::NotFound`], [`Refusal::Busy`], [`Refusal::Conflict`].
    pub(crate) fn delete(
        &self,
        name: &TriggerName,
        etag: &str,
        moment: &Moment,
    ) -> Result<(Operation, Vec<Event>), Refusal> {
        let mut entry = self.entry(name)?.clone();
        check_idle(&entry)?;
        check_etag(&entry, etag)?;
        let operation = Operation::new(name, Verb::Delete, moment);
        entry.operation = Some(operation.name.clone());
        Ok(begun(operation, entry))
    }

    /// Ends an operation. A failed create leaves nothing, and a failed update or delete leaves the
    /// trigger as it was. No-op for an operation that has ended.
    pub(crate) fn ended(
        &self,
        operation: &str,
        failure: Option<Failure>,
        moment: &Moment,
    ) -> Vec<Event> {
        let Some(operation) = self.operation(operation) else { return Vec::new() };
        let Some(name) = operation.target().filter(|_| operation.outcome.is_none()) else {
            return Vec::new();
        };
        let (mut operation, entry) = (operation.clone(), self.entry(&name).ok().cloned());
        let before = operation.before.take().map(|before| *before);
        let outcome = match &failure {
            Some(failure) => Outcome::Failed(failure.clone()),
            None => Outcome::Done(Box::new(
                entry.as_ref().map(|entry| entry.trigger.clone()).unwrap_or_default(),
            )),
        };
        operation.end(outcome, moment);
        let stays = match (operation.verb, failure.is_some()) {
            (Verb::Create | Verb::Update, false) | (Verb::Delete, true) => entry,
            (Verb::Update, true) => before,
            (Verb::Create, true) | (Verb::Delete, false) => None,
        };
        let resource = match stays {
            Some(entry) => Event::Trigger(Box::new(Entry { operation: None, ..entry })),
            None => Event::TriggerDeleted(name.to_string()),
        };
        vec![Event::Operation(Box::new(operation)), resource]
    }

    /// The topics of the triggers whose filters an audit log passes. `attribute` has its attributes.
    pub(crate) fn audit_topics(&self, attribute: impl Fn(&str) -> Option<String>) -> Vec<String> {
        let passing = self.all().filter(|entry| {
            entry.kind().is_some_and(|kind| kind.source == Source::Audit)
                && entry.trigger.0.event_filters.iter().all(|filter| {
                    attribute(&filter.attribute).is_some_and(|value| passes(filter, &value))
                })
        });
        passing.map(|entry| entry.transport().topic).collect()
    }
}

fn check_idle(entry: &Entry) -> Result<(), Refusal> {
    if entry.operation.is_some() { Err(Refusal::Busy) } else { Ok(()) }
}

fn check_etag(entry: &Entry, given: &str) -> Result<(), Refusal> {
    if given.is_empty() || given == entry.trigger.0.etag {
        return Ok(());
    }
    let name = &entry.trigger.0.name;
    Err(Refusal::Conflict(format!("etag of resource '{name}' is stale: read it, and try again")))
}

fn made(desired: &Desired, moment: &Moment) -> Entry {
    let name = &desired.name;
    let pubsub = Pubsub {
        topic: desired.topic.clone().unwrap_or_else(|| name.topic(moment.random)),
        subscription: name.subscription(moment.random.rotate_left(41)),
    };
    let trigger = Trigger {
        uid: uuid::Builder::from_random_bytes(moment.random.to_be_bytes()).into_uuid().to_string(),
        create_time: Some(moment.now),
        update_time: Some(moment.now),
        transport: Some(Transport { intermediary: Some(Intermediary::Pubsub(pubsub)) }),
        conditions: BTreeMap::new(),
        satisfies_pzs: false,
        ..desired.trigger.clone()
    };
    Entry {
        trigger: Stored(with_etag(trigger)),
        target: desired.target.clone(),
        owns_topic: desired.topic.is_none(),
        ..Entry::default()
    }
}

fn begun(operation: Operation, entry: Entry) -> (Operation, Vec<Event>) {
    let events =
        vec![Event::Operation(Box::new(operation.clone())), Event::Trigger(Box::new(entry))];
    (operation, events)
}

fn with_etag(mut trigger: Trigger) -> Trigger {
    trigger.etag.clear();
    let hash = Sha256::digest(trigger.encode_to_vec());
    trigger.etag = hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    trigger
}
