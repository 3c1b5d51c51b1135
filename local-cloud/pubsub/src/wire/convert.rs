//! Conversions between the types of the wire and those of the core. They reject unsupported
//! settings.

mod policy;
mod push;
mod schema;
mod snapshot;

use std::time::Duration;

use time::OffsetDateTime;

use self::push::push_to_wire;
use self::schema::{schema_settings_from_wire, schema_settings_to_wire};
use super::proto;
use crate::core::{DeadLetter, Delivery, Draft, Filter, Refusal, Retry, Subscription, Topic};
use longshore_local_kit::lineage;

pub(super) use self::policy::{policy_from_wire, policy_to_wire};
pub(super) use self::push::push_from_wire;
pub(super) use self::schema::{definition_of, encoding_from_wire, revision_to_wire};
pub(super) use self::snapshot::snapshot_to_wire;

// Google's defaults for missing fields of google.pubsub.v1.Subscription.
const DEFAULT_MINIMUM_BACKOFF: Duration = Duration::from_secs(10);
const DEFAULT_MAXIMUM_BACKOFF: Duration = Duration::from_secs(600);
const DEFAULT_DELIVERY_ATTEMPTS: u32 = 5;
const DEFAULT_EXPIRY: Duration = Duration::from_secs(31 * 24 * 3600);

pub(super) fn topic_from_wire(topic: proto::Topic) -> Result<Topic, Refusal> {
    refuse(&[
        ("message_storage_policy", topic.message_storage_policy.is_some()),
        ("ingestion_data_source_settings", topic.ingestion_data_source_settings.is_some()),
        ("message_transforms", !topic.message_transforms.is_empty()),
    ])?;
    let retention = topic
        .message_retention_duration
        .map(|retention| duration("message_retention_duration", retention));
    let schema = topic.schema_settings.map(schema_settings_from_wire).transpose()?;
    let retention = retention.transpose()?;
    let kms_key = topic.kms_key_name;
    Ok(Topic { name: topic.name, labels: topic.labels, retention, kms_key, schema })
}

pub(super) fn topic_to_wire(topic: &Topic) -> proto::Topic {
    proto::Topic {
        name: topic.name.clone(),
        labels: topic.labels.clone(),
        message_retention_duration: topic.retention.and_then(to_wire),
        kms_key_name: topic.kms_key.clone(),
        schema_settings: topic.schema.as_ref().map(schema_settings_to_wire),
        state: proto::topic::State::Active.into(),
        ..Default::default()
    }
}

pub(super) fn subscription_from_wire(wire: proto::Subscription) -> Result<Subscription, Refusal> {
    refuse(&[
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
    subscription.filter =
        Filter::parse(&wire.filter).map_err(|error| Refusal::invalid(error.to_string()))?;
    subscription.dead_letter = wire.dead_letter_policy.map(dead_letter_from_wire).transpose()?;
    subscription.retry = wire.retry_policy.map(retry_from_wire).transpose()?;
    subscription.retain_acked = wire.retain_acked_messages;
    subscription.exactly_once = wire.enable_exactly_once_delivery;
    subscription.expires_after = match wire.expiration_policy {
        None => Some(DEFAULT_EXPIRY),
        Some(policy) => policy.ttl.map(|ttl| duration("expiration_policy.ttl", ttl)).transpose()?,
    };
    subscription.detached = wire.detached;
    subscription.push = wire.push_config.and_then(push_from_wire);
    Ok(subscription)
}

fn dead_letter_from_wire(policy: proto::DeadLetterPolicy) -> Result<DeadLetter, Refusal> {
    let max_attempts = match policy.max_delivery_attempts {
        0 => DEFAULT_DELIVERY_ATTEMPTS,
        attempts => u32::try_from(attempts).map_err(|_| {
            Refusal::invalid("dead_letter_policy.max_delivery_attempts is negative")
        })?,
    };
    Ok(DeadLetter { topic: policy.dead_letter_topic, max_attempts })
}

fn retry_from_wire(policy: proto::RetryPolicy) -> Result<Retry, Refusal> {
    let or_default = |field, value: Option<prost_types::Duration>, default| {
        value.map_or(Ok(default), |value| duration(field, value))
    };
    Ok(Retry {
        minimum: or_default(
            "retry_policy.minimum_backoff",
            policy.minimum_backoff,
            DEFAULT_MINIMUM_BACKOFF,
        )?,
        maximum: or_default(
            "retry_policy.maximum_backoff",
            policy.maximum_backoff,
            DEFAULT_MAXIMUM_BACKOFF,
        )?,
    })
}

/// `kept_by_topic` is how long the subscription's topic retains messages.
pub(super) fn subscription_to_wire(
    subscription: &Subscription,
    kept_by_topic: Option<Duration>,
) -> proto::Subscription {
    proto::Subscription {
        name: subscription.name.clone(),
        topic: subscription.topic.clone(),
        push_config: Some(subscription.push.as_ref().map(push_to_wire).unwrap_or_default()),
        ack_deadline_seconds: i32::try_from(subscription.ack_deadline.as_secs())
            .unwrap_or(i32::MAX),
        message_retention_duration: to_wire(subscription.retention),
        labels: subscription.labels.clone(),
        enable_message_ordering: subscription.ordered,
        retain_acked_messages: subscription.retain_acked,
        expiration_policy: Some(proto::ExpirationPolicy {
            ttl: subscription.expires_after.and_then(to_wire),
        }),
        filter: subscription.filter.text().to_owned(),
        dead_letter_policy: subscription.dead_letter.as_ref().map(|policy| {
            proto::DeadLetterPolicy {
                dead_letter_topic: policy.topic.clone(),
                max_delivery_attempts: i32::try_from(policy.max_attempts).unwrap_or(i32::MAX),
            }
        }),
        retry_policy: subscription.retry.map(|retry| proto::RetryPolicy {
            minimum_backoff: to_wire(retry.minimum),
            maximum_backoff: to_wire(retry.maximum),
        }),
        detached: subscription.detached,
        enable_exactly_once_delivery: subscription.exactly_once,
        topic_message_retention_duration: kept_by_topic.and_then(to_wire),
        state: proto::subscription::State::Active.into(),
        ..Default::default()
    }
}

pub(super) fn draft_from_wire(message: proto::PubsubMessage) -> Draft {
    Draft {
        data: message.data,
        attributes: message.attributes,
        ordering_key: message.ordering_key,
        generation: lineage::current(),
    }
}

pub(super) fn delivery_to_wire(delivery: Delivery) -> proto::ReceivedMessage {
    let message = &delivery.message;
    proto::ReceivedMessage {
        ack_id: delivery.ack_id,
        message: Some(proto::PubsubMessage {
            data: message.data.clone(),
            attributes: message.attributes.clone(),
            message_id: message.id.to_string(),
            publish_time: Some(timestamp(message.published_at)),
            ordering_key: message.ordering_key.clone(),
        }),
        delivery_attempt: delivery
            .attempt
            .map_or(0, |attempt| i32::try_from(attempt).unwrap_or(i32::MAX)),
    }
}

/// A whole number of seconds, zero included.
pub(super) fn seconds(field: &str, seconds: i32) -> Result<Duration, Refusal> {
    let seconds =
        u64::try_from(seconds).map_err(|_| Refusal::invalid(format!("{field} is negative")))?;
    Ok(Duration::from_secs(seconds))
}

fn duration(field: &str, duration: prost_types::Duration) -> Result<Duration, Refusal> {
    Duration::try_from(duration).map_err(|error| Refusal::invalid(format!("{field}: {error}")))
}

pub(super) fn timestamp(time: OffsetDateTime) -> prost_types::Timestamp {
    prost_types::Timestamp {
        seconds: time.unix_timestamp(),
        nanos: i32::try_from(time.nanosecond()).unwrap_or(0),
    }
}

/// # Errors
/// When the time is not between the years 1 and 9999.
pub(super) fn time_of(
    field: &str,
    timestamp: prost_types::Timestamp,
) -> Result<OffsetDateTime, Refusal> {
    let nanoseconds = i128::from(timestamp.seconds) * 1_000_000_000 + i128::from(timestamp.nanos);
    OffsetDateTime::from_unix_timestamp_nanos(nanoseconds)
        .map_err(|error| Refusal::invalid(format!("{field}: {error}")))
}

fn to_wire(duration: Duration) -> Option<prost_types::Duration> {
    prost_types::Duration::try_from(duration).ok()
}

pub(super) fn refuse(settings: &[(&str, bool)]) -> Result<(), Refusal> {
    match settings.iter().find(|(_, is_set)| *is_set) {
        Some((setting, _)) => Err(Refusal::Unserved((*setting).to_owned())),
        None => Ok(()),
    }
}
