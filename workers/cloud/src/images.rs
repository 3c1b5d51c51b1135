//! Artifact Registry as the fleet uses it.

use async_trait::async_trait;

use crate::CloudError;

/// Container images in repositories. An image is named
/// `REGION-docker.pkg.dev/PROJECT/REPOSITORY/IMAGE`.
#[async_trait]
pub trait Images: Send + Sync {
    /// Makes a Docker repository if it is missing.
    async fn ensure_repository(
        &self,
        project: &str,
        region: &str,
        repository: &str,
    ) -> Result<(), CloudError>;

    /// The digest (`sha256:…`) that a tag of an image points to, or `None`.
    async fn digest_of_tag(&self, image: &str, tag: &str) -> Result<Option<String>, CloudError>;

    /// Whether the registry has that digest of an image.
    async fn has_digest(&self, image: &str, digest: &str) -> Result<bool, CloudError>;
}
