//! Artifact Registry as the fleet uses it.

use async_trait::async_trait;

use crate::CloudError;

/// Container images in repositories. An image is named
/// `REGION-docker.pkg.dev/PROJECT/REPOSITORY/IMAGE`.
#[async_trait]
pub trait Images: Send + Sync {
    /// Creates a Docker repository if it does not exist.
    async fn ensure_repository(
        &self,
        project: &str,
        region: &str,
        repository: &str,
    ) -> Result<(), CloudError>;

    /// Whether a repository exists.
    async fn has_repository(
        &self,
        project: &str,
        region: &str,
        repository: &str,
    ) -> Result<bool, CloudError>;

    /// Returns the digest (`sha256:…`) that a tag points to, or `None` if the tag does not exist.
    async fn digest_of_tag(&self, image: &str, tag: &str) -> Result<Option<String>, CloudError>;

    /// Whether the registry has the image with this digest.
    async fn has_digest(&self, image: &str, digest: &str) -> Result<bool, CloudError>;
}
