//! Converts triggers to protobuf.

use super::triggers::{
    Attempts, EventEncoding, EventTrigger, Payload, QueueRetry, QueueTrigger, ScheduleRetry,
    ScheduleTrigger, TopicTrigger, Trigger,
};
use crate::proto;

pub(super) fn trigger(trigger: &Trigger) -> proto::Trigger {
    let kind = match trigger {
        Trigger::Topic(trigger) => proto::trigger::Kind::Topic(topic(trigger)),
        Trigger::Event(trigger) => proto::trigger::Kind::Event(event(trigger)),
        Trigger::Schedule(trigger) => proto::trigger::Kind::Schedule(schedule(trigger)),
        Trigger::Queue(trigger) => proto::trigger::Kind::Queue(queue(trigger)),
    };
    proto::Trigger { kind: Some(kind) }
}

/// The function's own trigger, without the permission to replace the function.
pub(super) fn own_event(trigger: &EventTrigger) -> proto::Trigger {
    let own = proto::EventTrigger { allow_replacement: false, ..event(trigger) };
    proto::Trigger { kind: Some(proto::trigger::Kind::Event(own)) }
}

fn topic(trigger: &TopicTrigger) -> proto::TopicTrigger {
    let dead_letters = trigger.dead_letters.as_ref();
    proto::TopicTrigger {
        topic: trigger.topic.clone(),
        filter: trigger.filter.clone(),
        ordered: trigger.ordered,
        ack_deadline: trigger.ack_deadline.map(Into::into),
        minimum_backoff: trigger.minimum_backoff.map(Into::into),
        maximum_backoff: trigger.maximum_backoff.map(Into::into),
        dead_letter_topic: dead_letters.map(|to| to.topic.clone()).unwrap_or_default(),
        max_delivery_attempts: dead_letters
            .and_then(|to| i32::try_from(to.max_delivery_attempts).ok()),
        service_account: trigger.account.clone().unwrap_or_default(),
        payload: payload(trigger.payload).into(),
    }
}

fn event(trigger: &EventTrigger) -> proto::EventTrigger {
    let filters = trigger.filters.iter().map(|filter| proto::EventFilter {
        attribute: filter.attribute.clone(),
        value: filter.value.clone(),
        operator: filter.operator().to_owned(),
    });
    let optional = |value: &Option<String>| value.clone().unwrap_or_default();
    proto::EventTrigger {
        r#type: trigger.event_type.clone(),
        filters: filters.collect(),
        region: trigger.region.clone(),
        service_account: optional(&trigger.account),
        channel: optional(&trigger.channel),
        retry: trigger.retries,
        path: optional(&trigger.path),
        topic: optional(&trigger.topic),
        content_type: match trigger.encoding {
            EventEncoding::Json => String::new(),
            other @ EventEncoding::Protobuf => other.as_str().to_owned(),
        },
        allow_replacement: trigger.allows_replacement,
    }
}

fn payload(payload: Payload) -> proto::TopicPayload {
    match payload {
        Payload::Wrapped => proto::TopicPayload::Wrapped,
        Payload::Unwrapped => proto::TopicPayload::Unwrapped,
        Payload::UnwrappedWithMetadata => proto::TopicPayload::UnwrappedWithMetadata,
    }
}

fn schedule(trigger: &ScheduleTrigger) -> proto::ScheduleTrigger {
    let ScheduleRetry { count, max_duration, minimum_backoff, maximum_backoff, max_doublings } =
        trigger.retry;
    proto::ScheduleTrigger {
        schedule: trigger.schedule.clone(),
        time_zone: trigger.time_zone.clone().unwrap_or_default(),
        method: trigger.method.as_str().to_owned(),
        path: trigger.path.clone(),
        body: trigger.body.clone(),
        headers: trigger.headers.clone(),
        attempt_deadline: trigger.attempt_deadline.map(Into::into),
        retry: Some(proto::ScheduleRetry {
            count: number(count),
            max_duration: max_duration.map(Into::into),
            minimum_backoff: minimum_backoff.map(Into::into),
            maximum_backoff: maximum_backoff.map(Into::into),
            max_doublings: max_doublings.map(number),
        }),
        service_account: trigger.account.clone().unwrap_or_default(),
        name: trigger.name.clone(),
    }
}

fn queue(trigger: &QueueTrigger) -> proto::QueueTrigger {
    let QueueRetry { max_attempts, max_duration, minimum_backoff, maximum_backoff, max_doublings } =
        trigger.retry;
    proto::QueueTrigger {
        queue: trigger.name.clone(),
        max_dispatches_per_second: trigger.max_dispatches_per_second.map(|rate| rate.per_second()),
        max_concurrent_dispatches: trigger.max_concurrent_dispatches.map(number),
        retry: Some(proto::QueueRetry {
            max_attempts: max_attempts.map(|attempts| match attempts {
                Attempts::Unlimited => -1,
                Attempts::AtMost(attempts) => number(attempts),
            }),
            max_duration: max_duration.map(Into::into),
            minimum_backoff: minimum_backoff.map(Into::into),
            maximum_backoff: maximum_backoff.map(Into::into),
            max_doublings: max_doublings.map(number),
        }),
        enqueuers: trigger.enqueuers.iter().map(ToString::to_string).collect(),
        service_account: trigger.account.clone().unwrap_or_default(),
    }
}

/// It was read from an `i32`.
fn number(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
