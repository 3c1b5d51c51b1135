//! Topics, subscriptions and messages as they are stored, and the limits of their settings.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::filter::Filter;
use super::names;
use super::refusal::Refusal;

/// What a subscription names as its topic once that topic is deleted.
pub const DELETED_TOPIC: &str = "_deleted-topic_";

// The limits below are those of google.pubsub.v1.Subscription.
const ACK_DEADLINE: RangeInclusive<Duration> = Duration::from_secs(10)..=Duration::from_secs(600);
const RETENTION: RangeInclusive<Duration> = Duration::from_secs(10 * 60)..=Duration::from_secs(31 * 24 * 3600);
const BACKOFF: RangeInclusive<Duration> = Duration::ZERO..=Duration::from_secs(600);
const DELIVERY_ATTEMPTS: RangeInclusive<u32> = 5..=100;

/// A topic.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Topic {
    /// `projects/P/topics/T`.
    pub name: String,
    /// Of no meaning to Pub/Sub.
    pub labels: BTreeMap<String, String>,
}

/// A subscription's settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// `projects/P/subscriptions/S`.
    pub name: String,
    /// `projects/P/topics/T`, or [`DELETED_TOPIC`].
    pub topic: String,
    /// Lease of a delivery by `Pull`, and of a streaming pull that names none: 10 s to 600 s.
    pub ack_deadline: Duration,
    /// An unacknowledged message that is older than this is dropped: 10 minutes to 31 days.
    pub retention: Duration,
    /// Of no meaning to Pub/Sub.
    pub labels: BTreeMap<String, String>,
    /// Whether messages with the same ordering key are delivered in the order of their publishing.
    pub ordered: bool,
    /// Which messages of the topic the subscription gets.
    pub filter: Filter,
    /// Where messages go that failed too often.
    pub dead_letter: Option<DeadLetter>,
    /// The wait before a redelivery; `None` redelivers at once.
    pub retry: Option<Retry>,
}

impl Subscription {
    /// A subscription with Google's defaults.
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
        }
    }

    pub(super) fn check(&self) -> Result<(), Refusal> {
        names::check_subscription(&self.name)?;
        within("ack_deadline_seconds", &ACK_DEADLINE, &self.ack_deadline)?;
        within("message_retention_duration", &RETENTION, &self.retention)?;
        if let Some(retry) = &self.retry {
            within("retry_policy.minimum_backoff", &BACKOFF, &retry.minimum)?;
            within("retry_policy.maximum_backoff", &BACKOFF, &retry.maximum)?;
            if retry.minimum > retry.maximum {
                return Err(Refusal::invalid("retry_policy.minimum_backoff is above retry_policy.maximum_backoff"));
            }
        }
        if let Some(dead_letter) = &self.dead_letter {
            names::check_topic(&dead_letter.topic)?;
            within("dead_letter_policy.max_delivery_attempts", &DELIVERY_ATTEMPTS, &dead_letter.max_attempts)?;
        }
        Ok(())
    }

    /// The wait after the given number of failed deliveries, from 1.
    pub(super) fn backoff(&self, failures: u32) -> Duration {
        let Some(retry) = &self.retry else { return Duration::ZERO };
        let factor = 2_u32.checked_pow(failures.saturating_sub(1)).unwrap_or(u32::MAX);
        retry.minimum.saturating_mul(factor).min(retry.maximum)
    }
}

fn within<T: PartialOrd + std::fmt::Debug>(field: &str, limits: &RangeInclusive<T>, value: &T) -> Result<(), Refusal> {
    if limits.contains(value) {
        return Ok(());
    }
    Err(Refusal::invalid(format!("{field} is {value:?}, must be {:?} to {:?}", limits.start(), limits.end())))
}

/// A dead-letter policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadLetter {
    /// `projects/P/topics/T`. While it does not exist, messages are delivered on and on.
    pub topic: String,
    /// Forwarded after so many failed deliveries: 5 to 100.
    pub max_attempts: u32,
}

/// A retry policy: the wait doubles with every failure of a message, 0 s to 600 s.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retry {
    /// After the first failure.
    pub minimum: Duration,
    /// However often it failed.
    pub maximum: Duration,
}

/// A published message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Unique, and growing in the order of publishing.
    pub id: u64,
    /// When it was taken.
    #[serde(with = "time::serde::rfc3339")]
    pub published_at: OffsetDateTime,
    /// The payload.
    #[serde(with = "as_base64", default, skip_serializing_if = "Bytes::is_empty")]
    pub data: Bytes,
    /// What filters look at.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
    /// Empty: no order.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub ordering_key: String,
}

impl Message {
    /// What a client's flow control counts, in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        let attributes: usize = self.attributes.iter().map(|(key, value)| key.len() + value.len()).sum();
        (self.data.len() + attributes + self.ordering_key.len()) as u64
    }
}

mod as_base64 {
    use base64::Engine as _;
    use base64::prelude::BASE64_STANDARD;
    use bytes::Bytes;
    use serde::{Deserialize as _, Deserializer, Serializer, de};

    pub(super) fn serialize<S: Serializer>(data: &Bytes, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&BASE64_STANDARD.encode(data))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Bytes, D::Error> {
        let text = String::deserialize(deserializer)?;
        BASE64_STANDARD.decode(text).map(Bytes::from).map_err(de::Error::custom)
    }
}
