//! Writing, reading, listing, changing and deleting objects.

use std::path::PathBuf;

use time::OffsetDateTime;

use super::Service;
use crate::core::Event;
use crate::{
    Contents, Files, ListQuery, ObjectAttributes, ObjectRecord, ObjectReference, Page,
    Preconditions, Staged as _, StorageError, WriteRequest,
};

impl Service<Files> {
    /// An object and the file with its content; generation 0 is the live one.
    ///
    /// The file never changes, and is removed when the object is replaced or deleted. A reader
    /// opens it at once, and retries if it is gone.
    ///
    /// # Errors
    /// [`StorageError::NoBucket`], [`StorageError::NoObject`], [`StorageError::Key`].
    pub fn file(
        &self,
        bucket: &str,
        object: &str,
        generation: i64,
    ) -> Result<(ObjectRecord, PathBuf), StorageError> {
        let record = self.object(bucket, object, generation, &Preconditions::default())?;
        self.check_readable(&self.lock(), &record)?;
        let path = self.contents.path(record.generation);
        Ok((record, path))
    }
}

impl<C: Contents> Service<C> {
    /// Creates content to append to and then to write. Dropping it removes it.
    ///
    /// # Errors
    /// [`StorageError::Content`].
    pub fn stage(&self) -> Result<C::Staged, StorageError> {
        self.contents.stage().map_err(StorageError::content)
    }

    /// Creates the object's next generation from complete content. When it returns, the object
    /// survives the process.
    ///
    /// # Errors
    /// [`StorageError::Invalid`], [`StorageError::NoBucket`], [`StorageError::Precondition`],
    /// [`StorageError::Checksum`], [`StorageError::Key`]; [`StorageError::Content`] or
    /// [`StorageError::Journal`]. On failure, nothing is stored.
    pub fn write(
        &self,
        request: &WriteRequest,
        staged: C::Staged,
        now: OffsetDateTime,
    ) -> Result<ObjectRecord, StorageError> {
        self.complete(request, staged, None, None, now)
    }

    /// Writes an object whose content is in memory.
    ///
    /// # Errors
    /// As for [`Service::write`].
    pub fn put(
        &self,
        request: &WriteRequest,
        content: &[u8],
        now: OffsetDateTime,
    ) -> Result<ObjectRecord, StorageError> {
        let mut staged = self.stage()?;
        staged.append(content).map_err(StorageError::content)?;
        self.write(request, staged, now)
    }

    /// An object without its content; generation 0 is the live one.
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
        self.lock().object(bucket, name, generation, preconditions).cloned()
    }

    /// An object with its content, which stays readable even if the object is deleted.
    ///
    /// # Errors
    /// As for [`Service::object`]; [`StorageError::Key`]; [`StorageError::Content`].
    pub fn read(
        &self,
        bucket: &str,
        name: &str,
        generation: i64,
        preconditions: &Preconditions,
    ) -> Result<(ObjectRecord, C::Content), StorageError> {
        let state = self.lock();
        let object = state.object(bucket, name, generation, preconditions)?;
        self.check_readable(&state, object)?;
        // Under the lock, because replaced content is removed as soon as the lock is free.
        let content = self.contents.open(object.generation).map_err(StorageError::content)?;
        Ok((object.clone(), content))
    }

    /// A page of a bucket's objects.
    ///
    /// # Errors
    /// [`StorageError::NoBucket`], [`StorageError::Invalid`].
    pub fn list(
        &self,
        bucket: &str,
        query: &ListQuery,
    ) -> Result<Page<ObjectRecord>, StorageError> {
        self.lock().list(bucket, query)
    }

    /// Changes the attributes of a generation. `change` gets the current state.
    ///
    /// # Errors
    /// [`StorageError::NoBucket`], [`StorageError::NoObject`], [`StorageError::Precondition`],
    /// [`StorageError::Journal`], and those of `change`.
    pub fn change(
        &self,
        target: &ObjectReference,
        change: impl FnOnce(&ObjectRecord) -> Result<ObjectAttributes, StorageError>,
        now: OffsetDateTime,
    ) -> Result<ObjectRecord, StorageError> {
        let state = self.lock();
        let object = state.plan_change(target, change, now)?;
        self.commit(state, vec![Event::ObjectChanged(object.clone())])?;
        Ok(object)
    }

    /// Deletes an object. Without a generation (0), a bucket with versioning keeps the live one as
    /// noncurrent.
    ///
    /// # Errors
    /// [`StorageError::NoBucket`], [`StorageError::NoObject`], [`StorageError::Precondition`],
    /// [`StorageError::Held`], [`StorageError::Journal`].
    pub fn delete(
        &self,
        target: &ObjectReference,
        now: OffsetDateTime,
    ) -> Result<(), StorageError> {
        let state = self.lock();
        let event = state.plan_delete(target, now)?;
        self.commit(state, vec![event])
    }
}
