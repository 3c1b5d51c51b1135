//! Projects and their HMAC keys.

use time::OffsetDateTime;

use super::{Service, commit_one};
use crate::core::{Event, HmacKey, KeyState};
use crate::{Contents, StorageError};

impl<C: Contents> Service<C> {
    /// The number of a project that is named by id or number.
    ///
    /// # Errors
    /// [`StorageError::Invalid`] when no project is named.
    pub fn project_number(&self, project: &str) -> Result<u64, StorageError> {
        self.lock().project_number(project)
    }

    /// Whether a bucket is in a project that is named by id or number; `None` if there is no such
    /// bucket.
    pub fn is_of_project(&self, bucket: &str, project: &str) -> Option<bool> {
        self.lock().is_of_project(bucket, project)
    }

    /// Stores a new key.
    ///
    /// # Errors
    /// [`StorageError::Journal`].
    pub fn create_key(&self, key: HmacKey) -> Result<HmacKey, StorageError> {
        commit_one(&mut self.lock(), Event::KeyPut(key.clone()))?;
        Ok(key)
    }

    /// A key in any state.
    ///
    /// # Errors
    /// [`StorageError::NotFound`].
    pub fn key(&self, access_id: &str) -> Result<HmacKey, StorageError> {
        self.lock().key(access_id).cloned()
    }

    /// All keys, by access id.
    pub fn keys(&self) -> Vec<HmacKey> {
        self.lock().keys().cloned().collect()
    }

    /// Changes the state of a key. `seen` is the version that the caller has read.
    ///
    /// # Errors
    /// As for [`Core::plan_key_state`](crate::core::Core::plan_key_state), and
    /// [`StorageError::Journal`].
    pub fn set_key_state(
        &self,
        access_id: &str,
        to: KeyState,
        seen: Option<u64>,
        now: OffsetDateTime,
    ) -> Result<HmacKey, StorageError> {
        let mut state = self.lock();
        let key = state.plan_key_state(access_id, to, seen, now)?;
        commit_one(&mut state, Event::KeyPut(key.clone()))?;
        Ok(key)
    }
}
