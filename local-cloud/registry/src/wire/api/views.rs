//! The state as Artifact Registry's documents.

use google_cloud_artifactregistry_v1::model;
use google_cloud_artifactregistry_v1::model::CleanupPolicy;
use google_cloud_artifactregistry_v1::model::repository::vulnerability_scanning_config::EnablementConfig;
use google_cloud_artifactregistry_v1::model::repository::{
    DockerRepositoryConfig, Format, Mode, VulnerabilityScanningConfig,
};
use google_cloud_wkt::Timestamp;
use serde_json::Value;
use time::OffsetDateTime;

use crate::core::{Digest, Image, ImageKey, Repository, RepositoryKey, Settings, StoredManifest};

/// Maximum number of tags of a version, by Artifact Registry.
const RELATED_TAGS_LIMIT: usize = 100;

pub(super) fn repository(key: &RepositoryKey, repository: &Repository) -> model::Repository {
    new_repository(key, &repository.settings, repository.created_at)
        .set_update_time(timestamp(repository.updated_at()))
        .set_size_bytes(i64::try_from(repository.size_bytes()).unwrap_or(i64::MAX))
}

/// A repository at its creation.
pub(super) fn new_repository(
    key: &RepositoryKey,
    settings: &Settings,
    at: OffsetDateTime,
) -> model::Repository {
    let policies = settings.cleanup_policies.iter();
    // They were received in the same form, so none is dropped.
    let policies = policies.filter_map(|(name, policy)| {
        Some((name, serde_json::from_value::<CleanupPolicy>(policy.clone()).ok()?))
    });
    let docker =
        settings.immutable_tags.then(|| DockerRepositoryConfig::new().set_immutable_tags(true));
    let repository = model::Repository::new()
        .set_name(key.to_string())
        .set_format(Format::Docker)
        .set_mode(Mode::StandardRepository)
        .set_description(&settings.description)
        .set_labels(&settings.labels)
        .set_kms_key_name(&settings.kms_key_name)
        .set_create_time(timestamp(at))
        .set_update_time(timestamp(at))
        .set_cleanup_policies(policies)
        .set_cleanup_policy_dry_run(settings.cleanup_policy_dry_run)
        .set_registry_uri(key.uri());
    let scanning = settings.vulnerability_scanning.map(|is_on| {
        let config = if is_on { EnablementConfig::Inherited } else { EnablementConfig::Disabled };
        VulnerabilityScanningConfig::new().set_enablement_config(config)
    });
    let repository = repository.set_or_clear_vulnerability_scanning_config(scanning);
    match docker {
        Some(docker) => repository.set_docker_config(docker),
        None => repository,
    }
}

pub(super) fn package(key: &ImageKey, image: &Image) -> model::Package {
    model::Package::new()
        .set_name(package_name(key))
        .set_or_clear_create_time(image.created_at().map(timestamp))
        .set_or_clear_update_time(image.updated_at().map(timestamp))
}

pub(super) fn tag(key: &ImageKey, tag: &str, digest: &Digest) -> model::Tag {
    model::Tag::new()
        .set_name(format!("{}/tags/{tag}", package_name(key)))
        .set_version(version_name(key, digest))
}

/// A version. Only the full view has tags and metadata.
pub(super) fn version(
    key: &ImageKey,
    image: &Image,
    digest: &Digest,
    stored: &StoredManifest,
    full: bool,
) -> model::Version {
    let version = model::Version::new()
        .set_name(version_name(key, digest))
        .set_create_time(timestamp(stored.uploaded_at))
        .set_update_time(timestamp(stored.updated_at));
    if !full {
        return version;
    }
    let tags = image
        .tags_of(digest)
        .into_iter()
        .take(RELATED_TAGS_LIMIT)
        .map(|name| tag(key, &name, digest));
    version.set_related_tags(tags).set_or_clear_metadata(metadata(key, digest, stored))
}

pub(super) fn docker_image(
    key: &ImageKey,
    image: &Image,
    digest: &Digest,
    stored: &StoredManifest,
) -> model::DockerImage {
    model::DockerImage::new()
        .set_name(docker_image_name(key, digest))
        .set_uri(format!("{}@{digest}", key.uri()))
        .set_tags(image.tags_of(digest))
        .set_image_size_bytes(image_size_bytes(stored))
        .set_upload_time(timestamp(stored.uploaded_at))
        .set_update_time(timestamp(stored.updated_at))
        .set_media_type(&stored.manifest.media_type)
}

fn metadata(
    key: &ImageKey,
    digest: &Digest,
    stored: &StoredManifest,
) -> Option<serde_json::Map<String, Value>> {
    let image = model::DockerImage::new()
        .set_name(docker_image_name(key, digest))
        .set_image_size_bytes(image_size_bytes(stored))
        .set_media_type(&stored.manifest.media_type);
    match serde_json::to_value(image) {
        Ok(Value::Object(fields)) => Some(fields),
        Ok(_) | Err(_) => None,
    }
}

fn image_size_bytes(stored: &StoredManifest) -> i64 {
    i64::try_from(stored.manifest.image_size_bytes()).unwrap_or(i64::MAX)
}

/// Whether this is the name of the package, with slashes escaped or not.
pub(super) fn is_package(name: &str, key: &ImageKey) -> bool {
    name == package_name(key) || name == format!("{}/packages/{}", key.repository, key.image)
}

fn package_name(key: &ImageKey) -> String {
    format!("{}/packages/{}", key.repository, escaped(&key.image))
}

fn version_name(key: &ImageKey, digest: &Digest) -> String {
    format!("{}/versions/{digest}", package_name(key))
}

fn docker_image_name(key: &ImageKey, digest: &Digest) -> String {
    format!("{}/dockerImages/{}@{digest}", key.repository, escaped(&key.image))
}

/// An image's name as one segment of a resource name.
fn escaped(image: &str) -> String {
    image.replace('/', "%2F")
}

fn timestamp(at: OffsetDateTime) -> Timestamp {
    Timestamp::clamp(at.unix_timestamp(), i32::try_from(at.nanosecond()).unwrap_or_default())
}
