//! Tags of an image.

use google_cloud_artifactregistry_v1::model;
use serde_json::{Value, json};

use super::error::{not_deleted, not_written, refused, unknown};
use super::images::known_image;
use super::page::{Page, page};
use super::{document, views};
use crate::Service;
use crate::core::{Digest, ImageKey, is_tag};
use longshore_local_kit::rest::{Call, RestError};

/// `GET tags`.
pub(super) fn list(service: &Service, key: &ImageKey, call: &Call) -> Result<Value, RestError> {
    let Page { items, next_page_token } = service.read(|registry| {
        let tags = known_image(registry, key)?.tags.iter();
        let tags = tags.map(|(tag, digest)| (tag.clone(), views::tag(key, tag, digest)));
        page(call, &["name", "version"], tags)
    })?;
    document(model::ListTagsResponse::new().set_tags(items).set_next_page_token(next_page_token))
}

/// `GET tags/TAG`.
pub(super) fn get(service: &Service, key: &ImageKey, tag: &str) -> Result<Value, RestError> {
    let view = service.read(|registry| {
        let digest =
            known_image(registry, key)?.tags.get(tag).ok_or_else(|| unknown("tag", key, tag))?;
        Ok(views::tag(key, tag, digest))
    })?;
    document(view)
}

/// `POST tags?tagId=`.
pub(super) fn create(service: &Service, key: &ImageKey, call: &Call) -> Result<Value, RestError> {
    let tag = call.query("tagId");
    if !is_tag(tag) {
        return Err(RestError::invalid(format!("tagId: {tag:?} is not a valid tag")));
    }
    let digest = requested_version(key, &call.json()?)?;
    service.read(|registry| known_image(registry, key).map(drop))?;
    let created = service.change(|registry, _| registry.create_tag(key, tag, &digest), |_| Ok(()));
    created.map_err(|error| refused(error, not_written))?;
    get(service, key, tag)
}

/// `PATCH tags/TAG`. Only the version of a tag can change.
pub(super) fn patch(
    service: &Service,
    key: &ImageKey,
    tag: &str,
    call: &Call,
) -> Result<Value, RestError> {
    if let Some(field) = call
        .query("updateMask")
        .split(',')
        .find(|field| !matches!(*field, "" | "*" | "version" | "name"))
    {
        return Err(RestError::invalid(format!(
            "updateMask: {field:?} is not a mutable field of a tag"
        )));
    }
    let digest = requested_version(key, &call.json()?)?;
    service.read(|registry| known_image(registry, key).map(drop))?;
    let moved = service.change(|registry, _| registry.move_tag(key, tag, &digest), |_| Ok(()));
    moved.map_err(|error| refused(error, not_written))?;
    get(service, key, tag)
}

/// `DELETE tags/TAG`.
pub(super) fn delete(service: &Service, key: &ImageKey, tag: &str) -> Result<Value, RestError> {
    let deleted = service.change(|registry, _| registry.delete_tag(key, tag), |_| Ok(()));
    deleted.map_err(|error| refused(error, |error| not_deleted("tag", key, tag, &error)))?;
    Ok(json!({}))
}

/// The digest in `version`, which is the full name of a version of the same package.
fn requested_version(key: &ImageKey, tag: &model::Tag) -> Result<Digest, RestError> {
    let invalid = || {
        RestError::invalid(format!(
            "tag.version: {:?} is not a version of this package",
            tag.version
        ))
    };
    let (package, id) = tag.version.rsplit_once("/versions/").ok_or_else(invalid)?;
    let digest = Digest::parse(id).map_err(|_| invalid())?;
    if views::is_package(package, key) { Ok(digest) } else { Err(invalid()) }
}
