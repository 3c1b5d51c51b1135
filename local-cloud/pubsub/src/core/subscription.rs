//! Subscriptions as they are stored, and the limits of their settings.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::filter::Filter;
use super::model::{RETENTION, check_labels, within};
use super::names;
use super::push::Push;
use super::refusal::Refusal;

// The limits below are those of google.pubsub.v1.Subscription.
const ACK_DEADLINE: RangeInclusive<Duration> = Duration::from_secs(10)..=Duration::from_secs(600);
const BACKOFF: RangeInclusive<Duration> = Duration::ZERO..=Duration::from_secs(600);
const DELIVERY_ATTEMPTS: RangeInclusive<u32> = 5..=100;
const SHORTEST_EXPIRY: Duration = Duration::from_secs(24 * 3600);

/// A subscription's settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// `projects/P/subscriptions/S`.
    pub name: String,
    /// `projects/P/topics/T`, or [`DELETED_TOPIC`](super::DELETED_TOPIC).
    pub topic: String,
    /// Lease of a delivery by `Pull`, and time limit of a push request: 10 s to 600 s.
    pub ack_deadline: Duration,
    /// An unacknowledged message is dropped at this age: 10 minutes to 31 days.
    pub retention: Duration,
    /// Stored and returned; has no effect.
    pub labels: BTreeMap<String, String>,
    /// Whether messages with the same ordering key are delivered in the order of publishing.
    pub ordered: bool,
    /// Selects the messages of the topic that the subscription gets.
    pub filter: Filter,
    /// Where messages go after too many failed deliveries.
    pub dead_letter: Option<DeadLetter>,
    /// The backoff before a redelivery. `None` redelivers at once.
    pub retry: Option<Retry>,
    /// Whether acknowledged messages are retained for a seek, for `retention`.
    #[serde(default)]
    pub retain_acked: bool,
    /// Whether a message has at most one valid lease at a time, and an acknowledgement needs a
    /// valid lease.
    #[serde(default)]
    pub exactly_once: bool,
    /// The subscription is deleted after this time without a client, at least a day. `None` means
    /// never.
    #[serde(default)]
    pub expires_after: Option<Duration>,
    /// Whether the subscription was detached. It then has no messages, gets none, and cannot be
    /// attached again.
    #[serde(default)]
    pub detached: bool,
    /// Where messages are sent. `None` for a pull subscription.
    #[serde(default)]
    pub push: Option<Push>,
}

impl Subscription {
    /// A subscription with Google's defaults, except that it never expires.
    pub fn new(name: impl Into<String>, topic: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            topic: topic.into(),
            ack_deadline: Duration::from_secs(10),
            retention: Duration::from_secs(7 * 24 * 3600),
            labels: BTreeMap::new(),
            ordered: false,
            filter: Filter::default(),
            dead_letter: None,
            retry: None,
            retain_acked: false,
            exactly_once: false,
            expires_after: None,
            detached: false,
            push: None,
        }
    }

    pub(super) fn check(&self) -> Result<(), Refusal> {
        names::check_subscription(&self.name)?;
        check_labels(&self.labels)?;
        within("ack_deadline_seconds", &ACK_DEADLINE, &self.ack_deadline)?;
        within("message_retention_duration", &RETENTION, &self.retention)?;
        if let Some(retry) = &self.retry {
            within("retry_policy.minimum_backoff", &BACKOFF, &retry.minimum)?;
            within("retry_policy.maximum_backoff", &BACKOFF, &retry.maximum)?;
            if retry.minimum > retry.maximum {
                return Err(Refusal::invalid(
                    "retry_policy.minimum_backoff is above retry_policy.maximum_backoff",
                ));
            }
        }
        if let Some(dead_letter) = &self.dead_letter {
            names::check_topic(&dead_letter.topic)?;
            within(
                "dead_letter_policy.max_delivery_attempts",
                &DELIVERY_ATTEMPTS,
                &dead_letter.max_attempts,
            )?;
        }
        if self.expires_after.is_some_and(|ttl| ttl < SHORTEST_EXPIRY) {
            return Err(Refusal::invalid("expiration_policy.ttl is below one day"));
        }
        if let Some(push) = &self.push {
            push.check()?;
            if self.exactly_once {
                return Err(Refusal::invalid(
                    "a subscription with a push_endpoint cannot have enable_exactly_once_delivery",
                ));
            }
        }
        Ok(())
    }

    /// The backoff after the given number of failed deliveries, at least 1.
    pub(super) fn backoff(&self, failures: u32) -> Duration {
        let Some(retry) = &self.retry else { return Duration::ZERO };
        let factor = 2_u32.checked_pow(failures.saturating_sub(1)).unwrap_or(u32::MAX);
        retry.minimum.saturating_mul(factor).min(retry.maximum)
    }

    /// Whether failed deliveries are recorded: a dead-letter policy counts them, and they end
    /// recorded leases.
    pub(super) fn records_failures(&self) -> bool {
        self.dead_letter.is_some() || self.exactly_once
    }
}

/// A dead-letter policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadLetter {
    /// `projects/P/topics/T`. While it does not exist, messages stay in the subscription.
    pub topic: String,
    /// Number of failed deliveries after which a message is forwarded: 5 to 100.
    pub max_attempts: u32,
}

/// A retry policy: exponential backoff, which doubles with every failure of a message. Both bounds
/// are 0 s to 600 s.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retry {
    /// The backoff after the first failure.
    pub minimum: Duration,
    pub maximum: Duration,
}
