//! A [`SubscriptionSpec`] as `google.pubsub.v1.Subscription`, and back.

use std::time::Duration;

use google_cloud_pubsub::model::{DeadLetterPolicy, ExpirationPolicy, RetryPolicy, Subscription};

use crate::{SubscriptionSetting, SubscriptionSpec};

/// What Pub/Sub does where a subscription does not say: `google.pubsub.v1.Subscription` and
/// `RetryPolicy`. Without a retry policy it redelivers at once.
const DEFAULT_RETENTION: Duration = Duration::from_secs(7 * 24 * 3600);
const DEFAULT_EXPIRATION: Duration = Duration::from_secs(31 * 24 * 3600);
const DEFAULT_MINIMUM_BACKOFF: Duration = Duration::from_secs(10);
const DEFAULT_MAXIMUM_BACKOFF: Duration = Duration::from_secs(600);

/// `None` if a duration is out of range for protobuf.
pub(super) fn requested(spec: &SubscriptionSpec) -> Option<Subscription> {
    let wire = |duration| google_cloud_wkt::Duration::try_from(duration).ok();
    let retry_policy = RetryPolicy::new()
        .set_minimum_backoff(wire(spec.minimum_backoff)?)
        .set_maximum_backoff(wire(spec.maximum_backoff)?);
    // A policy without a time to live means "never". No policy means a month.
    let mut expiration_policy = ExpirationPolicy::new();
    if let Some(after) = spec.expires_after {
        expiration_policy = expiration_policy.set_ttl(wire(after)?);
    }
    let subscription = Subscription::new()
        .set_name(&spec.name)
        .set_topic(&spec.topic)
        .set_ack_deadline_seconds(i32::try_from(spec.ack_deadline.as_secs()).ok()?)
        .set_filter(&spec.filter)
        .set_retry_policy(retry_policy)
        .set_message_retention_duration(wire(spec.retention)?)
        .set_expiration_policy(expiration_policy);
    let Some(topic) = &spec.dead_letter_topic else { return Some(subscription) };
    let attempts = i32::try_from(spec.max_delivery_attempts).ok()?;
    let dead_letters =
        DeadLetterPolicy::new().set_dead_letter_topic(topic).set_max_delivery_attempts(attempts);
    Some(subscription.set_dead_letter_policy(dead_letters))
}

pub(super) fn observed(subscription: &Subscription) -> SubscriptionSpec {
    let time = |duration: google_cloud_wkt::Duration| Duration::try_from(duration).ok();
    let retry = subscription.retry_policy.as_ref();
    let backoff = |of: Option<google_cloud_wkt::Duration>, default| {
        retry.map_or(Duration::ZERO, |_| of.and_then(time).unwrap_or(default))
    };
    let dead_letters = subscription.dead_letter_policy.as_ref();
    SubscriptionSpec {
        name: subscription.name.clone(),
        topic: subscription.topic.clone(),
        ack_deadline: Duration::from_secs(
            u64::try_from(subscription.ack_deadline_seconds).unwrap_or_default(),
        ),
        minimum_backoff: backoff(
            retry.and_then(|retry| retry.minimum_backoff),
            DEFAULT_MINIMUM_BACKOFF,
        ),
        maximum_backoff: backoff(
            retry.and_then(|retry| retry.maximum_backoff),
            DEFAULT_MAXIMUM_BACKOFF,
        ),
        retention: subscription
            .message_retention_duration
            .and_then(time)
            .unwrap_or(DEFAULT_RETENTION),
        expires_after: match &subscription.expiration_policy {
            Some(policy) => policy.ttl.and_then(time),
            None => Some(DEFAULT_EXPIRATION),
        },
        dead_letter_topic: dead_letters.map(|policy| policy.dead_letter_topic.clone()),
        max_delivery_attempts: dead_letters
            .and_then(|policy| u32::try_from(policy.max_delivery_attempts).ok())
            .unwrap_or_default(),
        filter: subscription.filter.clone(),
    }
}

/// The field of an update mask. `None` if it cannot be changed.
pub(super) fn mask(setting: SubscriptionSetting) -> Option<&'static str> {
    match setting {
        SubscriptionSetting::Topic | SubscriptionSetting::Filter => None,
        SubscriptionSetting::AckDeadline => Some("ack_deadline_seconds"),
        SubscriptionSetting::Backoff => Some("retry_policy"),
        SubscriptionSetting::Retention => Some("message_retention_duration"),
        SubscriptionSetting::Expiration => Some("expiration_policy"),
        SubscriptionSetting::DeadLetters => Some("dead_letter_policy"),
    }
}

#[cfg(test)]
mod tests;
