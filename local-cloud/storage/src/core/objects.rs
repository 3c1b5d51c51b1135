//! Objects and their generations.

use std::collections::BTreeMap;
use std::ops::Bound;

use time::OffsetDateTime;

use super::names::check_object;
use super::rules;
use super::{Core, Event, for_a_write, read_verdict, to_microseconds, write_verdict};
use crate::{
    Digest, ObjectAttributes, ObjectRecord, ObjectReference, PartsUpload, Preconditions,
    StorageError, WriteRequest,
};

/// The objects of a bucket: the live generation of each, and the noncurrent ones that versioning
/// keeps.
#[derive(Clone, Debug, Default)]
pub(crate) struct Generations {
    live: BTreeMap<String, ObjectRecord>,
    noncurrent: BTreeMap<String, BTreeMap<i64, ObjectRecord>>,
}

impl Generations {
    /// The live generations, by name.
    pub(crate) fn live(&self) -> &BTreeMap<String, ObjectRecord> {
        &self.live
    }

    /// The noncurrent generations, by name and generation.
    pub(crate) fn noncurrent(&self) -> impl Iterator<Item = &ObjectRecord> {
        self.noncurrent.values().flat_map(BTreeMap::values)
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &ObjectRecord> {
        self.live.values().chain(self.noncurrent())
    }

    /// The noncurrent generations of one name.
    pub(crate) fn noncurrent_of(&self, name: &str) -> impl Iterator<Item = &ObjectRecord> {
        self.noncurrent.get(name).into_iter().flat_map(BTreeMap::values)
    }

    /// The first name, from `from` on, that has a noncurrent generation.
    pub(crate) fn first_noncurrent_name(&self, from: &str) -> Option<&str> {
        self.noncurrent
            .range::<str, _>((Bound::Included(from), Bound::Unbounded))
            .next()
            .map(|(name, _)| name.as_str())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.live.is_empty() && self.noncurrent.is_empty()
    }

    pub(super) fn find(&self, name: &str, generation: i64) -> Option<&ObjectRecord> {
        let live =
            self.live.get(name).filter(|object| generation == 0 || object.generation == generation);
        live.or_else(|| self.noncurrent.get(name)?.get(&generation))
    }

    pub(crate) fn put(&mut self, object: ObjectRecord, versioning: bool) {
        let at = object.created_at;
        let former = self.live.insert(object.name.clone(), object);
        if let Some(former) = former.filter(|_| versioning) {
            self.keep(ObjectRecord { noncurrent_at: Some(at), ..former });
        }
    }

    pub(super) fn keep(&mut self, object: ObjectRecord) {
        self.noncurrent.entry(object.name.clone()).or_default().insert(object.generation, object);
    }

    pub(crate) fn archive(&mut self, name: &str, at: OffsetDateTime) {
        if let Some(former) = self.live.remove(name) {
            self.keep(ObjectRecord { noncurrent_at: Some(at), ..former });
        }
    }

    pub(super) fn change(&mut self, object: ObjectRecord) {
        let live =
            self.live.get_mut(&object.name).filter(|live| live.generation == object.generation);
        match live {
            Some(live) => *live = object,
            None => self.keep(object),
        }
    }

    pub(super) fn delete(&mut self, name: &str, generation: i64) {
        if self.live.get(name).is_some_and(|live| generation == 0 || live.generation == generation)
        {
            self.live.remove(name);
        } else if let Some(kept) = self.noncurrent.get_mut(name) {
            kept.remove(&generation);
            if kept.is_empty() {
                self.noncurrent.remove(name);
            }
        }
    }
}

impl Core {
    /// # Errors
    /// [`StorageError::NoBucket`].
    pub(crate) fn objects(&self, bucket: &str) -> Result<&Generations, StorageError> {
        Ok(&self.find_bucket(bucket)?.objects)
    }

    /// The generations that have content, and the places of parts.
    pub(crate) fn kept(&self) -> impl Iterator<Item = i64> {
        let objects = self.all_objects().flat_map(Generations::all);
        let parts = self.parts_uploads().flat_map(PartsUpload::places);
        objects.map(|object| object.generation).chain(parts)
    }

    /// A generation of an object; 0 is the live one.
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
        let missing =
            || StorageError::NoObject { bucket: bucket.to_owned(), object: name.to_owned() };
        let object = self.objects(bucket)?.find(name, generation).ok_or_else(missing)?;
        read_verdict(preconditions.judge(Some(object.version())))?;
        Ok(object)
    }

    /// A generation that another object is created from.
    ///
    /// # Errors
    /// As for [`Core::object`], but [`StorageError::Precondition`] instead of
    /// [`StorageError::NotModified`].
    pub fn source(&self, source: &ObjectReference) -> Result<&ObjectRecord, StorageError> {
        self.object(&source.bucket, &source.object, source.generation, &source.preconditions)
            .map_err(for_a_write)
    }

    /// Checks everything about a write but its content: bucket, name, preconditions and holds.
    ///
    /// # Errors
    /// [`StorageError::Invalid`], [`StorageError::NoBucket`], [`StorageError::Precondition`],
    /// [`StorageError::Held`].
    pub fn check_write(&self, request: &WriteRequest) -> Result<(), StorageError> {
        check_object(&request.object)?;
        let live = self.objects(&request.bucket)?.live().get(&request.object);
        write_verdict(request.preconditions.judge(live.map(ObjectRecord::version)))?;
        live.map_or(Ok(()), refuse_held)
    }

    /// The object that a complete write would create.
    ///
    /// # Errors
    /// As for [`Core::check_write`], and [`StorageError::Checksum`].
    pub fn plan_write(
        &self,
        request: &WriteRequest,
        digest: Digest,
        now: OffsetDateTime,
    ) -> Result<ObjectRecord, StorageError> {
        request.expected.check(&digest)?;
        rules::check_storage_class(&request.attributes.storage_class)?;
        self.check_write(request)?;
        let now = to_microseconds(now);
        let microseconds = i64::try_from(now.unix_timestamp_nanos() / 1000).unwrap_or(i64::MAX);
        let bucket = &self.find_bucket(&request.bucket)?.record.attributes;
        let mut attributes = request.attributes.clone();
        if bucket.default_event_based_hold {
            attributes.event_based_hold = Some(true);
        }
        if attributes.storage_class.is_empty() {
            attributes.storage_class.clone_from(&bucket.storage_class);
        }
        Ok(ObjectRecord {
            bucket: request.bucket.clone(),
            name: request.object.clone(),
            generation: microseconds.max(self.last_generation + 1),
            metageneration: 1,
            digest,
            attributes,
            created_at: now,
            changed_at: None,
            noncurrent_at: None,
            components: None,
            kms_key_version: String::new(),
        })
    }

    /// The generation with other attributes.
    ///
    /// # Errors
    /// As for [`Core::source`], and those of `change`.
    pub fn plan_change(
        &self,
        target: &ObjectReference,
        change: impl FnOnce(&ObjectRecord) -> Result<ObjectAttributes, StorageError>,
        now: OffsetDateTime,
    ) -> Result<ObjectRecord, StorageError> {
        let record = self.source(target)?;
        let attributes = change(record)?;
        if attributes.custom_time < record.attributes.custom_time {
            return Err(StorageError::Invalid(
                "customTime cannot be removed or set to an earlier time".to_owned(),
            ));
        }
        let (metageneration, changed_at) = (record.metageneration + 1, Some(to_microseconds(now)));
        Ok(ObjectRecord { attributes, metageneration, changed_at, ..record.clone() })
    }

    /// The event of a deletion. Without a generation (0), a bucket with versioning keeps the live
    /// one as noncurrent.
    ///
    /// # Errors
    /// [`StorageError::NoBucket`], [`StorageError::NoObject`], [`StorageError::Precondition`],
    /// [`StorageError::Held`].
    pub fn plan_delete(
        &self,
        target: &ObjectReference,
        now: OffsetDateTime,
    ) -> Result<Event, StorageError> {
        let record = self.source(target)?;
        refuse_held(record)?;
        let (bucket, object) = (record.bucket.clone(), record.name.clone());
        if target.generation == 0 && self.find_bucket(&bucket)?.record.attributes.versioning {
            return Ok(Event::ObjectArchived { bucket, object, at: to_microseconds(now) });
        }
        Ok(Event::ObjectDeleted { bucket, object, generation: record.generation })
    }

    /// The generation that an event removes for good, whose content is garbage afterwards.
    pub(crate) fn removed_by(&self, event: &Event) -> Option<i64> {
        match event {
            Event::ObjectWritten { object, .. } => {
                let bucket = self
                    .buckets
                    .get(&object.bucket)
                    .filter(|bucket| !bucket.record.attributes.versioning)?;
                bucket.objects.live().get(&object.name).map(|former| former.generation)
            }
            Event::ObjectDeleted { bucket, object, generation } => self
                .buckets
                .get(bucket)?
                .objects
                .find(object, *generation)
                .map(|gone| gone.generation),
            Event::BucketCreated(_)
            | Event::BucketChanged(_)
            | Event::PolicySet { .. }
            | Event::BucketDeleted { .. }
            | Event::ObjectChanged(_)
            | Event::ObjectArchived { .. }
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
            // Removes the content on its own.
            | Event::Reset(_) => None,
        }
    }
}

fn refuse_held(object: &ObjectRecord) -> Result<(), StorageError> {
    let ObjectAttributes { temporary_hold, event_based_hold, .. } = &object.attributes;
    let is_held = |hold: &Option<bool>| hold.unwrap_or_default();
    let hold = match (is_held(temporary_hold), is_held(event_based_hold)) {
        (true, _) => "temporary",
        (false, true) => "event-based",
        (false, false) => return Ok(()),
    };
    Err(StorageError::Held { bucket: object.bucket.clone(), object: object.name.clone(), hold })
}

impl ObjectReference {
    /// The live generation, without preconditions.
    #[must_use]
    pub fn live(bucket: &str, object: &str) -> Self {
        Self {
            bucket: bucket.to_owned(),
            object: object.to_owned(),
            generation: 0,
            preconditions: Preconditions::default(),
        }
    }
}
