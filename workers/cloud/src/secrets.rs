//! Secret Manager as the command line uses it. The workers never see a value: they pass on names.

use std::fmt;

use async_trait::async_trait;
use time::OffsetDateTime;

use crate::CloudError;

/// Secrets of a project. A secret is named `projects/P/secrets/S`.
#[async_trait]
pub trait Secrets: Send + Sync {
    /// Adds a version with this value, and makes the secret first where it is missing. Returns the
    /// version's name, `projects/P/secrets/S/versions/N`. A second call adds another version.
    ///
    /// `NotFound` never comes; `InvalidArgument` when the value is empty or above 64 KiB, or the
    /// name is not one.
    async fn add(&self, name: &str, value: SecretValue) -> Result<String, CloudError>;

    /// The secrets of a project, by name.
    async fn list(&self, project: &str) -> Result<Vec<SecretSummary>, CloudError>;

    /// Deletes a secret with all its versions; returns whether it was there.
    async fn delete(&self, name: &str) -> Result<bool, CloudError>;
}

/// A value, which is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretValue(Vec<u8>);

impl SecretValue {
    /// Keeps a value.
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

/// What a list shows of a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretSummary {
    /// `projects/P/secrets/S`.
    pub name: String,
    /// When it was made.
    pub created_at: OffsetDateTime,
}
