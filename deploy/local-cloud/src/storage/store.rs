//! The core with its journal and its contents, behind one lock: every call is atomic, and calls are linear.
//!
//! Contents are received outside the lock. Inside it a write decides, renames, journals and applies; what it replaced is removed
//! afterwards. Each step may be the last before a kill -9: a content without an event is swept away at the next start, and an
//! event is never without its content.

use std::io;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use time::OffsetDateTime;

use super::core::{Core, Event};
use super::{
    BucketAttributes, BucketRecord, Contents, Files, ListQuery, Memory, ObjectRecord, Page, Preconditions, Staged, StorageError,
    UploadRecord, WriteRequest, listing,
};
use crate::durable::Durable;

/// Cloud Storage without a protocol. Every method is synchronous and takes the present time.
pub struct Store<C: Contents> {
    state: Mutex<Durable<Core>>,
    contents: C,
}

impl Store<Files> {
    /// Opens the store in a directory, and removes contents that no object has.
    ///
    /// # Errors
    /// When the directory or the journal cannot be read or written. Starting again does not help.
    pub fn open(dir: &Path, core: Core) -> io::Result<Self> {
        let contents = Files::open(dir)?;
        let state = Durable::open(&dir.join("storage.journal"), core)?;
        let generations = state.core().buckets().filter_map(|bucket| state.core().objects(&bucket.name).ok());
        let generations = generations.flat_map(|objects| objects.values().map(|object| object.generation)).collect();
        let uploads = state.core().open_uploads().map(str::to_owned).collect();
        contents.sweep(&generations, &uploads)?;
        Ok(Self { state: Mutex::new(state), contents })
    }
}

impl Store<Memory> {
    /// A store that nothing survives, for simulations.
    #[must_use]
    pub fn in_memory(core: Core) -> Self {
        Self { state: Mutex::new(Durable::in_memory(core)), contents: Memory::default() }
    }

    /// Writes a whole content at once.
    ///
    /// # Errors
    /// As for [`Store::write`].
    pub fn put(&self, request: &WriteRequest, content: &[u8], now: OffsetDateTime) -> Result<ObjectRecord, StorageError> {
        let mut staged = self.contents.stage().map_err(StorageError::Content)?;
        staged.append(content).map_err(StorageError::Content)?;
        self.write(request, staged, now)
    }
}

/// Buckets.
impl<C: Contents> Store<C> {
    /// Makes a bucket.
    ///
    /// # Errors
    /// [`StorageError::Invalid`], [`StorageError::BucketExists`], [`StorageError::Journal`].
    pub fn create_bucket(
        &self,
        name: &str,
        project: &str,
        attributes: BucketAttributes,
        now: OffsetDateTime,
    ) -> Result<BucketRecord, StorageError> {
        let mut state = self.lock();
        let record = state.core().plan_bucket(name, project, attributes, now)?;
        commit(&mut state, Event::BucketCreated(record.clone()))?;
        Ok(record)
    }

    /// Makes the bucket when it is missing.
    ///
    /// # Errors
    /// [`StorageError::ForeignBucket`] when another project has it; otherwise as for [`Store::create_bucket`].
    pub fn ensure_bucket(
        &self,
        name: &str,
        project: &str,
        attributes: BucketAttributes,
        now: OffsetDateTime,
    ) -> Result<BucketRecord, StorageError> {
        let mut state = self.lock();
        let wanted = state.core().project_number(project)?;
        match state.core().bucket(name, &Preconditions::default()) {
            Ok(record) if record.project_number == wanted => return Ok(record.clone()),
            Ok(record) => return Err(StorageError::ForeignBucket { bucket: name.to_owned(), owner: record.project_number }),
            Err(_) => {}
        }
        let record = state.core().plan_bucket(name, project, attributes, now)?;
        commit(&mut state, Event::BucketCreated(record.clone()))?;
        Ok(record)
    }

    /// A bucket.
    ///
    /// # Errors
    /// [`StorageError::NoBucket`], [`StorageError::Precondition`], [`StorageError::NotModified`].
    pub fn bucket(&self, name: &str, preconditions: &Preconditions) -> Result<BucketRecord, StorageError> {
        self.lock().core().bucket(name, preconditions).cloned()
    }

    /// A page of a project's buckets. Of the query only prefix, page size and token count.
    ///
    /// # Errors
    /// [`StorageError::Invalid`].
    pub fn list_buckets(&self, project: &str, query: &ListQuery) -> Result<Page<BucketRecord>, StorageError> {
        let state = self.lock();
        listing::buckets(state.core().buckets(), state.core().project_number(project)?, query)
    }

    /// Deletes an empty bucket.
    ///
    /// # Errors
    /// [`StorageError::NoBucket`], [`StorageError::BucketNotEmpty`], [`StorageError::Precondition`],
    /// [`StorageError::Journal`].
    pub fn delete_bucket(&self, name: &str, preconditions: &Preconditions) -> Result<(), StorageError> {
        let mut state = self.lock();
        state.core().plan_delete_bucket(name, preconditions)?;
        commit(&mut state, Event::BucketDeleted { bucket: name.to_owned() })
    }
}

/// Objects.
impl<C: Contents> Store<C> {
    /// A new content, to be filled and then written. Dropping it removes it.
    ///
    /// # Errors
    /// [`StorageError::Content`].
    pub fn stage(&self) -> Result<C::Staged, StorageError> {
        self.contents.stage().map_err(StorageError::Content)
    }

    /// Makes the object's next generation from a complete content. When it returns, the object survives the process.
    ///
    /// # Errors
    /// [`StorageError::Invalid`], [`StorageError::NoBucket`], [`StorageError::Precondition`],
    /// [`StorageError::Checksum`]; [`StorageError::Content`] or [`StorageError::Journal`]. Nothing is stored then.
    pub fn write(&self, request: &WriteRequest, staged: C::Staged, now: OffsetDateTime) -> Result<ObjectRecord, StorageError> {
        self.complete(request, staged, None, now)
    }

    /// An object without its content; generation 0 is the newest.
    ///
    /// # Errors
    /// [`StorageError::NoBucket`], [`StorageError::NoObject`], [`StorageError::Precondition`],
    /// [`StorageError::NotModified`].
    pub fn object(
        &self,
        bucket: &str,
        name: &str,
        generation: i64,
        preconditions: &Preconditions,
    ) -> Result<ObjectRecord, StorageError> {
        self.lock().core().object(bucket, name, generation, preconditions).cloned()
    }

    /// An object with its content, which stays readable whatever happens to the object.
    ///
    /// # Errors
    /// As for [`Store::object`], and [`StorageError::Content`].
    pub fn read(
        &self,
        bucket: &str,
        name: &str,
        generation: i64,
        preconditions: &Preconditions,
    ) -> Result<(ObjectRecord, C::Content), StorageError> {
        let state = self.lock();
        let object = state.core().object(bucket, name, generation, preconditions)?;
        // Under the lock, because a replaced content is removed once the lock is free.
        let content = self.contents.open(object.generation).map_err(StorageError::Content)?;
        Ok((object.clone(), content))
    }

    /// A page of a bucket's objects.
    ///
    /// # Errors
    /// [`StorageError::NoBucket`], [`StorageError::Invalid`].
    pub fn list(&self, bucket: &str, query: &ListQuery) -> Result<Page<ObjectRecord>, StorageError> {
        listing::objects(self.lock().core().objects(bucket)?, query)
    }

    /// Deletes an object; generation 0 is the newest.
    ///
    /// # Errors
    /// [`StorageError::NoBucket`], [`StorageError::NoObject`], [`StorageError::Precondition`],
    /// [`StorageError::Journal`].
    pub fn delete(&self, bucket: &str, name: &str, generation: i64, preconditions: &Preconditions) -> Result<(), StorageError> {
        let mut state = self.lock();
        let generation = state.core().plan_delete(bucket, name, generation, preconditions)?.generation;
        commit(&mut state, Event::ObjectDeleted { bucket: bucket.to_owned(), object: name.to_owned() })?;
        drop(state);
        self.discard(generation);
        Ok(())
    }

    pub(super) fn contents(&self) -> &C {
        &self.contents
    }
}

/// Resumable uploads. They survive the process: the request in the journal, the content so far in a file of its own.
impl<C: Contents> Store<C> {
    /// Starts an upload under an id that must be new and hard to guess. Ends those that are too old, and returns their ids.
    ///
    /// # Errors
    /// [`StorageError::Invalid`], [`StorageError::NoBucket`], [`StorageError::Precondition`],
    /// [`StorageError::Journal`].
    pub fn start_upload(&self, id: &str, request: WriteRequest, now: OffsetDateTime) -> Result<Vec<String>, StorageError> {
        let mut state = self.lock();
        state.core().check_write(&request)?;
        let expired = state.core().expired_uploads(now);
        let mut events: Vec<Event> = expired.iter().map(|upload| Event::UploadEnded { upload: upload.clone() }).collect();
        let upload = UploadRecord { id: id.to_owned(), request, started_at: now, finished: None };
        events.push(Event::UploadStarted(Box::new(upload)));
        state.commit(events).map_err(StorageError::Journal)?;
        drop(state);
        expired.iter().for_each(|upload| self.abandon(upload));
        Ok(expired)
    }

    /// An upload, finished or not.
    ///
    /// # Errors
    /// [`StorageError::NoUpload`].
    pub fn upload(&self, id: &str, now: OffsetDateTime) -> Result<UploadRecord, StorageError> {
        self.lock().core().upload(id, now).cloned()
    }

    /// What an upload has received. One caller at a time may hold it.
    ///
    /// # Errors
    /// [`StorageError::Content`].
    pub fn resume_upload(&self, id: &str) -> Result<C::Staged, StorageError> {
        self.contents.resume(id).map_err(StorageError::Content)
    }

    /// Makes the object from an upload's complete content. Asked again, it gives the same object.
    ///
    /// # Errors
    /// As for [`Store::write`], and [`StorageError::NoUpload`]. What does not pass when asked again ends the upload.
    pub fn finish_upload(
        &self,
        upload: &UploadRecord,
        staged: C::Staged,
        now: OffsetDateTime,
    ) -> Result<ObjectRecord, StorageError> {
        match self.complete(&upload.request, staged, Some(&upload.id), now) {
            Err(error @ (StorageError::Content(_) | StorageError::Journal(_))) => Err(error),
            Err(error) => {
                self.end_upload(&upload.id)?;
                Err(error)
            }
            Ok(object) => Ok(object),
        }
    }

    /// Ends an upload and forgets what it received. One that is not there is fine.
    ///
    /// # Errors
    /// [`StorageError::Journal`].
    pub fn end_upload(&self, id: &str) -> Result<(), StorageError> {
        commit(&mut self.lock(), Event::UploadEnded { upload: id.to_owned() })?;
        self.abandon(id);
        Ok(())
    }
}

impl<C: Contents> Store<C> {
    fn complete(
        &self,
        request: &WriteRequest,
        staged: C::Staged,
        upload: Option<&str>,
        now: OffsetDateTime,
    ) -> Result<ObjectRecord, StorageError> {
        let digest = staged.digest();
        let mut state = self.lock();
        if let Some(id) = upload
            && let Some(object) = &state.core().upload(id, now)?.finished
        {
            return Ok(object.clone());
        }
        let object = state.core().plan_write(request, digest, now)?;
        let replaced = state.core().objects(&request.bucket)?.get(&request.object).map(|object| object.generation);
        self.contents.keep(staged, object.generation).map_err(StorageError::Content)?;
        let event = Event::ObjectWritten { object: object.clone(), upload: upload.map(str::to_owned) };
        let committed = commit(&mut state, event);
        drop(state);
        let superfluous = if committed.is_ok() { replaced } else { Some(object.generation) };
        superfluous.into_iter().for_each(|generation| self.discard(generation));
        committed.map(|()| object)
    }

    /// Nothing refers to the content any more, so a failure costs disk space until the next start, and nothing else.
    fn discard(&self, generation: i64) {
        if let Err(error) = self.contents.remove(generation) {
            tracing::warn!(generation, %error, "cannot remove a content");
        }
    }

    fn abandon(&self, upload: &str) {
        if let Err(error) = self.contents.abandon(upload) {
            tracing::warn!(upload, %error, "cannot remove an upload's content");
        }
    }

    fn lock(&self) -> MutexGuard<'_, Durable<Core>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn commit(state: &mut Durable<Core>, event: Event) -> Result<(), StorageError> {
    state.commit(vec![event]).map_err(StorageError::Journal)
}

#[cfg(test)]
mod tests;
