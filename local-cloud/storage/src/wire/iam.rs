//! IAM policies of buckets. They are stored and returned, but not enforced.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::Uri;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::metadata;
use super::shell::Shell;
use crate::{Preconditions, StorageError};
use longshore_local_kit::as_base64;

pub(super) async fn get(
    State(shell): State<Shell>,
    Path(bucket): Path<String>,
) -> Result<Json<Value>, StorageError> {
    let name = bucket.clone();
    let (policy, version) = shell.with_service(move |service| service.policy(&name)).await?;
    Ok(Json(resource(policy, version, &bucket)))
}

pub(super) async fn set(
    State(shell): State<Shell>,
    Path(bucket): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, StorageError> {
    let mut policy: Map<String, Value> = metadata::parse(&body)?;
    let seen =
        policy.remove("etag").as_ref().and_then(Value::as_str).map(version_of).transpose()?;
    if !policy.get("bindings").is_none_or(Value::is_array) {
        return Err(StorageError::Invalid("bindings must be a list".to_owned()));
    }
    policy.retain(|name, _| matches!(name.as_str(), "version" | "bindings"));
    let (policy, name) = (Value::Object(policy), bucket.clone());
    let stored = policy.clone();
    let version =
        shell.with_service(move |service| service.set_policy(&name, stored, seen)).await?;
    Ok(Json(resource(policy, version, &bucket)))
}

/// Every caller has every permission.
pub(super) async fn test(
    State(shell): State<Shell>,
    Path(bucket): Path<String>,
    uri: Uri,
) -> Result<Json<Value>, StorageError> {
    shell.with_service(move |service| service.bucket(&bucket, &Preconditions::default())).await?;
    let pairs = Query::<Vec<(String, String)>>::try_from_uri(&uri)
        .map_err(|rejection| StorageError::Invalid(rejection.body_text()))?;
    let permissions: Vec<&String> =
        pairs.iter().filter(|(name, _)| name == "permissions").map(|(_, value)| value).collect();
    Ok(Json(json!({"kind": "storage#testIamPermissionsResponse", "permissions": permissions})))
}

fn resource(mut policy: Value, version: u64, bucket: &str) -> Value {
    policy["kind"] = "storage#policy".into();
    policy["resourceId"] = format!("projects/_/buckets/{bucket}").into();
    policy["etag"] = BASE64_STANDARD.encode(version.to_string()).into();
    if policy.get("version").is_none() {
        policy["version"] = 1.into();
    }
    policy
}

/// Parses an etag that [`resource`] wrote.
fn version_of(etag: &str) -> Result<u64, StorageError> {
    let text = as_base64::decode(etag).ok().and_then(|text| String::from_utf8(text).ok());
    // An etag from elsewhere is not malformed: it means that the policy has changed.
    text.and_then(|text| text.parse().ok()).ok_or(StorageError::Precondition)
}
