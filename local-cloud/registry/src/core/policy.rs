//! IAM policies of repositories. They are stored and returned, but not enforced, because callers of
//! the registry have no identity.

use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::decide::UnknownRepository;
use super::names::RepositoryKey;
use super::state::{Event, Policy, Registry};

/// Why a policy was not set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SetPolicyError {
    #[error(transparent)]
    UnknownRepository(#[from] UnknownRepository),
    /// A concurrent write. The caller reads the policy again and retries.
    #[error("there were concurrent policy changes; read the policy again and repeat the change")]
    Changed,
}

impl Registry {
    pub fn set_policy(
        &self,
        key: &RepositoryKey,
        requested: Policy,
    ) -> Result<Vec<Event>, SetPolicyError> {
        let current = &self.repository(key).ok_or_else(|| UnknownRepository(key.clone()))?.policy;
        if !requested.etag.is_empty() && requested.etag != current.etag {
            return Err(SetPolicyError::Changed);
        }
        let hash = Sha256::digest(format!("{}{}", current.etag, json!(requested.bindings)));
        // Hexadecimal digits in groups of four are valid base64.
        let etag = hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Ok(vec![Event::PolicySet {
            key: key.clone(),
            policy: Policy { bindings: requested.bindings, etag, version: requested.version },
        }])
    }
}
