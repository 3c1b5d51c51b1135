//! The state machine: buckets, the generations of each object, resumable uploads, notification
//! configurations and HMAC keys.
//!
//! A `plan_…` method decides what a call would do and returns the result. The state changes only
//! when an event is applied; there is no state outside of events.

mod buckets;
mod digest;
mod keys;
mod listing;
mod names;
mod notices;
mod objects;
mod parts;
mod precondition;
mod record;
mod reset;
mod rules;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::{Duration, OffsetDateTime};

use super::StorageError;
use longshore_local_kit::durable;
use longshore_local_kit::projects::LocalProject;
use longshore_local_kit::state::Scope;

pub use digest::{Digest, ExpectedChecksums};
pub use keys::{HmacKey, KeyState};
pub use listing::{ListQuery, Page};
pub use notices::{EventType, Notice, NotificationConfig};
pub(super) use objects::Generations;
#[cfg(test)]
pub(super) use parts::PARTS_LIFETIME;
pub use parts::{Part, PartsUpload};
pub use precondition::{Preconditions, Verdict, Version};
pub use record::{
    BucketAttributes, BucketRecord, ObjectAttributes, ObjectRecord, ObjectReference, UploadRecord,
    WriteRequest,
};
pub(super) use rules::{check_location, has_conditions, location_type};

/// A resumable upload expires after this time, as at Google.
const UPLOAD_LIFETIME: Duration = Duration::days(7);

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    BucketCreated(BucketRecord),
    BucketChanged(BucketRecord),
    PolicySet {
        bucket: String,
        /// Without its etag.
        policy: Value,
        /// From 1.
        version: u64,
    },
    BucketDeleted {
        bucket: String,
    },
    /// An object has a new generation. The previous one is gone or, in a bucket with versioning,
    /// noncurrent.
    ObjectWritten {
        object: ObjectRecord,
        /// The resumable or multipart upload that it completes.
        upload: Option<String>,
    },
    ObjectChanged(ObjectRecord),
    /// The live generation became noncurrent, and nothing replaced it.
    ObjectArchived {
        bucket: String,
        object: String,
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
    },
    /// A generation was deleted for good.
    ObjectDeleted {
        bucket: String,
        object: String,
        /// 0: the live generation.
        #[serde(default)]
        generation: i64,
    },
    /// In a snapshot: a noncurrent generation.
    NoncurrentKept(ObjectRecord),
    /// A resumable upload started or, in a snapshot, exists.
    UploadStarted(Box<UploadRecord>),
    /// A resumable upload was cancelled, failed permanently, or expired.
    UploadEnded {
        upload: String,
    },
    /// A multipart upload started or, in a snapshot, exists.
    PartsStarted(Box<PartsUpload>),
    /// A part of a multipart upload arrived, perhaps in place of another one.
    PartPut {
        upload: String,
        part: Part,
    },
    /// A multipart upload was cancelled, or expired.
    PartsEnded {
        upload: String,
    },
    /// Generations up to this one were used, although their objects may be gone.
    GenerationsUsed(i64),
    NotificationCreated(NotificationConfig),
    NotificationDeleted {
        bucket: String,
        id: u64,
    },
    /// An HMAC key was created, or its state changed.
    KeyPut(HmacKey),
    /// A notice must be published. Recorded together with what it is about.
    NoticeOwed {
        id: u64,
        notice: Box<Notice>,
    },
    /// Notices were published.
    NoticesPublished {
        ids: Vec<u64>,
    },
    /// Everything in a scope was removed.
    Reset(Scope),
}

#[derive(Clone, Debug, Default)]
pub struct Core {
    local_project: LocalProject,
    buckets: BTreeMap<String, Bucket>,
    uploads: BTreeMap<String, UploadRecord>,
    /// Multipart uploads.
    parts: BTreeMap<String, PartsUpload>,
    keys: BTreeMap<String, HmacKey>,
    last_generation: i64,
    /// Notices that are not published yet, by id.
    owed: BTreeMap<u64, Notice>,
    last_notice: u64,
}

#[derive(Clone, Debug)]
struct Bucket {
    record: BucketRecord,
    policy: Option<(Value, u64)>,
    notifications: BTreeMap<u64, NotificationConfig>,
    /// Ids are not reused.
    last_notification: u64,
    objects: Generations,
}

impl Core {
    /// An empty storage. `project_number` is the number of `project`; the numbers of other projects
    /// are derived from their ids.
    #[must_use]
    pub fn new(project: &str, project_number: u64) -> Self {
        Self {
            local_project: LocalProject { id: project.to_owned(), number: project_number },
            ..Self::default()
        }
    }

    /// The number of a project that is named by id or number, with or without `projects/`.
    ///
    /// # Errors
    /// [`StorageError::Invalid`] when no project is named.
    pub fn project_number(&self, project: &str) -> Result<u64, StorageError> {
        names::project_number(&self.local_project, project)
    }

    /// Whether a bucket is in a project; `None` if there is no such bucket.
    #[must_use]
    pub fn is_of_project(&self, bucket: &str, project: &str) -> Option<bool> {
        let bucket = self.buckets.get(bucket)?;
        Some(
            self.project_number(project).is_ok_and(|number| bucket.record.project_number == number),
        )
    }

    /// A resumable upload that is neither cancelled nor expired.
    ///
    /// # Errors
    /// [`StorageError::NoUpload`].
    pub fn upload(&self, id: &str, now: OffsetDateTime) -> Result<&UploadRecord, StorageError> {
        let upload =
            self.uploads.get(id).filter(|upload| now < upload.started_at + UPLOAD_LIFETIME);
        upload.ok_or_else(|| StorageError::NoUpload(id.to_owned()))
    }

    pub(super) fn expired_uploads(&self, now: OffsetDateTime) -> Vec<String> {
        let expired =
            self.uploads.values().filter(|upload| now >= upload.started_at + UPLOAD_LIFETIME);
        expired.map(|upload| upload.id.clone()).collect()
    }

    /// Uploads that are not complete.
    pub(super) fn open_uploads(&self) -> impl Iterator<Item = &str> {
        self.uploads
            .values()
            .filter(|upload| upload.finished.is_none())
            .map(|upload| upload.id.as_str())
    }

    fn find_bucket(&self, name: &str) -> Result<&Bucket, StorageError> {
        self.buckets.get(name).ok_or_else(|| StorageError::NoBucket(name.to_owned()))
    }

    fn put_object(&mut self, object: ObjectRecord, upload: Option<String>) {
        self.last_generation = self.last_generation.max(object.generation);
        if let Some(id) = upload {
            self.parts.remove(&id);
            if let Some(upload) = self.uploads.get_mut(&id) {
                upload.finished = Some(object.clone());
            }
        }
        // A bucket is missing only if its event was lost to a damaged journal. Its objects are not.
        let bucket = self.buckets.entry(object.bucket.clone()).or_insert_with(|| {
            Bucket::new(BucketRecord {
                name: object.bucket.clone(),
                project_number: self.local_project.number,
                attributes: BucketAttributes::default(),
                metageneration: 1,
                created_at: object.created_at,
                changed_at: None,
            })
        });
        let versioning = bucket.record.attributes.versioning;
        bucket.objects.put(object, versioning);
    }

    fn with_bucket(&mut self, name: &str, change: impl FnOnce(&mut Bucket)) {
        if let Some(bucket) = self.buckets.get_mut(name) {
            change(bucket);
        }
    }
}

impl Bucket {
    fn new(record: BucketRecord) -> Self {
        Self {
            record,
            policy: None,
            notifications: BTreeMap::new(),
            last_notification: 0,
            objects: Generations::default(),
        }
    }

    fn notify(&mut self, config: NotificationConfig) {
        self.last_notification = self.last_notification.max(config.id);
        self.notifications.insert(config.id, config);
    }

    fn snapshot(&self, events: &mut Vec<Event>) {
        let bucket = self.record.name.clone();
        events.push(Event::BucketCreated(self.record.clone()));
        if let Some((policy, version)) = self.policy.clone() {
            events.push(Event::PolicySet { bucket: bucket.clone(), policy, version });
        }
        events.extend(self.notifications.values().cloned().map(Event::NotificationCreated));
        events.extend(self.objects.noncurrent().cloned().map(Event::NoncurrentKept));
        events.extend(
            self.objects
                .live()
                .values()
                .map(|object| Event::ObjectWritten { object: object.clone(), upload: None }),
        );
    }
}

/// Google's times have microseconds, and its Python tools reject nanoseconds.
fn to_microseconds(time: OffsetDateTime) -> OffsetDateTime {
    time.replace_nanosecond(time.nanosecond() / 1000 * 1000).unwrap_or(time)
}

fn read_verdict(verdict: Verdict) -> Result<(), StorageError> {
    match verdict {
        Verdict::Holds => Ok(()),
        Verdict::Unchanged => Err(StorageError::NotModified),
        Verdict::Fails => Err(StorageError::Precondition),
    }
}

fn write_verdict(verdict: Verdict) -> Result<(), StorageError> {
    read_verdict(verdict).map_err(for_a_write)
}

/// "Not modified" is a result for readers; for a writer it is a failed precondition.
fn for_a_write(error: StorageError) -> StorageError {
    if matches!(error, StorageError::NotModified) { StorageError::Precondition } else { error }
}

impl durable::Core for Core {
    type Event = Event;

    fn apply(&mut self, event: Event) {
        match event {
            Event::BucketCreated(record) => {
                self.buckets.insert(record.name.clone(), Bucket::new(record));
            }
            Event::BucketChanged(record) => {
                self.with_bucket(&record.name.clone(), |bucket| bucket.record = record)
            }
            Event::PolicySet { bucket, policy, version } => {
                self.with_bucket(&bucket, |bucket| bucket.policy = Some((policy, version)));
            }
            Event::BucketDeleted { bucket } => {
                self.buckets.remove(&bucket);
            }
            Event::ObjectWritten { object, upload } => self.put_object(object, upload),
            Event::ObjectChanged(object) => {
                self.with_bucket(&object.bucket.clone(), |bucket| bucket.objects.change(object))
            }
            Event::ObjectArchived { bucket, object, at } => {
                self.with_bucket(&bucket, |bucket| bucket.objects.archive(&object, at));
            }
            Event::ObjectDeleted { bucket, object, generation } => {
                self.with_bucket(&bucket, |bucket| bucket.objects.delete(&object, generation));
            }
            Event::NoncurrentKept(object) => {
                self.with_bucket(&object.bucket.clone(), |bucket| bucket.objects.keep(object))
            }
            Event::UploadStarted(upload) => {
                self.uploads.insert(upload.id.clone(), *upload);
            }
            Event::UploadEnded { upload } => {
                self.uploads.remove(&upload);
            }
            Event::PartsStarted(upload) => {
                self.parts.insert(upload.id.clone(), *upload);
            }
            Event::PartPut { upload, part } => self.put_part(&upload, part),
            Event::PartsEnded { upload } => {
                self.parts.remove(&upload);
            }
            Event::GenerationsUsed(generation) => {
                self.last_generation = self.last_generation.max(generation)
            }
            Event::NotificationCreated(config) => {
                self.with_bucket(&config.bucket.clone(), |bucket| bucket.notify(config))
            }
            Event::NotificationDeleted { bucket, id } => {
                self.with_bucket(&bucket, |bucket| drop(bucket.notifications.remove(&id)));
            }
            Event::KeyPut(key) => {
                self.keys.insert(key.access_id.clone(), key);
            }
            Event::NoticeOwed { id, notice } => {
                self.last_notice = self.last_notice.max(id);
                self.owed.insert(id, *notice);
            }
            Event::Reset(scope) => self.reset(&scope),
            Event::NoticesPublished { ids } => ids.iter().for_each(|id| drop(self.owed.remove(id))),
        }
    }

    fn snapshot(&self) -> Vec<Event> {
        let mut events = vec![Event::GenerationsUsed(self.last_generation)];
        self.buckets.values().for_each(|bucket| bucket.snapshot(&mut events));
        events.extend(self.uploads.values().cloned().map(Box::new).map(Event::UploadStarted));
        events.extend(self.parts.values().cloned().map(Box::new).map(Event::PartsStarted));
        events.extend(self.keys.values().cloned().map(Event::KeyPut));
        events.extend(
            self.owed.iter().map(|(id, notice)| Event::NoticeOwed {
                id: *id,
                notice: Box::new(notice.clone()),
            }),
        );
        events
    }
}

#[cfg(test)]
mod tests;
