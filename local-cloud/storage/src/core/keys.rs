//! HMAC keys, which sign URLs: <https://cloud.google.com/storage/docs/authentication/hmackeys>.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{Core, to_microseconds};
use crate::StorageError;

/// Whether signatures of a key are accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum KeyState {
    Active,
    /// Not until it is active again.
    Inactive,
    /// Permanently not.
    Deleted,
}

impl KeyState {
    /// Its name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Inactive => "INACTIVE",
            Self::Deleted => "DELETED",
        }
    }
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HmacKey {
    /// Identifies the key in a signature.
    pub access_id: String,
    /// Returned once, when the key is created.
    pub secret: String,
    /// As the creator named it.
    pub project: String,
    /// The service account that the key belongs to.
    pub service_account_email: String,
    pub state: KeyState,
    /// Version of the state, from 1.
    pub version: u64,
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// Time of the last change of the state, or of the creation.
    #[serde(with = "time::serde::rfc3339")]
    pub updated_at: OffsetDateTime,
}

impl std::fmt::Debug for HmacKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("HmacKey")
            .field("access_id", &self.access_id)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

impl Core {
    /// All keys, including deleted ones, by access id.
    pub fn keys(&self) -> impl Iterator<Item = &HmacKey> {
        self.keys.values()
    }

    /// A key in any state.
    ///
    /// # Errors
    /// [`StorageError::NotFound`].
    pub fn key(&self, access_id: &str) -> Result<&HmacKey, StorageError> {
        self.keys
            .get(access_id)
            .ok_or_else(|| StorageError::NotFound(format!("HMAC key {access_id}")))
    }

    /// The key in another state. Only an inactive key can be deleted, and deletion is permanent.
    ///
    /// # Errors
    /// [`StorageError::NotFound`]; [`StorageError::Invalid`] for a forbidden transition;
    /// [`StorageError::Precondition`] when `seen` is not its version.
    pub fn plan_key_state(
        &self,
        access_id: &str,
        state: KeyState,
        seen: Option<u64>,
        now: OffsetDateTime,
    ) -> Result<HmacKey, StorageError> {
        let key = self.key(access_id)?;
        if seen.is_some_and(|seen| seen != key.version) {
            return Err(StorageError::Precondition);
        }
        match (key.state, state) {
            (KeyState::Deleted, _) => {
                Err(StorageError::Invalid(format!("HMAC key {access_id} has been deleted")))
            }
            (KeyState::Active, KeyState::Deleted) => Err(StorageError::Invalid(format!(
                "HMAC key {access_id} must be inactive before it can be deleted"
            ))),
            (KeyState::Active | KeyState::Inactive, _) => Ok(HmacKey {
                state,
                version: key.version + 1,
                updated_at: to_microseconds(now),
                ..key.clone()
            }),
        }
    }
}
