//! Buckets over the JSON API.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::bucket_document::{self, BucketDocument};
use super::conditional::{Conditional, Outcome, Validators, not_modified};
use super::parameters::Parameters;
use super::shell::Shell;
use super::{acl, response};
use crate::{BucketAttributes, BucketRecord, Preconditions, StorageError};

pub(super) async fn insert(
    State(shell): State<Shell>,
    uri: Uri,
    body: Bytes,
) -> Result<Response, StorageError> {
    let parameters = Parameters::of(&uri)?;
    let mut document = BucketDocument::whole(&body)?;
    let name = std::mem::take(&mut document.name);
    let attributes = document.into_attributes();
    acl::check_where(attributes.uniform_access, &parameters.predefined_acls())?;
    let record = shell
        .with_service(move |service| {
            service.create_bucket(&name, &parameters.project, attributes, OffsetDateTime::now_utc())
        })
        .await?;
    Ok(response::bucket(&record, &shell.base))
}

pub(super) async fn list(State(shell): State<Shell>, uri: Uri) -> Result<Response, StorageError> {
    let parameters = Parameters::of(&uri)?;
    let project = parameters.project.clone();
    let query = parameters.list_query();
    let page = shell.with_service(move |service| service.list_buckets(&project, &query)).await?;
    let items: Vec<Value> =
        page.items.iter().map(|record| bucket_document::resource(record, &shell.base)).collect();
    let mut answer = json!({"kind": "storage#buckets"});
    if !items.is_empty() {
        answer["items"] = items.into();
    }
    if !page.next_page_token.is_empty() {
        answer["nextPageToken"] = page.next_page_token.into();
    }
    Ok(Json(answer).into_response())
}

pub(super) async fn get(
    State(shell): State<Shell>,
    Path(bucket): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, StorageError> {
    let parameters = Parameters::of(&uri)?;
    let preconditions = parameters.preconditions();
    let record = shell.with_service(move |service| service.bucket(&bucket, &preconditions)).await?;
    let tag = record.etag();
    let version = Validators { tags: &[&tag], modified: record.updated_at() };
    if Conditional::of(&headers).of_read(&version)? == Outcome::NotModified {
        return Ok(not_modified(&tag, version.modified));
    }
    Ok(response::bucket(&record, &shell.base))
}

/// Whether a bucket's namespace is hierarchical. gcloud reads it before it moves or deletes
/// objects.
pub(super) async fn storage_layout(
    State(shell): State<Shell>,
    Path(bucket): Path<String>,
) -> Result<Json<Value>, StorageError> {
    let record = shell
        .with_service(move |service| service.bucket(&bucket, &Preconditions::default()))
        .await?;
    Ok(Json(json!({
        "kind": "storage#storageLayout",
        "bucket": record.name,
        "location": record.attributes.location,
        "locationType": bucket_document::location_type(&record.attributes),
        "hierarchicalNamespace": {"enabled": false},
    })))
}

/// Always empty, because managed folders cannot be created.
pub(super) async fn managed_folders(
    state: State<Shell>,
    bucket: Path<String>,
    uri: Uri,
) -> Result<Json<Value>, StorageError> {
    empty_list(state, bucket, uri, "storage#managedFolders").await
}

/// Always empty, because caches cannot be created.
pub(super) async fn anywhere_caches(
    state: State<Shell>,
    bucket: Path<String>,
    uri: Uri,
) -> Result<Json<Value>, StorageError> {
    empty_list(state, bucket, uri, "storage#anywhereCaches").await
}

async fn empty_list(
    State(shell): State<Shell>,
    Path(bucket): Path<String>,
    uri: Uri,
    kind: &'static str,
) -> Result<Json<Value>, StorageError> {
    let token = Parameters::of(&uri)?.page_token;
    if !token.is_empty() {
        return Err(StorageError::Invalid(format!("invalid page token: {token}")));
    }
    shell.with_service(move |service| service.bucket(&bucket, &Preconditions::default())).await?;
    Ok(Json(json!({"kind": kind})))
}

/// Changes the fields that the document names.
pub(super) async fn patch(
    State(shell): State<Shell>,
    Path(bucket): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, StorageError> {
    change(&shell, bucket, &uri, &headers, move |record| {
        let document = BucketDocument::patched(record, &body)?;
        document.check_name(&record.name)?;
        Ok(document.into_attributes())
    })
    .await
}

/// Replaces all fields that can be changed.
pub(super) async fn update(
    State(shell): State<Shell>,
    Path(bucket): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, StorageError> {
    change(&shell, bucket, &uri, &headers, move |record| {
        let document = BucketDocument::whole(&body)?;
        document.check_name(&record.name)?;
        Ok(document.into_attributes())
    })
    .await
}

async fn change(
    shell: &Shell,
    bucket: String,
    uri: &Uri,
    headers: &HeaderMap,
    change: impl FnOnce(&BucketRecord) -> Result<BucketAttributes, StorageError> + Send + 'static,
) -> Result<Response, StorageError> {
    let parameters = Parameters::of(uri)?;
    acl::check(shell, &bucket, &parameters.predefined_acls()).await?;
    let preconditions = Conditional::of(headers).of_bucket_write(parameters.preconditions())?;
    let record = shell
        .with_service(move |service| {
            service.change_bucket(&bucket, &preconditions, change, OffsetDateTime::now_utc())
        })
        .await?;
    Ok(response::bucket(&record, &shell.base))
}

pub(super) async fn delete(
    State(shell): State<Shell>,
    Path(bucket): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<StatusCode, StorageError> {
    let given = Parameters::of(&uri)?.preconditions();
    let preconditions = Conditional::of(&headers).of_bucket_write(given)?;
    shell.with_service(move |service| service.delete_bucket(&bucket, &preconditions)).await?;
    Ok(StatusCode::NO_CONTENT)
}
