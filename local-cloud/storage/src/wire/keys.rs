//! HMAC keys and the service agent over the JSON API.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};
use time::OffsetDateTime;
use uuid::Uuid;

use super::fields::HMAC_KEY_METADATA;
use super::metadata;
use super::parameters::Parameters;
use super::shell::Shell;
use crate::core::{HmacKey, KeyState};
use crate::{Service, StorageError, resource};
use longshore_local_kit::pages;

/// Maximum and default page size, as at Google.
const PAGE_LIMIT: usize = 250;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct KeyDocument {
    state: String,
    etag: String,
}

pub(super) async fn create(
    State(shell): State<Shell>,
    Path(project): Path<String>,
    uri: Uri,
) -> Result<Json<Value>, StorageError> {
    let email = Parameters::of(&uri)?.service_account_email;
    if email.is_empty() {
        return Err(StorageError::Invalid("required parameter: serviceAccountEmail".to_owned()));
    }
    let key = new_key(project, email, OffsetDateTime::now_utc());
    let key = shell.with_service(move |service| service.create_key(key)).await?;
    Ok(Json(
        json!({"kind": "storage#hmacKey", "secret": key.secret, "metadata": document(&key, &shell.base)}),
    ))
}

/// Has the lengths of Google's keys: 61 characters of access id and 40 of secret.
fn new_key(project: String, service_account_email: String, now: OffsetDateTime) -> HmacKey {
    let random = || [Uuid::new_v4().into_bytes(), Uuid::new_v4().into_bytes()].concat();
    let letters: String = [random(), random()]
        .concat()
        .iter()
        .map(|byte| char::from(b'A' + byte % 26))
        .take(55)
        .collect();
    let secret = BASE64_STANDARD.encode(random().get(..30).unwrap_or_default());
    HmacKey {
        access_id: format!("GOOG1E{letters}"),
        secret,
        project,
        service_account_email,
        state: KeyState::Active,
        version: 1,
        created_at: now,
        updated_at: now,
    }
}

pub(super) async fn list(
    State(shell): State<Shell>,
    Path(project): Path<String>,
    uri: Uri,
) -> Result<Json<Value>, StorageError> {
    let parameters = Parameters::of(&uri)?;
    let after = pages::key_before(&parameters.page_token)
        .map_err(|error| StorageError::Invalid(error.to_string()))?;
    let limit = match usize::try_from(parameters.max_results) {
        Ok(0) => PAGE_LIMIT,
        Ok(size) => size.min(PAGE_LIMIT),
        Err(_) => PAGE_LIMIT,
    };
    let (deleted, email) = (parameters.show_deleted_keys, parameters.service_account_email);
    let mut keys = shell.with_service(|service| Ok(service.keys())).await?;
    keys.retain(|key| {
        key.project == project
            && after.as_ref().is_none_or(|after| key.access_id > *after)
            && (deleted || key.state != KeyState::Deleted)
            && (email.is_empty() || key.service_account_email == email)
    });
    let more = keys.len() > limit;
    keys.truncate(limit);
    let items: Vec<Value> = keys.iter().map(|key| document(key, &shell.base)).collect();
    let mut answer = json!({"kind": "storage#hmacKeysMetadata"});
    if !items.is_empty() {
        answer["items"] = items.into();
    }
    if let (true, Some(last)) = (more, keys.last()) {
        answer["nextPageToken"] = pages::token_after(&last.access_id).into();
    }
    Ok(Json(answer))
}

pub(super) async fn get(
    State(shell): State<Shell>,
    Path((project, access_id)): Path<(String, String)>,
) -> Result<Json<Value>, StorageError> {
    let key = shell.with_service(move |service| of_project(service, &project, &access_id)).await?;
    Ok(Json(document(&key, &shell.base)))
}

/// A key of this project.
fn of_project(service: &Service, project: &str, access_id: &str) -> Result<HmacKey, StorageError> {
    let key = service.key(access_id)?;
    if service.project_number(&key.project)? == service.project_number(project)? {
        Ok(key)
    } else {
        Err(StorageError::NotFound(format!("HMAC key {access_id}")))
    }
}

pub(super) async fn update(
    State(shell): State<Shell>,
    Path((project, access_id)): Path<(String, String)>,
    body: Bytes,
) -> Result<Json<Value>, StorageError> {
    let change: KeyDocument = metadata::parse(&body, HMAC_KEY_METADATA)?;
    let state = match change.state.as_str() {
        "ACTIVE" => KeyState::Active,
        "INACTIVE" => KeyState::Inactive,
        other => {
            return Err(StorageError::Invalid(format!(
                "state must be ACTIVE or INACTIVE, not '{other}'"
            )));
        }
    };
    let seen = if change.etag.is_empty() {
        None
    } else {
        Some(change.etag.parse().map_err(|_| StorageError::Precondition)?)
    };
    let key = shell
        .with_service(move |service| {
            of_project(service, &project, &access_id)?;
            service.set_key_state(&access_id, state, seen, OffsetDateTime::now_utc())
        })
        .await?;
    Ok(Json(document(&key, &shell.base)))
}

pub(super) async fn delete(
    State(shell): State<Shell>,
    Path((project, access_id)): Path<(String, String)>,
) -> Result<StatusCode, StorageError> {
    let now = OffsetDateTime::now_utc();
    shell
        .with_service(move |service| {
            of_project(service, &project, &access_id)?;
            service.set_key_state(&access_id, KeyState::Deleted, None, now)
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

fn document(key: &HmacKey, base: &str) -> Value {
    json!({
        "kind": "storage#hmacKeyMetadata",
        "id": format!("{}/{}", key.project, key.access_id),
        "selfLink": format!("{base}/storage/v1/projects/{}/hmacKeys/{}", key.project, key.access_id),
        "accessId": key.access_id,
        "projectId": key.project,
        "serviceAccountEmail": key.service_account_email,
        "state": key.state.as_str(),
        "timeCreated": resource::rfc3339(key.created_at),
        "updated": resource::rfc3339(key.updated_at),
        "etag": key.version.to_string(),
    })
}

/// The service agent that publishes notices.
pub(super) async fn service_account(
    State(shell): State<Shell>,
    Path(project): Path<String>,
) -> Result<Json<Value>, StorageError> {
    let number = shell.with_service(move |service| service.project_number(&project)).await?;
    let email = format!("service-{number}@gs-project-accounts.iam.gserviceaccount.com");
    Ok(Json(json!({"kind": "storage#serviceAccount", "email_address": email})))
}
