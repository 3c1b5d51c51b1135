//! Resumable uploads. They survive the process: the request in the journal, the content so far in a
//! file of its own.

use time::OffsetDateTime;

use super::{Service, commit};
use crate::core::Event;
use crate::{Contents, ObjectRecord, StorageError, UploadRecord, WriteRequest};

impl<C: Contents> Service<C> {
    /// Starts an upload under an id that must be new and hard to guess. Ends those that are too
    /// old, and returns their ids.
    ///
    /// # Errors
    /// [`StorageError::Invalid`], [`StorageError::NoBucket`], [`StorageError::Precondition`],
    /// [`StorageError::Journal`].
    pub fn start_upload(
        &self,
        id: &str,
        request: WriteRequest,
        now: OffsetDateTime,
    ) -> Result<Vec<String>, StorageError> {
        let mut state = self.lock();
        state.check_write(&request)?;
        let expired = state.expired_uploads(now);
        let mut events: Vec<Event> =
            expired.iter().map(|upload| Event::UploadEnded { upload: upload.clone() }).collect();
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
        self.lock().upload(id, now).cloned()
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
    /// As for [`Service::write`], and [`StorageError::NoUpload`]. What does not pass when asked again
    /// ends the upload.
    pub fn finish_upload(
        &self,
        upload: &UploadRecord,
        staged: C::Staged,
        now: OffsetDateTime,
    ) -> Result<ObjectRecord, StorageError> {
        match self.complete(&upload.request, staged, Some(&upload.id), None, now) {
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
