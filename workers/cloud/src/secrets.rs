//! Secret Manager as the command line uses it. The workers never see a value, only names.

use std::fmt;

use async_trait::async_trait;
use time::OffsetDateTime;

use crate::CloudError;

/// Secrets of a project, named `projects/P/secrets/S`.
#[async_trait]
pub trait Secrets: Send + Sync {
    /// Adds a version with this value, and creates the secret first if it does not exist. Returns
    /// the version's name, `projects/P/secrets/S/versions/N`. Not idempotent: each call adds a
    /// version.
    ///
    /// Never returns `NotFound`. `InvalidArgument` if the value is empty or larger than 64 KiB, or
    /// the name is invalid.
    async fn add(&self, name: &str, value: SecretValue) -> Result<String, CloudError>;

    /// Returns the secrets of a project, sorted by name.
    async fn list(&self, project: &str) -> Result<Vec<SecretSummary>, CloudError>;

    /// Deletes a secret with all its versions. Returns whether it existed.
    async fn delete(&self, name: &str) -> Result<bool, CloudError>;
}

/// The value of a secret, which `Debug` does not show.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretValue(Vec<u8>);

impl SecretValue {
    #[must_use]
    pub fn new(value: Vec<u8>) -> Self {
        Self(value)
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

impl fmt::Debug for SecretValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretValue(…)")
    }
}

/// A secret in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretSummary {
    /// `projects/P/secrets/S`.
    pub name: String,
    pub created_at: OffsetDateTime,
}
