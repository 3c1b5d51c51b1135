//! IAM policies of buckets. They are stored and returned, but not enforced.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::Uri;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::fields::POLICY;
use super::metadata;
use super::parameters::Parameters;
use super::shell::Shell;
use crate::core::has_conditions;
use crate::{Preconditions, StorageError};
use longshore_local_kit::as_base64;

/// Generated from `proto/google/iam/v1/iam_policy.proto`. The code of Cloud Storage's own proto finds
/// it by this path.
#[expect(unreachable_pub, reason = "generated")]
pub(super) mod v1 {
    include!("../generated/google.iam.v1.rs");
}

/// The version of the format of policies with conditions.
const CONDITIONS_VERSION: u32 = 3;

pub(super) async fn get(
    State(shell): State<Shell>,
    Path(bucket): Path<String>,
    uri: Uri,
) -> Result<Json<Value>, StorageError> {
    let requested = Parameters::of(&uri)?.options_requested_policy_version;
    let (policy, version) =
        read(&shell, bucket.clone(), "optionsRequestedPolicyVersion", requested).await?;
    Ok(Json(resource(policy, version, &bucket)))
}

/// The policy, and how often it was set. A request for a version of the format that has no conditions
/// is refused if the policy has some; `field` is the name of that version in the request.
pub(super) async fn read(
    shell: &Shell,
    bucket: String,
    field: &str,
    requested: Option<u32>,
) -> Result<(Value, u64), StorageError> {
    let invalid = |text: &str| StorageError::Invalid(format!("{field}: {text}"));
    if requested.is_some_and(|version| !(1..=CONDITIONS_VERSION).contains(&version)) {
        return Err(invalid("must be 1, 2 or 3"));
    }
    let (policy, version) = shell.with_service(move |service| service.policy(&bucket)).await?;
    if requested.is_some_and(|version| version < CONDITIONS_VERSION) && has_conditions(&policy) {
        return Err(invalid("a policy with conditions has version 3"));
    }
    Ok((policy, version))
}

pub(super) async fn set(
    State(shell): State<Shell>,
    Path(bucket): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, StorageError> {
    let mut policy: Map<String, Value> = metadata::parse(&body, POLICY)?;
    let seen =
        policy.remove("etag").as_ref().and_then(Value::as_str).map(version_of).transpose()?;
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
    let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(&uri)
        .map_err(|rejection| StorageError::Invalid(rejection.body_text()))?;
    let permissions = pairs.into_iter().filter(|(name, _)| name == "permissions");
    let permissions: Vec<String> = permissions.map(|(_, value)| value).collect();
    check_permissions(&shell, bucket, &permissions).await?;
    Ok(Json(json!({"kind": "storage#testIamPermissionsResponse", "permissions": permissions})))
}

/// Checks the permissions that a caller asks for, of which it has all.
pub(super) async fn check_permissions(
    shell: &Shell,
    bucket: String,
    permissions: &[String],
) -> Result<(), StorageError> {
    shell.with_service(move |service| service.bucket(&bucket, &Preconditions::default())).await?;
    match permissions.iter().find(|permission| !is_permission(permission)) {
        Some(strange) => Err(StorageError::Invalid(format!("permissions: '{strange}' is none"))),
        None => Ok(()),
    }
}

/// `storage.objects.get`.
fn is_permission(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    let is_word =
        |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    parts.len() >= 3 && parts.iter().all(is_word)
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
    version_in(&as_base64::decode(etag).unwrap_or_default())
}

/// The version in the bytes of an etag.
pub(super) fn version_in(etag: &[u8]) -> Result<u64, StorageError> {
    let text = std::str::from_utf8(etag).ok();
    // An etag from elsewhere is not malformed: it means that the policy has changed.
    text.and_then(|text| text.parse().ok()).ok_or(StorageError::Precondition)
}
