//! The state machine: buckets, the newest generation of each object, and the uploads under way.
//!
//! A `plan_…` method decides what a call would do and returns what it would make; nothing changes until the event is applied.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

use super::names::{LocalProject, check_bucket, check_object};
use super::{
    BucketAttributes, BucketRecord, Digest, ObjectRecord, Preconditions, StorageError, UploadRecord, Verdict, Version, WriteRequest,
};
use crate::durable;

/// A resumable upload can be resumed this long, as at Google.
const UPLOAD_LIFETIME: Duration = Duration::days(7);

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// A bucket was made.
    BucketCreated(BucketRecord),
    /// An empty bucket was deleted.
    BucketDeleted {
        /// Bucket.
        bucket: String,
    },
    /// An object has a new generation, in place of the former one.
    ObjectWritten {
        /// The new generation.
        object: ObjectRecord,
        /// The resumable upload that ends with it.
        upload: Option<String>,
    },
    /// An object was deleted.
    ObjectDeleted {
        /// Bucket.
        bucket: String,
        /// Object.
        object: String,
    },
    /// A resumable upload started; or, in a snapshot, is there.
    UploadStarted(Box<UploadRecord>),
    /// A resumable upload was cancelled, failed for good, or is too old.
    UploadEnded {
        /// Its id.
        upload: String,
    },
    /// Generations up to this one were used, though their objects may be gone.
    GenerationsUsed(i64),
}

/// The state machine.
#[derive(Clone, Debug, Default)]
pub struct Core {
    local_project: LocalProject,
    buckets: BTreeMap<String, Bucket>,
    uploads: BTreeMap<String, UploadRecord>,
    last_generation: i64,
}

#[derive(Clone, Debug)]
struct Bucket {
    record: BucketRecord,
    objects: BTreeMap<String, ObjectRecord>,
}

impl Core {
    /// No buckets. `project` is the one whose number is given; others get a number from their id.
    #[must_use]
    pub fn new(project: &str, project_number: u64) -> Self {
        Self { local_project: LocalProject { id: project.to_owned(), number: project_number }, ..Self::default() }
    }

    /// Number of a project that is named by id or number, with or without `projects/`.
    ///
    /// # Errors
    /// [`StorageError::Invalid`] when no project is named.
    pub fn project_number(&self, project: &str) -> Result<u64, StorageError> {
        self.local_project.number_of(project)
    }

    /// A bucket.
    ///
    /// # Errors
    /// [`StorageError::NoBucket`]; [`StorageError::Precondition`] or [`StorageError::NotModified`].
    pub fn bucket(&self, name: &str, preconditions: &Preconditions) -> Result<&BucketRecord, StorageError> {
        let record = &self.find_bucket(name)?.record;
        let version = Version { generation: 0, metageneration: record.metageneration };
        read_verdict(preconditions.judge(Some(version)))?;
        Ok(record)
    }

    /// Buckets by name.
    pub(super) fn buckets(&self) -> impl Iterator<Item = &BucketRecord> {
        self.buckets.values().map(|bucket| &bucket.record)
    }

    /// The objects of a bucket, by name.
    ///
    /// # Errors
    /// [`StorageError::NoBucket`].
    pub(super) fn objects(&self, bucket: &str) -> Result<&BTreeMap<String, ObjectRecord>, StorageError> {
        Ok(&self.find_bucket(bucket)?.objects)
    }

    /// An object; generation 0 is the newest, and only the newest of each object is kept.
    ///
    /// # Errors
    /// [`StorageError::NoBucket`], [`StorageError::NoObject`]; [`StorageError::Precondition`] or
    /// [`StorageError::NotModified`].
    pub fn object(
        &self,
        bucket: &str,
        name: &str,
        generation: i64,
        preconditions: &Preconditions,
    ) -> Result<&ObjectRecord, StorageError> {
        let object = self.objects(bucket)?.get(name).filter(|object| generation == 0 || object.generation == generation);
        let missing = || StorageError::NoObject { bucket: bucket.to_owned(), object: name.to_owned() };
        let object = object.ok_or_else(missing)?;
        read_verdict(preconditions.judge(Some(object.version())))?;
        Ok(object)
    }

    /// A resumable upload that has not ended.
    ///
    /// # Errors
    /// [`StorageError::NoUpload`].
    pub fn upload(&self, id: &str, now: OffsetDateTime) -> Result<&UploadRecord, StorageError> {
        let upload = self.uploads.get(id).filter(|upload| now < upload.started_at + UPLOAD_LIFETIME);
        upload.ok_or_else(|| StorageError::NoUpload(id.to_owned()))
    }

    /// Uploads whose time is over.
    pub(super) fn expired_uploads(&self, now: OffsetDateTime) -> Vec<String> {
        let expired = self.uploads.values().filter(|upload| now >= upload.started_at + UPLOAD_LIFETIME);
        expired.map(|upload| upload.id.clone()).collect()
    }

    /// Uploads that still collect content.
    pub(super) fn open_uploads(&self) -> impl Iterator<Item = &str> {
        self.uploads.values().filter(|upload| upload.finished.is_none()).map(|upload| upload.id.as_str())
    }

    /// The bucket that would be made.
    ///
    /// # Errors
    /// [`StorageError::Invalid`] for a bad name or no project; [`StorageError::BucketExists`], whoever owns it.
    pub fn plan_bucket(
        &self,
        name: &str,
        project: &str,
        attributes: BucketAttributes,
        now: OffsetDateTime,
    ) -> Result<BucketRecord, StorageError> {
        check_bucket(name)?;
        let project_number = self.project_number(project)?;
        if self.buckets.contains_key(name) {
            return Err(StorageError::BucketExists(name.to_owned()));
        }
        let or_default = |value: String, default: &str| if value.is_empty() { default.to_owned() } else { value };
        let attributes = BucketAttributes {
            location: or_default(attributes.location.to_uppercase(), "US"),
            storage_class: or_default(attributes.storage_class, "STANDARD"),
            public_access_prevention: or_default(attributes.public_access_prevention, "inherited"),
            ..attributes
        };
        Ok(BucketRecord { name: name.to_owned(), project_number, attributes, metageneration: 1, created_at: to_microseconds(now) })
    }

    /// Whether a bucket may be deleted.
    ///
    /// # Errors
    /// As for [`Core::bucket`], and [`StorageError::BucketNotEmpty`].
    pub fn plan_delete_bucket(&self, name: &str, preconditions: &Preconditions) -> Result<(), StorageError> {
        self.bucket(name, preconditions).map_err(for_a_write)?;
        if self.find_bucket(name)?.objects.is_empty() { Ok(()) } else { Err(StorageError::BucketNotEmpty(name.to_owned())) }
    }

    /// Whether a write could begin: bucket, name and preconditions, without the content.
    ///
    /// # Errors
    /// [`StorageError::Invalid`], [`StorageError::NoBucket`], [`StorageError::Precondition`].
    pub fn check_write(&self, request: &WriteRequest) -> Result<(), StorageError> {
        check_object(&request.object)?;
        let live = self.objects(&request.bucket)?.get(&request.object).map(ObjectRecord::version);
        write_verdict(request.preconditions.judge(live))
    }

    /// The object that a complete write would make.
    ///
    /// # Errors
    /// As for [`Core::check_write`], and [`StorageError::Checksum`].
    pub fn plan_write(&self, request: &WriteRequest, digest: Digest, now: OffsetDateTime) -> Result<ObjectRecord, StorageError> {
        request.expected.check(&digest)?;
        self.check_write(request)?;
        let now = to_microseconds(now);
        let microseconds = i64::try_from(now.unix_timestamp_nanos() / 1000).unwrap_or(i64::MAX);
        Ok(ObjectRecord {
            bucket: request.bucket.clone(),
            name: request.object.clone(),
            generation: microseconds.max(self.last_generation + 1),
            metageneration: 1,
            digest,
            attributes: request.attributes.clone(),
            created_at: now,
        })
    }

    /// The object that would be deleted; generation 0 is the newest.
    ///
    /// # Errors
    /// [`StorageError::NoBucket`], [`StorageError::NoObject`], [`StorageError::Precondition`].
    pub fn plan_delete(
        &self,
        bucket: &str,
        name: &str,
        generation: i64,
        preconditions: &Preconditions,
    ) -> Result<&ObjectRecord, StorageError> {
        self.object(bucket, name, generation, preconditions).map_err(for_a_write)
    }

    fn find_bucket(&self, name: &str) -> Result<&Bucket, StorageError> {
        self.buckets.get(name).ok_or_else(|| StorageError::NoBucket(name.to_owned()))
    }

    fn put_object(&mut self, object: ObjectRecord, upload: Option<String>) {
        self.last_generation = self.last_generation.max(object.generation);
        if let Some(upload) = upload.and_then(|id| self.uploads.get_mut(&id)) {
            upload.finished = Some(object.clone());
        }
        if let Some(bucket) = self.buckets.get_mut(&object.bucket) {
            bucket.objects.insert(object.name.clone(), object);
        }
    }
}

/// Google's times have no nanoseconds, and its Python tools complain about them.
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

/// "Not modified" is an answer for readers; to a writer it is a failed precondition.
fn for_a_write(error: StorageError) -> StorageError {
    if matches!(error, StorageError::NotModified) { StorageError::Precondition } else { error }
}

impl durable::Core for Core {
    type Event = Event;

    fn apply(&mut self, event: Event) {
        match event {
            Event::BucketCreated(record) => {
                self.buckets.insert(record.name.clone(), Bucket { record, objects: BTreeMap::new() });
            }
            Event::BucketDeleted { bucket } => {
                self.buckets.remove(&bucket);
            }
            Event::ObjectWritten { object, upload } => self.put_object(object, upload),
            Event::ObjectDeleted { bucket, object } => {
                if let Some(bucket) = self.buckets.get_mut(&bucket) {
                    bucket.objects.remove(&object);
                }
            }
            Event::UploadStarted(upload) => {
                self.uploads.insert(upload.id.clone(), *upload);
            }
            Event::UploadEnded { upload } => {
                self.uploads.remove(&upload);
            }
            Event::GenerationsUsed(generation) => self.last_generation = self.last_generation.max(generation),
        }
    }

    fn snapshot(&self) -> Vec<Event> {
        let mut events = vec![Event::GenerationsUsed(self.last_generation)];
        for bucket in self.buckets.values() {
            events.push(Event::BucketCreated(bucket.record.clone()));
            let objects = bucket.objects.values().cloned();
            events.extend(objects.map(|object| Event::ObjectWritten { object, upload: None }));
        }
        events.extend(self.uploads.values().cloned().map(Box::new).map(Event::UploadStarted));
        events
    }
}

#[cfg(test)]
mod tests;
