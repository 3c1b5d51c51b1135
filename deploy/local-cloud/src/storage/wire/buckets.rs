//! Buckets over the JSON API.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri};
use bytes::Bytes;
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::metadata::{self, BucketDocument};
use super::parameters::Parameters;
use super::resource;
use super::shell::Shell;
use crate::storage::StorageError;

pub(super) async fn insert(State(shell): State<Shell>, uri: Uri, body: Bytes) -> Result<Json<Value>, StorageError> {
    let parameters = Parameters::of(&uri)?;
    let mut document: BucketDocument = metadata::parse(&body)?;
    let name = std::mem::take(&mut document.name);
    let attributes = document.into_attributes()?;
    let record = shell
        .with_store(move |store| store.create_bucket(&name, &parameters.project, attributes, OffsetDateTime::now_utc()))
        .await?;
    Ok(Json(resource::bucket(&record, &shell.base)))
}

pub(super) async fn list(State(shell): State<Shell>, uri: Uri) -> Result<Json<Value>, StorageError> {
    let parameters = Parameters::of(&uri)?;
    let project = parameters.project.clone();
    let query = parameters.list_query();
    let page = shell.with_store(move |store| store.list_buckets(&project, &query)).await?;
    let items: Vec<Value> = page.items.iter().map(|record| resource::bucket(record, &shell.base)).collect();
    let mut answer = json!({"kind": "storage#buckets", "items": items});
    if !page.next_page_token.is_empty() {
        answer["nextPageToken"] = page.next_page_token.into();
    }
    Ok(Json(answer))
}

pub(super) async fn get(State(shell): State<Shell>, Path(bucket): Path<String>, uri: Uri) -> Result<Json<Value>, StorageError> {
    let preconditions = Parameters::of(&uri)?.preconditions();
    let record = shell.with_store(move |store| store.bucket(&bucket, &preconditions)).await?;
    Ok(Json(resource::bucket(&record, &shell.base)))
}

pub(super) async fn delete(State(shell): State<Shell>, Path(bucket): Path<String>, uri: Uri) -> Result<StatusCode, StorageError> {
    let preconditions = Parameters::of(&uri)?.preconditions();
    shell.with_store(move |store| store.delete_bucket(&bucket, &preconditions)).await?;
    Ok(StatusCode::NO_CONTENT)
}
