//! Who may use a repository: IAM policies, which are kept and answered. Nobody is refused because
//! of them: callers have no identities here.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::decide::UnknownRepository;
use super::names::RepositoryKey;
use super::state::{Event, Registry};

/// The etag of a policy that nobody has set, as Google answers it.
const UNSET_ETAG: &str = "ACAB";

/// The IAM policy of a repository.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// `google.iam.v1.Binding`s, as they were given.
    #[serde(default)]
    pub bindings: Vec<Value>,
    /// Base64, because the field is bytes. In a policy that is to be set: empty, or the etag of the
    /// one that it replaces.
    #[serde(default)]
    pub etag: String,
}

/// Why a policy was not set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SetPolicyError {
    /// Whose policy.
    #[error(transparent)]
    UnknownRepository(#[from] UnknownRepository),
    /// Somebody else has set it since the caller read it. Reading again helps.
    #[error("there were concurrent policy changes; read the policy again and repeat the change")]
    Changed,
}

impl Default for Policy {
    fn default() -> Self {
        Self { bindings: Vec::new(), etag: UNSET_ETAG.to_owned() }
    }
}

impl Registry {
    /// Sets the policy of a repository.
    ///
    /// # Errors
    /// [`SetPolicyError`].
    pub fn set_policy(
        &self,
        key: &RepositoryKey,
        wanted: Policy,
    ) -> Result<Vec<Event>, SetPolicyError> {
        let current = &self.repository(key).ok_or_else(|| UnknownRepository(key.clone()))?.policy;
        if !wanted.etag.is_empty() && wanted.etag != current.etag {
            return Err(SetPolicyError::Changed);
        }
        let hash = Sha256::digest(format!("{}{}", current.etag, json!(wanted.bindings)));
        // Hexadecimal digits in groups of four are sound base64, too.
        let etag = hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Ok(vec![Event::PolicySet {
            key: key.clone(),
            policy: Policy { bindings: wanted.bindings, etag },
        }])
    }
}
