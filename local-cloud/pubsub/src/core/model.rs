//! Topics, snapshots and messages as they are stored.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::names;
use super::refusal::Refusal;
use super::schema_model::SchemaSettings;

/// The topic of a subscription whose topic was deleted.
pub const DELETED_TOPIC: &str = "_deleted-topic_";

/// Bounds of `message_retention_duration`: google.pubsub.v1.Topic and Subscription.
pub(super) const RETENTION: RangeInclusive<Duration> =
    Duration::from_secs(10 * 60)..=Duration::from_secs(31 * 24 * 3600);

// <https://cloud.google.com/pubsub/docs/create-topic-labels#requirements>
const LABELS: RangeInclusive<usize> = 0..=64;
const LABEL_CHARACTERS: usize = 63;

/// A snapshot without its messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// `projects/P/snapshots/S`.
    pub name: String,
    /// The topic of its subscription, or [`DELETED_TOPIC`].
    pub topic: String,
    /// Stored and returned; has no effect.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// When it is deleted.
    #[serde(with = "time::serde::rfc3339")]
    pub expires_at: OffsetDateTime,
    /// The latest time that it may be given.
    #[serde(with = "time::serde::rfc3339")]
    pub(super) latest_expiry: OffsetDateTime,
    /// Messages with a lower id that the snapshot does not have were acknowledged.
    pub(super) first: u64,
}

/// A topic's settings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Topic {
    /// `projects/P/topics/T`.
    pub name: String,
    /// Stored and returned; has no effect.
    pub labels: BTreeMap<String, String>,
    /// How long every message is retained for a seek, acknowledged or not: 10 minutes to 31 days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retention: Option<Duration>,
    /// Key of Cloud KMS. Stored and returned; has no effect.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub kms_key: String,
    /// The schema that messages must match.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<SchemaSettings>,
}

impl Topic {
    pub(super) fn check(&self) -> Result<(), Refusal> {
        names::check_topic(&self.name)?;
        check_labels(&self.labels)?;
        self.retention.map_or(Ok(()), |retention| {
            within("message_retention_duration", &RETENTION, &retention)
        })
    }
}

pub(super) fn within<T: PartialOrd + std::fmt::Debug>(
    field: &str,
    limits: &RangeInclusive<T>,
    value: &T,
) -> Result<(), Refusal> {
    if limits.contains(value) {
        return Ok(());
    }
    Err(Refusal::invalid(format!(
        "{field} is {value:?}, must be {:?} to {:?}",
        limits.start(),
        limits.end()
    )))
}

pub(super) fn check_labels(labels: &BTreeMap<String, String>) -> Result<(), Refusal> {
    within("number of labels", &LABELS, &labels.len())?;
    let allowed = |c: char| {
        c == '_' || c == '-' || c.is_numeric() || (c.is_alphabetic() && !c.is_uppercase())
    };
    let short = |text: &str| text.chars().count() <= LABEL_CHARACTERS && text.chars().all(allowed);
    for (key, value) in labels {
        let starts_well = key.starts_with(|c: char| c.is_alphabetic());
        if !starts_well || !short(key) || !short(value) {
            let rule = "key and value have at most 63 lower-case letters, digits, _ and -, \
                        and the key starts with a letter";
            return Err(Refusal::invalid(format!("label {key:?} = {value:?}: {rule}")));
        }
    }
    Ok(())
}

/// A published message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Unique. Ids grow in the order of publishing.
    pub id: u64,
    #[serde(with = "time::serde::rfc3339")]
    pub published_at: OffsetDateTime,
    #[serde(with = "as_base64", default, skip_serializing_if = "Bytes::is_empty")]
    pub data: Bytes,
    /// What filters match.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
    /// Empty if the message has no ordering key.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub ordering_key: String,
    /// See [`lineage`](longshore_local_kit::lineage). Not part of the API.
    #[serde(default, skip_serializing_if = "is_first")]
    pub generation: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_first(generation: &u32) -> bool {
    *generation == 0
}

impl Message {
    /// Size for a client's flow control, in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        let attributes: usize =
            self.attributes.iter().map(|(key, value)| key.len() + value.len()).sum();
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

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Bytes, D::Error> {
        let text = String::deserialize(deserializer)?;
        BASE64_STANDARD.decode(text).map(Bytes::from).map_err(de::Error::custom)
    }
}
