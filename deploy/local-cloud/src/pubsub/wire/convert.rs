//! Between messages of the wire and those of the core. Settings that the local cloud does not serve are refused here.

use std::time::Duration;

use super::proto;
use crate::pubsub::core::{DeadLetter, Delivery, Draft, Filter, Refusal, Retry, Subscription, Topic};

// Google's defaults for what is left out of google.pubsub.v1.Subscription.
const DEFAULT_MINIMUM_BACKOFF: Duration = Duration::from_secs(10);
const DEFAULT_MAXIMUM_BACKOFF: Duration = Duration::from_secs(600);
const DEFAULT_DELIVERY_ATTEMPTS: u32 = 5;

pub(super) fn topic_from_wire(topic: proto::Topic) -> Result<Topic, Refusal> {
    refuse(&[
        ("message_storage_policy", topic.message_storage_policy.is_some()),
        ("kms_key_name", !topic.kms_key_name.is_empty()),
        ("schema_settings", topic.schema_settings.is_some()),
        ("message_retention_duration of a topic (it serves Seek)", topic.message_retention_duration.is_some()),
        ("ingestion_data_source_settings", topic.ingestion_data_source_settings.is_some()),
        ("message_transforms", !topic.message_transforms.is_empty()),
    ])?;
    Ok(Topic { name: topic.name, labels: topic.labels })
}

pub(super) fn topic_to_wire(topic: &Topic) -> proto::Topic {
    proto::Topic {
        name: topic.name.clone(),
        labels: topic.labels.clone(),
        state: proto::topic::State::Active.into(),
        ..Default::default()
    }
}

pub(super) fn subscription_from_wire(wire: proto::Subscription) -> Result<Subscription, Refusal> {
    refuse(&[
        ("push_config", wire.push_config.is_some_and(|push| !push.push_endpoint.is_empty())),
        ("retain_acked_messages (it serves Seek)", wire.retain_acked_messages),
        ("expiration_policy.ttl", wire.expiration_policy.is_some_and(|policy| policy.ttl.is_some())),
        ("enable_exactly_once_delivery", wire.enable_exactly_once_delivery),
        ("bigquery_config", wire.bigquery_config.is_some()),
        ("cloud_storage_config", wire.cloud_storage_config.is_some()),
        ("bigtable_config", wire.bigtable_config.is_some()),
        ("message_transforms", !wire.message_transforms.is_empty()),
    ])?;
    let mut subscription = Subscription::new(wire.name, wire.topic);
    if wire.ack_deadline_seconds != 0 {
        subscription.ack_deadline = seconds("ack_deadline_seconds", wire.ack_deadline_seconds)?;
    }
    if let Some(retention) = wire.message_retention_duration {
        subscription.retention = duration("message_retention_duration", retention)?;
    }
    subscription.labels = wire.labels;
    subscription.ordered = wire.enable_message_ordering;
    subscription.filter = Filter::parse(&wire.filter).map_err(|error| Refusal::invalid(error.to_string()))?;
    subscription.dead_letter = wire.dead_letter_policy.map(dead_letter_from_wire).transpose()?;
    subscription.retry = wire.retry_policy.map(retry_from_wire).transpose()?;
    Ok(subscription)
}

fn dead_letter_from_wire(policy: proto::DeadLetterPolicy) -> Result<DeadLetter, Refusal> {
    let max_attempts = match policy.max_delivery_attempts {
        0 => DEFAULT_DELIVERY_ATTEMPTS,
        attempts => {
            u32::try_from(attempts).map_err(|_| Refusal::invalid("dead_letter_policy.max_delivery_attempts is negative"))?
        }
    };
    Ok(DeadLetter { topic: policy.dead_letter_topic, max_attempts })
}

fn retry_from_wire(policy: proto::RetryPolicy) -> Result<Retry, Refusal> {
    let or_default =
        |field, value: Option<prost_types::Duration>, default| value.map_or(Ok(default), |value| duration(field, value));
    Ok(Retry {
        minimum: or_default("retry_policy.minimum_backoff", policy.minimum_backoff, DEFAULT_MINIMUM_BACKOFF)?,
        maximum: or_default("retry_policy.maximum_backoff", policy.maximum_backoff, DEFAULT_MAXIMUM_BACKOFF)?,
    })
}

pub(super) fn subscription_to_wire(subscription: &Subscription) -> proto::Subscription {
    proto::Subscription {
        name: subscription.name.clone(),
        topic: subscription.topic.clone(),
        push_config: Some(proto::PushConfig::default()),
        ack_deadline_seconds: i32::try_from(subscription.ack_deadline.as_secs()).unwrap_or(i32::MAX),
        message_retention_duration: to_wire(subscription.retention),
        labels: subscription.labels.clone(),
        enable_message_ordering: subscription.ordered,
        expiration_policy: Some(proto::ExpirationPolicy::default()),
        filter: subscription.filter.text().to_owned(),
        dead_letter_policy: subscription.dead_letter.as_ref().map(|policy| proto::DeadLetterPolicy {
            dead_letter_topic: policy.topic.clone(),
            max_delivery_attempts: i32::try_from(policy.max_attempts).unwrap_or(i32::MAX),
        }),
        retry_policy: subscription
            .retry
            .map(|retry| proto::RetryPolicy { minimum_backoff: to_wire(retry.minimum), maximum_backoff: to_wire(retry.maximum) }),
        state: proto::subscription::State::Active.into(),
        ..Default::default()
    }
}

pub(super) fn draft_from_wire(message: proto::PubsubMessage) -> Draft {
    Draft { data: message.data, attributes: message.attributes, ordering_key: message.ordering_key }
}

pub(super) fn delivery_to_wire(delivery: Delivery) -> proto::ReceivedMessage {
    let message = &delivery.message;
    let published_at = message.published_at;
    proto::ReceivedMessage {
        ack_id: delivery.ack_id,
        message: Some(proto::PubsubMessage {
            data: message.data.clone(),
            attributes: message.attributes.clone(),
            message_id: message.id.to_string(),
            publish_time: Some(prost_types::Timestamp {
                seconds: published_at.unix_timestamp(),
                nanos: i32::try_from(published_at.nanosecond()).unwrap_or(0),
            }),
            ordering_key: message.ordering_key.clone(),
        }),
        delivery_attempt: delivery.attempt.map_or(0, |attempt| i32::try_from(attempt).unwrap_or(i32::MAX)),
    }
}

/// A whole number of seconds, zero included.
pub(super) fn seconds(field: &str, seconds: i32) -> Result<Duration, Refusal> {
    let seconds = u64::try_from(seconds).map_err(|_| Refusal::invalid(format!("{field} is negative")))?;
    Ok(Duration::from_secs(seconds))
}

fn duration(field: &str, duration: prost_types::Duration) -> Result<Duration, Refusal> {
    Duration::try_from(duration).map_err(|error| Refusal::invalid(format!("{field}: {error}")))
}

fn to_wire(duration: Duration) -> Option<prost_types::Duration> {
    prost_types::Duration::try_from(duration).ok()
}

fn refuse(settings: &[(&str, bool)]) -> Result<(), Refusal> {
    match settings.iter().find(|(_, is_set)| *is_set) {
        Some((setting, _)) => Err(Refusal::Unserved((*setting).to_owned())),
        None => Ok(()),
    }
}
