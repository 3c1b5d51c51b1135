//! Images as packages with versions, and as Docker images.

use google_cloud_artifactregistry_v1::model;
use google_cloud_artifactregistry_v1::model::VersionView;
use serde::Deserialize;
use serde_json::Value;

use super::error::{not_deleted, refused, unknown, unknown_package, unknown_repository};
use super::page::{Page, page};
use super::{document, operations, views};
use crate::Service;
use crate::core::{Digest, Event, Image, ImageKey, Registry, Repository, RepositoryKey};
use longshore_local_kit::rest::{Call, RestError};

/// `GET packages`.
pub(super) fn list(
    service: &Service,
    key: &RepositoryKey,
    call: &Call,
) -> Result<Value, RestError> {
    let Page { items, next_page_token } = service.read(|registry| {
        let images = known_repository(registry, key)?.images();
        page(
            call,
            &["annotations", "name"],
            images
                .map(|(name, image)| (name.clone(), views::package(&image_key(key, name), image))),
        )
    })?;
    document(
        model::ListPackagesResponse::new().set_packages(items).set_next_page_token(next_page_token),
    )
}

/// `GET packages/NAME`.
pub(super) fn get(service: &Service, key: &ImageKey) -> Result<Value, RestError> {
    document(
        service
            .read(|registry| known_image(registry, key).map(|image| views::package(key, image)))?,
    )
}

/// `DELETE packages/NAME`, with all versions and tags.
pub(super) fn delete(service: &Service, key: &ImageKey) -> Result<Value, RestError> {
    delete_with(service, key, |registry| {
        registry.delete_image(key).map_err(|_| unknown_package(key))
    })
}

/// `GET versions`.
pub(super) fn list_versions(
    service: &Service,
    key: &ImageKey,
    call: &Call,
) -> Result<Value, RestError> {
    let full = wants_full_view(call)?;
    let Page { items, next_page_token } = service.read(|registry| {
        let image = known_image(registry, key)?;
        let versions = image.manifests.iter();
        page(
            call,
            &["annotations", "name"],
            versions.map(|(digest, stored)| {
                (digest.to_string(), views::version(key, image, digest, stored, full))
            }),
        )
    })?;
    document(
        model::ListVersionsResponse::new().set_versions(items).set_next_page_token(next_page_token),
    )
}

/// `GET versions/DIGEST`.
pub(super) fn get_version(
    service: &Service,
    key: &ImageKey,
    id: &str,
    call: &Call,
) -> Result<Value, RestError> {
    let full = wants_full_view(call)?;
    let view = service.read(|registry| {
        let image = known_image(registry, key)?;
        let digest = Digest::parse(id).map_err(|_| unknown("version", key, id))?;
        let stored = image.manifests.get(&digest).ok_or_else(|| unknown("version", key, id))?;
        Ok(views::version(key, image, &digest, stored, full))
    })?;
    document(view)
}

/// `DELETE versions/DIGEST`; with `force=true` also a version that has tags.
pub(super) fn delete_version(
    service: &Service,
    key: &ImageKey,
    id: &str,
    call: &Call,
) -> Result<Value, RestError> {
    let force = call.query("force") == "true";
    delete_with(service, key, |registry| deleted_version(registry, key, id, force))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct BatchDelete {
    #[serde(default)]
    names: Vec<String>,
    #[serde(default)]
    validate_only: bool,
}

/// `POST versions:batchDelete`: deletes all of them, or none. A version with tags is an error,
/// because the method has no `force`.
pub(super) fn delete_versions(
    service: &Service,
    key: &ImageKey,
    call: &Call,
) -> Result<Value, RestError> {
    let BatchDelete { names, validate_only } = call.json()?;
    let id = |name: &String| match name.rsplit_once("/versions/") {
        Some((package, id)) if views::is_package(package, key) => Ok(id.to_owned()),
        Some(_) | None => {
            Err(RestError::invalid(format!("names: {name:?} is not a version of this package")))
        }
    };
    if names.is_empty() {
        return Err(RestError::invalid("names: required"));
    }
    let ids =
        names.iter().map(id).collect::<Result<std::collections::BTreeSet<String>, RestError>>()?;
    delete_with(service, key, |registry| {
        let mut events = Vec::new();
        for id in &ids {
            events.extend(deleted_version(registry, key, id, false)?);
        }
        Ok(if validate_only { Vec::new() } else { events })
    })
}

fn deleted_version(
    registry: &Registry,
    key: &ImageKey,
    id: &str,
    with_tags: bool,
) -> Result<Vec<Event>, RestError> {
    let digest = Digest::parse(id).map_err(|_| unknown("version", key, id))?;
    registry
        .delete_manifest(key, &digest, with_tags)
        .map_err(|error| not_deleted("version", key, id, &error))
}

/// Deletes, and returns the finished operation.
fn delete_with(
    service: &Service,
    key: &ImageKey,
    decide: impl FnOnce(&Registry) -> Result<Vec<Event>, RestError>,
) -> Result<Value, RestError> {
    let operation = operations::new_id();
    let deleted = service.change(
        |registry, _| {
            let mut events = decide(registry)?;
            events.push(Registry::note_deletion(&key.repository, operation.clone()));
            Ok(events)
        },
        |_| Ok(()),
    );
    deleted.map_err(|error| refused(error, |refusal: RestError| refusal))?;
    operations::get(service, &key.repository.project, &key.repository.location, &operation)
}

/// `GET dockerImages`.
pub(super) fn list_docker(
    service: &Service,
    key: &RepositoryKey,
    call: &Call,
) -> Result<Value, RestError> {
    let Page { items, next_page_token } = service.read(|registry| {
        let images = known_repository(registry, key)?.images();
        let each = images.flat_map(|(name, image)| {
            let key = image_key(key, name);
            image.manifests.iter().map(move |(digest, stored)| {
                (format!("{name}@{digest}"), views::docker_image(&key, image, digest, stored))
            })
        });
        let mut each: Vec<_> = each.collect();
        each.sort_by(|(one, _), (other, _)| one.cmp(other));
        page(call, &[], each)
    })?;
    document(
        model::ListDockerImagesResponse::new()
            .set_docker_images(items)
            .set_next_page_token(next_page_token),
    )
}

/// `GET dockerImages/NAME@DIGEST`.
pub(super) fn get_docker(
    service: &Service,
    key: &RepositoryKey,
    id: &str,
) -> Result<Value, RestError> {
    let (name, digest) = id.split_once('@').unwrap_or((id, ""));
    let digest = Digest::parse(digest)
        .map_err(|error| RestError::invalid(format!("docker image {id:?}: {error}")))?;
    let key = image_key(key, name);
    let view = service.read(|registry| {
        let image = known_image(registry, &key)?;
        let stored = image
            .manifests
            .get(&digest)
            .ok_or_else(|| unknown("version", &key, digest.as_str()))?;
        Ok(views::docker_image(&key, image, &digest, stored))
    })?;
    document(view)
}

fn image_key(repository: &RepositoryKey, name: &str) -> ImageKey {
    ImageKey { repository: repository.clone(), image: name.to_owned() }
}

fn known_repository<'a>(
    registry: &'a Registry,
    key: &RepositoryKey,
) -> Result<&'a Repository, RestError> {
    registry.repository(key).ok_or_else(|| unknown_repository(key))
}

pub(super) fn known_image<'a>(
    registry: &'a Registry,
    key: &ImageKey,
) -> Result<&'a Image, RestError> {
    known_repository(registry, &key.repository)?;
    let image = registry.image(key).filter(|image| !image.manifests.is_empty());
    image.ok_or_else(|| unknown_package(key))
}

/// Parses `view`, which is a name or, with `enum-encoding=int`, a number. The default is basic, as
/// at Google.
fn wants_full_view(call: &Call) -> Result<bool, RestError> {
    let text = call.query("view");
    let view = text.parse::<i32>().map_or_else(|_| VersionView::from(text), VersionView::from);
    match view {
        VersionView::Full => Ok(true),
        VersionView::Basic | VersionView::Unspecified => Ok(false),
        _ if text.is_empty() => Ok(false),
        _ => Err(RestError::invalid(format!("view: {text:?} is not a version view"))),
    }
}
