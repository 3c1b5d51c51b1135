//! Artifact Registry: [`Images`] over `google-cloud-artifactregistry-v1`.

use async_trait::async_trait;
use google_cloud_artifactregistry_v1::client::ArtifactRegistry;
use google_cloud_artifactregistry_v1::model::Repository;
use google_cloud_artifactregistry_v1::model::repository::Format;
use longshore_google_clients::UntilDone as _;

use super::call::{Call, found, unless_exists};
use super::late::Late;
use super::layers::Registry;
use super::profile::{Profile, REPOSITORY_LIMIT, REQUEST_LIMIT};
use crate::error::ConnectError;
use crate::{CloudError, ImageLayer, Images, Kind};

/// Shown in the list of repositories.
const DESCRIPTION: &str = "Cloud Run Source Deployments";

pub(crate) struct GoogleImages {
    registry: Late<ArtifactRegistry>,
    images: Registry,
}

impl GoogleImages {
    pub(crate) async fn connect(
        profile: &Profile,
        endpoint: Option<&str>,
        registry: Option<&str>,
    ) -> Result<Self, ConnectError> {
        let images = Registry::new(profile.credentials(), registry);
        let images = images.map_err(ConnectError::Registry)?;
        let registry =
            profile.client("artifact_registry", ArtifactRegistry::builder, endpoint).await?;
        Ok(Self { registry, images })
    }

    async fn repository(&self, name: &str) -> Result<Option<Repository>, CloudError> {
        let call = Call::new("get repository", name);
        let api = self.registry.get(call).await?;
        let request = || api.get_repository().set_name(name).send();
        found(call.repeated(REQUEST_LIMIT, request).await)
    }

    async fn exists(&self, repository: &str) -> Result<bool, CloudError> {
        Ok(self.repository(repository).await?.is_some())
    }
}

#[async_trait]
impl Images for GoogleImages {
    #[tracing::instrument(
        name = "cloud.image_layers",
        skip_all,
        fields(service = "artifactregistry", resource = image)
    )]
    async fn layers(
        &self,
        image: &str,
        digest: &str,
    ) -> Result<Option<Vec<ImageLayer>>, CloudError> {
        self.images.layers(image, digest).await
    }

    #[tracing::instrument(
        name = "cloud.ensure_repository",
        skip_all,
        fields(service = "artifactregistry", resource = %format_args!("{project}/{region}/{repository}"))
    )]
    async fn ensure_repository(
        &self,
        project: &str,
        region: &str,
        repository: &str,
    ) -> Result<(), CloudError> {
        let parent = format!("projects/{project}/locations/{region}");
        let name = format!("{parent}/repositories/{repository}");
        if self.exists(&name).await? {
            return Ok(());
        }
        let requested = Repository::new().set_format(Format::Docker).set_description(DESCRIPTION);
        let call = Call::new("create repository", &name);
        let api = self.registry.get(call).await?;
        let request = api
            .create_repository()
            .set_parent(parent)
            .set_repository_id(repository)
            .set_repository(requested);
        unless_exists(call.once(REPOSITORY_LIMIT, request.until_done()).await)
    }

    #[tracing::instrument(
        name = "cloud.has_repository",
        skip_all,
        fields(service = "artifactregistry", resource = %format_args!("{project}/{region}/{repository}"))
    )]
    async fn has_repository(
        &self,
        project: &str,
        region: &str,
        repository: &str,
    ) -> Result<bool, CloudError> {
        self.exists(&format!("projects/{project}/locations/{region}/repositories/{repository}"))
            .await
    }

    #[tracing::instrument(name = "cloud.get_repository", skip_all, fields(service = "artifactregistry", resource = repository))]
    async fn repository_key(&self, repository: &str) -> Result<Option<String>, CloudError> {
        Ok(self.repository(repository).await?.map(|found| found.kms_key_name))
    }

    #[tracing::instrument(name = "cloud.get_tag", skip_all, fields(service = "artifactregistry", resource = %format_args!("{image}:{tag}")))]
    async fn digest_of_tag(&self, image: &str, tag: &str) -> Result<Option<String>, CloudError> {
        let call = Call::new("get tag", image);
        let api = self.registry.get(call).await?;
        let name = format!("{}/tags/{tag}", package(image).ok_or_else(|| not_an_image(call))?);
        let Some(found) =
            found(call.repeated(REQUEST_LIMIT, || api.get_tag().set_name(&name).send()).await)?
        else {
            return Ok(None);
        };
        match found.version.rsplit_once("/versions/") {
            Some((_, digest)) if digest.starts_with("sha256:") => Ok(Some(digest.to_owned())),
            _ => Err(call.caused(
                Kind::Internal,
                format!("tag {tag} points to {:?}, which is not a digest", found.version),
            )),
        }
    }

    #[tracing::instrument(name = "cloud.get_version", skip_all, fields(service = "artifactregistry", resource = %format_args!("{image}@{digest}")))]
    async fn has_digest(&self, image: &str, digest: &str) -> Result<bool, CloudError> {
        let call = Call::new("get image", image);
        let api = self.registry.get(call).await?;
        let name =
            format!("{}/versions/{digest}", package(image).ok_or_else(|| not_an_image(call))?);
        let request = || api.get_version().set_name(&name).send();
        Ok(found(call.repeated(REQUEST_LIMIT, request).await)?.is_some())
    }
}

fn not_an_image(call: Call<'_>) -> CloudError {
    call.caused(
        Kind::InvalidArgument,
        "an image is named REGION-docker.pkg.dev/PROJECT/REPOSITORY/IMAGE",
    )
}

/// The id of the project that the path of an image starts with, and the rest. The project of a
/// domain, `example.com:p`, is two parts of the path, and no other project has a dot.
fn project_of(path: &str) -> Option<(String, &str)> {
    let (first, rest) = path.split_once('/')?;
    if !first.contains('.') {
        return Some((first.to_owned(), rest));
    }
    let (project, rest) = rest.split_once('/')?;
    Some((format!("{first}:{project}"), rest))
}

/// The package of an image: `projects/P/locations/R/repositories/REPO/packages/IMG`. The image's
/// name is one segment there, so slashes in it are percent-encoded
/// (`google.devtools.artifactregistry.v1.Package.name`).
fn package(image: &str) -> Option<String> {
    let (host, path) = image.split_once('/')?;
    let region = host.strip_suffix("-docker.pkg.dev")?;
    let (project, path) = project_of(path)?;
    let (repository, name) = path.split_once('/')?;
    let is_name = |text: &str| {
        !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
    };
    let parts = [region, repository].into_iter().chain(project.split(':'));
    let named = parts.chain(name.split('/')).all(is_name);
    named.then(|| {
        let name = name.replace('/', "%2F");
        format!("projects/{project}/locations/{region}/repositories/{repository}/packages/{name}")
    })
}

#[cfg(test)]
mod tests;
