//! Objects over the JSON API, without their content.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use serde::Serialize;
use time::OffsetDateTime;

use super::conditional::{Conditional, Outcome, Validators, not_modified};
use super::fields::OBJECT;
use super::media::Api;
use super::object_document::{self, ObjectDocument};
use super::parameters::Parameters;
use super::shell::Shell;
use super::{acl, media, metadata, response};
use crate::resource::{self, ObjectResource};
use crate::{ObjectAttributes, ObjectRecord, ObjectReference, StorageError};

/// A page of objects.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ObjectList {
    kind: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    items: Vec<ObjectResource>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    prefixes: Vec<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    next_page_token: String,
}

pub(super) async fn list(
    State(shell): State<Shell>,
    Path(bucket): Path<String>,
    uri: Uri,
) -> Result<Response, StorageError> {
    let parameters = Parameters::of(&uri)?;
    let query = parameters.list_query();
    let page = shell.with_service(move |service| service.list(&bucket, &query)).await?;
    let items =
        page.items.into_iter().map(|record| resource::object(record, &shell.base)).collect();
    let list = ObjectList {
        kind: "storage#objects",
        items,
        prefixes: page.prefixes,
        next_page_token: page.next_page_token,
    };
    Ok(Json(list).into_response())
}

/// Returns the object's metadata or, with `alt=media`, its content.
pub(super) async fn get(
    State(shell): State<Shell>,
    Path((bucket, object)): Path<(String, String)>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, StorageError> {
    let parameters = Parameters::of(&uri)?;
    if parameters.alt == "media" {
        return media::content(&shell, Api::Json, parameters.target(bucket, object), &headers)
            .await;
    }
    let (generation, preconditions) = (parameters.generation, parameters.preconditions());
    let record = shell
        .with_service(move |service| service.object(&bucket, &object, generation, &preconditions))
        .await?;
    let tag = record.etag();
    let version = Validators { tags: &[&tag], modified: record.updated_at() };
    if Conditional::of(&headers).of_read(&version)? == Outcome::NotModified {
        return Ok(not_modified(&tag, version.modified));
    }
    Ok(response::object(record, &shell.base))
}

/// Changes the fields that the document names.
pub(super) async fn patch(
    State(shell): State<Shell>,
    Path(path): Path<(String, String)>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, StorageError> {
    change(&shell, path, &uri, &headers, move |record| {
        let present = object_document::changeable(record);
        let patch = metadata::document(&body, OBJECT)?;
        changed(record, metadata::patched(present, patch)?)
    })
    .await
}

/// Replaces all fields that can be changed.
pub(super) async fn update(
    State(shell): State<Shell>,
    Path(path): Path<(String, String)>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, StorageError> {
    change(&shell, path, &uri, &headers, move |record| {
        changed(record, metadata::parse(&body, OBJECT)?)
    })
    .await
}

fn changed(
    record: &ObjectRecord,
    document: ObjectDocument,
) -> Result<ObjectAttributes, StorageError> {
    document.check_unchanged(record)?;
    Ok(document.into_parts()?.0)
}

async fn change(
    shell: &Shell,
    (bucket, object): (String, String),
    uri: &Uri,
    headers: &HeaderMap,
    change: impl FnOnce(&ObjectRecord) -> Result<ObjectAttributes, StorageError> + Send + 'static,
) -> Result<Response, StorageError> {
    let parameters = Parameters::of(uri)?;
    acl::check(shell, &bucket, &parameters.predefined_acls()).await?;
    let target = for_a_write(headers, parameters.target(bucket, object))?;
    let keeping_class = |record: &ObjectRecord| {
        let storage_class = record.attributes.storage_class.clone();
        change(record).map(|attributes| ObjectAttributes { storage_class, ..attributes })
    };
    let record = shell
        .with_service(move |service| {
            service.change(&target, keeping_class, OffsetDateTime::now_utc())
        })
        .await?;
    Ok(response::object(record, &shell.base))
}

pub(super) async fn delete(
    State(shell): State<Shell>,
    Path((bucket, object)): Path<(String, String)>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<StatusCode, StorageError> {
    let target = for_a_write(&headers, Parameters::of(&uri)?.target(bucket, object))?;
    shell.with_service(move |service| service.delete(&target, OffsetDateTime::now_utc())).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The target of a write, with the conditions of its headers.
fn for_a_write(
    headers: &HeaderMap,
    target: ObjectReference,
) -> Result<ObjectReference, StorageError> {
    let preconditions = Conditional::of(headers).of_object_write(target.preconditions)?;
    Ok(ObjectReference { preconditions, ..target })
}
