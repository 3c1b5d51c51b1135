//! Notification configurations, and the notices that an event causes:
//! <https://cloud.google.com/storage/docs/pubsub-notifications>.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Bucket, Core, Event};
use crate::{ObjectRecord, StorageError};

/// Maximum number of configurations per bucket, as at Google.
const CONFIGS_LIMIT: usize = 100;

/// What happens to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum EventType {
    /// A new generation was created.
    ObjectFinalize,
    /// Attributes were changed.
    ObjectMetadataUpdate,
    /// A generation was deleted for good, or replaced without versioning.
    ObjectDelete,
    /// The live generation became noncurrent.
    ObjectArchive,
}

impl EventType {
    const ALL: [Self; 4] =
        [Self::ObjectFinalize, Self::ObjectMetadataUpdate, Self::ObjectDelete, Self::ObjectArchive];

    /// The type with a name on the wire.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|event_type| event_type.as_str() == name)
    }

    /// The name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ObjectFinalize => "OBJECT_FINALIZE",
            Self::ObjectMetadataUpdate => "OBJECT_METADATA_UPDATE",
            Self::ObjectDelete => "OBJECT_DELETE",
            Self::ObjectArchive => "OBJECT_ARCHIVE",
        }
    }
}

/// Where a bucket's notices go, and which ones.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotificationConfig {
    pub bucket: String,
    /// Unique in the bucket, from 1; 0 in a configuration that is yet to be created.
    pub id: u64,
    /// `projects/P/topics/T`.
    pub topic: String,
    /// Empty: all.
    pub event_types: Vec<EventType>,
    /// Only objects whose names start with this.
    pub object_name_prefix: String,
    /// Attributes of every notice.
    pub custom_attributes: BTreeMap<String, String>,
    /// Whether a notice carries the object's JSON resource (`JSON_API_V1`) or no data (`NONE`).
    pub with_payload: bool,
}

impl NotificationConfig {
    /// The payload format's name on the wire.
    #[must_use]
    pub fn payload_format(&self) -> &'static str {
        if self.with_payload { "JSON_API_V1" } else { "NONE" }
    }

    fn wants(&self, event_type: EventType, object: &ObjectRecord) -> bool {
        (self.event_types.is_empty() || self.event_types.contains(&event_type))
            && object.name.starts_with(&self.object_name_prefix)
    }
}

/// A notice to publish.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    pub config: NotificationConfig,
    pub event_type: EventType,
    /// The generation that the event is about.
    pub object: ObjectRecord,
    /// The generation that replaced it.
    pub overwritten_by: Option<i64>,
    /// The generation that it replaced.
    pub overwrote: Option<i64>,
}

impl Core {
    /// The notification configurations of a bucket, by id.
    ///
    /// # Errors
    /// [`StorageError::NoBucket`].
    pub fn notifications(
        &self,
        bucket: &str,
    ) -> Result<impl Iterator<Item = &NotificationConfig>, StorageError> {
        Ok(self.find_bucket(bucket)?.notifications.values())
    }

    /// # Errors
    /// [`StorageError::NoBucket`], [`StorageError::NotFound`].
    pub fn notification(
        &self,
        bucket: &str,
        id: &str,
    ) -> Result<&NotificationConfig, StorageError> {
        let found =
            id.parse().ok().and_then(|id: u64| self.buckets.get(bucket)?.notifications.get(&id));
        self.find_bucket(bucket)?;
        found.ok_or_else(|| StorageError::NotFound(format!("notification configuration {id}")))
    }

    /// The configuration as it would be created, with its id.
    ///
    /// # Errors
    /// [`StorageError::NoBucket`]; [`StorageError::Invalid`] when the bucket has the maximum
    /// number.
    pub fn plan_notification(
        &self,
        config: NotificationConfig,
    ) -> Result<NotificationConfig, StorageError> {
        let bucket = self.find_bucket(&config.bucket)?;
        if bucket.notifications.len() >= CONFIGS_LIMIT {
            return Err(StorageError::Invalid(format!(
                "a bucket can have at most {CONFIGS_LIMIT} notification configurations"
            )));
        }
        Ok(NotificationConfig { id: bucket.last_notification + 1, ..config })
    }

    /// The notices that events cause, with new ids, in order. The events must not have been applied
    /// yet.
    pub(crate) fn owed_for(&self, events: &[Event]) -> Vec<(u64, Notice)> {
        let notices = events.iter().flat_map(|event| self.notices(event));
        (self.last_notice + 1..).zip(notices).collect()
    }

    /// The notices that a crash kept from being published, in order.
    pub(crate) fn owed(&self) -> Vec<(u64, Notice)> {
        self.owed.iter().map(|(id, notice)| (*id, notice.clone())).collect()
    }

    /// The notices that an event causes. The event must not have been applied yet.
    pub(crate) fn notices(&self, event: &Event) -> Vec<Notice> {
        let listeners = |bucket: &String| {
            self.buckets.get(bucket).filter(|bucket| !bucket.notifications.is_empty())
        };
        match event {
            Event::ObjectWritten { object, .. } => {
                listeners(&object.bucket).map(|bucket| written(bucket, object)).unwrap_or_default()
            }
            Event::ObjectChanged(object) => listeners(&object.bucket)
                .map(|bucket| notices(bucket, EventType::ObjectMetadataUpdate, object, None, None))
                .unwrap_or_default(),
            Event::ObjectArchived { bucket, object, at } => listeners(bucket)
                .and_then(|bucket| Some((bucket, bucket.objects.live().get(object)?)))
                .map(|(bucket, former)| {
                    let former = ObjectRecord { noncurrent_at: Some(*at), ..former.clone() };
                    notices(bucket, EventType::ObjectArchive, &former, None, None)
                })
                .unwrap_or_default(),
            Event::ObjectDeleted { bucket, object, generation } => listeners(bucket)
                .and_then(|bucket| Some((bucket, bucket.objects.find(object, *generation)?)))
                .map(|(bucket, gone)| notices(bucket, EventType::ObjectDelete, gone, None, None))
                .unwrap_or_default(),
            Event::BucketCreated(_)
            | Event::BucketChanged(_)
            | Event::PolicySet { .. }
            | Event::BucketDeleted { .. }
            | Event::NoncurrentKept(_)
            | Event::UploadStarted(_)
            | Event::UploadEnded { .. }
            | Event::PartsStarted(_)
            | Event::PartPut { .. }
            | Event::PartsEnded { .. }
            | Event::GenerationsUsed(_)
            | Event::NotificationCreated(_)
            | Event::NotificationDeleted { .. }
            | Event::KeyPut(_)
            | Event::NoticeOwed { .. }
            | Event::NoticesPublished { .. }
            | Event::Reset(_) => Vec::new(),
        }
    }
}

fn written(bucket: &Bucket, object: &ObjectRecord) -> Vec<Notice> {
    let former = bucket.objects.live().get(&object.name);
    let overwrote = former.map(|former| former.generation);
    let mut said = notices(bucket, EventType::ObjectFinalize, object, None, overwrote);
    if let Some(former) = former {
        let versioning = bucket.record.attributes.versioning;
        let event_type =
            if versioning { EventType::ObjectArchive } else { EventType::ObjectDelete };
        let former = ObjectRecord { noncurrent_at: Some(object.created_at), ..former.clone() };
        said.extend(notices(bucket, event_type, &former, Some(object.generation), None));
    }
    said
}

fn notices(
    bucket: &Bucket,
    event_type: EventType,
    object: &ObjectRecord,
    overwritten_by: Option<i64>,
    overwrote: Option<i64>,
) -> Vec<Notice> {
    let wanting = bucket.notifications.values().filter(|config| config.wants(event_type, object));
    let notice = |config: &NotificationConfig| Notice {
        config: config.clone(),
        event_type,
        object: object.clone(),
        overwritten_by,
        overwrote,
    };
    wanting.map(notice).collect()
}
