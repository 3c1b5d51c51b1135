//! Converts triggers to protobuf.

use super::triggers::{EventEncoding, EventTrigger, Payload, TopicTrigger, Trigger};
use crate::proto;

pub(super) fn trigger(trigger: &Trigger) -> proto::Trigger {
    let kind = match trigger {
        Trigger::Topic(trigger) => proto::trigger::Kind::Topic(topic(trigger)),
        Trigger::Event(trigger) => proto::trigger::Kind::Event(event(trigger)),
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
