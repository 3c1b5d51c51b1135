//! Resumable uploads. They survive the process: the request is in the journal, and the content so
//! far in a file.

use time::OffsetDateTime;

use super::{Service, commit_one};
use crate::core::Event;
use crate::{Contents, ObjectRecord, StorageError, UploadRecord, WriteRequest};

impl<C: Contents> Service<C> {
    /// Starts an upload under an id that must be new and hard to guess. Ends expired uploads, and
    /// returns their ids.
    ///
    /// # Errors
    /// [`StorageError::Invalid`], [`StorageError::NoBucket`], [`StorageError::Precondition`],
    /// [`StorageError::Key`], [`StorageError::Journal`].
    pub fn start_upload(
        &self,
        id: &str,
        request: WriteRequest,
        now: OffsetDateTime,
    ) -> Result<Vec<String>, StorageError> {
        let mut state = self.lock();
        state.check_write(&request)?;
        self.key_to_write(&state, &request)?;
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

    /// An upload, complete or not.
    ///
    /// # Errors
    /// [`StorageError::NoUpload`].
    pub fn upload(&self, id: &str, now: OffsetDateTime) -> Result<UploadRecord, StorageError> {
        self.lock().upload(id, now).cloned()
    }

    /// Opens what an upload has received. Only one caller at a time may hold it.
    ///
    /// # Errors
    /// [`StorageError::Content`].
    pub fn resume_upload(&self, id: &str) -> Result<C::Staged, StorageError> {
        self.contents.resume(id).map_err(StorageError::content)
    }

    /// Creates the object from an upload's complete content. Idempotent: a retry returns the same
    /// object.
    ///
    /// # Errors
    /// As for [`Service::write`], and [`StorageError::NoUpload`]. A permanent error ends the
    /// upload.
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

    /// Ends an upload and removes what it received. Succeeds if it does not exist.
    ///
    /// # Errors
    /// [`StorageError::Journal`].
    pub fn end_upload(&self, id: &str) -> Result<(), StorageError> {
        commit_one(&mut self.lock(), Event::UploadEnded { upload: id.to_owned() })?;
        self.abandon(id);
        Ok(())
    }
}
