//! Applies flags to the triggers of a manifest.

use std::collections::BTreeSet;
use std::time::Duration;

use longshore_messages::proto::trigger::Kind;
use longshore_messages::proto::{
    EventFilter, EventTrigger, Flavour, FunctionSpec, QueueRetry, QueueTrigger, ScheduleRetry,
    ScheduleTrigger, Signature, TopicTrigger, Trigger,
};

use crate::function_args::TriggerArgs;

/// The type of event that gcloud's `--trigger-topic` stands for.
const MESSAGE_PUBLISHED: &str = "google.cloud.pubsub.topic.v1.messagePublished";

/// The type of event that gcloud's `--trigger-bucket` stands for.
const FINALIZED: &str = "google.cloud.storage.object.v1.finalized";

/// Why flags of triggers make no sense.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TriggerFlagsError {
    #[error("--trigger-event-filters names no `type`")]
    NoType,
    #[error("the filters of an event name `{0}` twice")]
    Twice(String),
    #[error("{0} needs an event trigger, but the function has none")]
    NoEvent(&'static str),
}

impl TriggerFlagsError {
    pub(crate) fn advice(&self) -> String {
        match self {
            Self::NoType => {
                "add the type, such as --trigger-event-filters \
                 type=google.cloud.audit.log.v1.written; `gcloud eventarc providers list` and \
                 `gcloud eventarc providers describe` list the types"
            }
            Self::Twice(_) => {
                "all filters belong to one trigger; declare further ones under `triggers` in \
                 longshore.yaml"
            }
            Self::NoEvent(_) => {
                "add one with --trigger-topic, --trigger-bucket or --trigger-event-filters, or omit \
                 the flag"
            }
        }
        .to_owned()
    }
}

/// Replaces the triggers of the manifest. Without flags they stay unchanged.
///
/// # Errors
/// [`TriggerFlagsError`] for flags that make no sense together. The request is not published.
pub(crate) fn apply(flags: &TriggerArgs, spec: &mut FunctionSpec) -> Result<(), TriggerFlagsError> {
    let named = named(flags)?;
    if flags.http || !named.is_empty() {
        spec.triggers = named;
    }
    let has_events = spec.triggers.iter().any(is_event);
    let has_topics =
        spec.triggers.iter().any(|trigger| matches!(trigger.kind, Some(Kind::Topic(_))));
    if flags.location.is_some() && !has_events {
        return Err(TriggerFlagsError::NoEvent("--trigger-location"));
    }
    if flags.allow_replacement && !has_events {
        return Err(TriggerFlagsError::NoEvent("--allow-replacement"));
    }
    if flags.retry && !has_events && !has_topics {
        return Err(TriggerFlagsError::NoEvent("--retry"));
    }
    for trigger in &mut spec.triggers {
        set(flags, trigger);
    }
    imply_signature(spec);
    Ok(())
}

/// The triggers that flags name.
fn named(flags: &TriggerArgs) -> Result<Vec<Trigger>, TriggerFlagsError> {
    let mut kinds: Vec<Kind> = flags.topics.iter().map(|topic| of_topic(topic)).collect();
    kinds.extend(flags.pushed_topics.iter().map(|topic| of_pushed_topic(topic)));
    kinds.extend(flags.buckets.iter().map(|bucket| of_bucket(bucket)));
    if !flags.event_filters.is_empty() {
        kinds.push(of_event(flags)?);
    }
    kinds.extend(flags.schedule.as_deref().map(|schedule| of_schedule(schedule, flags)));
    kinds.extend(flags.queue.as_deref().map(|queue| of_queue(queue, flags)));
    Ok(kinds.into_iter().map(|kind| Trigger { kind: Some(kind) }).collect())
}

/// The Functions Framework makes a CloudEvent of what Pub/Sub pushes, but not in Java, and without the
/// name of the topic. So a function for gcloud's `--trigger-topic` needs Eventarc.
fn of_topic(topic: &str) -> Kind {
    Kind::Event(EventTrigger {
        r#type: MESSAGE_PUBLISHED.to_owned(),
        topic: topic.to_owned(),
        ..EventTrigger::default()
    })
}

fn of_pushed_topic(topic: &str) -> Kind {
    Kind::Topic(TopicTrigger { topic: topic.to_owned(), ..TopicTrigger::default() })
}

fn of_bucket(bucket: &str) -> Kind {
    Kind::Event(EventTrigger {
        r#type: FINALIZED.to_owned(),
        filters: vec![filter("bucket", bucket, "")],
        ..EventTrigger::default()
    })
}

fn filter(attribute: &str, value: &str, operator: &str) -> EventFilter {
    EventFilter {
        attribute: attribute.to_owned(),
        value: value.to_owned(),
        operator: operator.to_owned(),
    }
}

fn of_event(flags: &TriggerArgs) -> Result<Kind, TriggerFlagsError> {
    let equal = flags.event_filters.iter().map(|(name, value)| filter(name, value, ""));
    let pattern = |(name, value): &(String, String)| filter(name, value, "match-path-pattern");
    let all = equal.chain(flags.event_patterns.iter().map(pattern));
    let (mut event, mut names) = (EventTrigger::default(), BTreeSet::new());
    for filter in all {
        if !names.insert(filter.attribute.clone()) {
            return Err(TriggerFlagsError::Twice(filter.attribute));
        }
        match filter.attribute.as_str() {
            "type" => event.r#type = filter.value,
            _ => event.filters.push(filter),
        }
    }
    if event.r#type.is_empty() {
        return Err(TriggerFlagsError::NoType);
    }
    event.channel = flags.channel.clone().unwrap_or_default();
    Ok(Kind::Event(event))
}

fn of_schedule(schedule: &str, flags: &TriggerArgs) -> Kind {
    let text = |flag: &Option<String>| flag.clone().unwrap_or_default();
    let deadline = flags.schedule_attempt_deadline;
    Kind::Schedule(ScheduleTrigger {
        schedule: schedule.to_owned(),
        time_zone: text(&flags.schedule_time_zone),
        path: text(&flags.schedule_path),
        body: text(&flags.schedule_message_body).into_bytes(),
        attempt_deadline: deadline.map(|seconds| Duration::from_secs(seconds.into()).into()),
        retry: flags
            .schedule_max_retry_attempts
            .map(|count| ScheduleRetry { count, ..ScheduleRetry::default() }),
        ..ScheduleTrigger::default()
    })
}

fn of_queue(queue: &str, flags: &TriggerArgs) -> Kind {
    let max_attempts = flags.queue_max_attempts;
    Kind::Queue(QueueTrigger {
        queue: queue.to_owned(),
        max_dispatches_per_second: flags.queue_max_dispatches_per_second,
        max_concurrent_dispatches: flags.queue_max_concurrent_dispatches,
        retry: max_attempts.map(|_| QueueRetry { max_attempts, ..QueueRetry::default() }),
        enqueuers: flags.queue_enqueuers.clone(),
        ..QueueTrigger::default()
    })
}

/// Sets what flags say of triggers of any origin.
fn set(flags: &TriggerArgs, trigger: &mut Trigger) {
    let account = match &mut trigger.kind {
        None => return,
        Some(Kind::Event(event)) => {
            event.retry |= flags.retry;
            event.allow_replacement |= flags.allow_replacement;
            if let Some(location) = &flags.location {
                event.region.clone_from(location);
            }
            &mut event.service_account
        }
        Some(Kind::Topic(topic)) => &mut topic.service_account,
        Some(Kind::Schedule(schedule)) => &mut schedule.service_account,
        Some(Kind::Queue(queue)) => &mut queue.service_account,
    };
    if let Some(email) = &flags.account {
        account.clone_from(email);
    }
}

/// A function that only gets events takes CloudEvents, unless the request says something else. In the
/// Functions flavour, the API sets the signature.
fn imply_signature(spec: &mut FunctionSpec) {
    let has_events = !spec.triggers.is_empty() && spec.triggers.iter().all(is_event);
    let is_open = spec.signature == i32::from(Signature::Unspecified)
        && spec.flavour != i32::from(Flavour::Functions);
    if has_events && is_open {
        spec.signature = Signature::CloudEvent.into();
    }
}

fn is_event(trigger: &Trigger) -> bool {
    matches!(trigger.kind, Some(Kind::Event(_)))
}

#[cfg(test)]
mod tests;
