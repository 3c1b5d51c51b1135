//! Objects over the JSON API, without their content.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::parameters::Parameters;
use super::resource::ObjectResource;
use super::shell::Shell;
use super::{media, resource};
use crate::storage::StorageError;

/// A page of objects.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ObjectList {
    kind: &'static str,
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
) -> Result<Json<ObjectList>, StorageError> {
    let query = Parameters::of(&uri)?.list_query();
    let page = shell.with_store(move |store| store.list(&bucket, &query)).await?;
    let items = page.items.into_iter().map(|record| resource::object(record, &shell.base)).collect();
    Ok(Json(ObjectList { kind: "storage#objects", items, prefixes: page.prefixes, next_page_token: page.next_page_token }))
}

/// The object's metadata; with `alt=media` its content.
pub(super) async fn get(
    State(shell): State<Shell>,
    Path((bucket, object)): Path<(String, String)>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, StorageError> {
    let parameters = Parameters::of(&uri)?;
    if parameters.alt == "media" {
        return media::content(&shell, bucket, object, &parameters, &headers).await;
    }
    let preconditions = parameters.preconditions();
    let record = shell.with_store(move |store| store.object(&bucket, &object, parameters.generation, &preconditions)).await?;
    Ok(Json(resource::object(record, &shell.base)).into_response())
}

pub(super) async fn delete(
    State(shell): State<Shell>,
    Path((bucket, object)): Path<(String, String)>,
    uri: Uri,
) -> Result<StatusCode, StorageError> {
    let parameters = Parameters::of(&uri)?;
    let preconditions = parameters.preconditions();
    shell.with_store(move |store| store.delete(&bucket, &object, parameters.generation, &preconditions)).await?;
    Ok(StatusCode::NO_CONTENT)
}
