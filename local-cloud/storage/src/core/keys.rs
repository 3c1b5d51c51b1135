//! HMAC keys, which sign URLs: <https://cloud.google.com/storage/docs/authentication/hmackeys>.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{Core, to_microseconds};
use crate::StorageError;

/// Whether a key signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum KeyState {
    /// It does.
    Active,
    /// It does not for now.
    Inactive,
    /// It never will again.
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

/// An HMAC key.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HmacKey {
    /// Names the key in what it signs.
    pub access_id: String,
    /// What signs. Told once, when the key is made.
    pub secret: String,
    /// Project, as its maker named it.
    pub project: String,
    /// The service account in whose name it signs.
    pub service_account_email: String,
    /// Whether it signs.
    pub state: KeyState,
    /// Version of the state, from 1.
    pub version: u64,
    /// When it was made.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// When its state was changed last.
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
    /// All keys, deleted ones as well, by access id.
    pub fn keys(&self) -> impl Iterator<Item = &HmacKey> {
        self.keys.values()
    }

    /// A key, in whatever state.
    ///
    /// # Errors
    /// [`StorageError::NotFound`].
    pub fn key(&self, access_id: &str) -> Result<&HmacKey, StorageError> {
        self.keys
            .get(access_id)
            .ok_or_else(|| StorageError::NotFound(format!("HMAC key {access_id}")))
    }

    /// The key in another state. Only an inactive key can be deleted, and a deleted one stays so.
    ///
    /// # Errors
    /// [`StorageError::NotFound`]; [`StorageError::Invalid`] for a change that is not possible;
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
                Err(StorageError::Invalid(format!("HMAC key {access_id} is deleted")))
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
