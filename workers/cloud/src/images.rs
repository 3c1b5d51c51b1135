//! Artifact Registry as the fleet uses it.

use async_trait::async_trait;

use crate::{CloudError, ImageLayer};

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

    /// Returns the key of Cloud KMS that protects a repository, or `None` if the repository does
    /// not exist. Empty: Google manages the keys. `repository` is
    /// `projects/P/locations/R/repositories/NAME`.
    async fn repository_key(&self, repository: &str) -> Result<Option<String>, CloudError>;

    /// Returns the digest (`sha256:…`) that a tag points to, or `None` if the tag does not exist.
    async fn digest_of_tag(&self, image: &str, tag: &str) -> Result<Option<String>, CloudError>;

    /// Whether the registry has the image with this digest.
    async fn has_digest(&self, image: &str, digest: &str) -> Result<bool, CloudError>;

    /// Returns the layers of an image, from the bottom, or `None` if the registry does not have it.
    async fn layers(
        &self,
        _image: &str,
        _digest: &str,
    ) -> Result<Option<Vec<ImageLayer>>, CloudError> {
        Ok(None)
    }

    /// Returns the name and the digest of an image as a service names it: by a digest, by a tag, or
    /// by neither, which means the tag `latest`. `None` if the tag does not exist.
    async fn resolve(&self, image: &str) -> Result<Option<(String, String)>, CloudError> {
        if let Some((name, digest)) = image.split_once('@') {
            return Ok(Some((without_tag(name).0.to_owned(), digest.to_owned())));
        }
        let (name, tag) = without_tag(image);
        let digest = self.digest_of_tag(name, tag.unwrap_or("latest")).await?;
        Ok(digest.map(|digest| (name.to_owned(), digest)))
    }
}

/// An image's name without its tag, and the tag.
#[must_use]
pub fn without_tag(image: &str) -> (&str, Option<&str>) {
    match image.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
        Some(_) | None => (image, None),
    }
}
