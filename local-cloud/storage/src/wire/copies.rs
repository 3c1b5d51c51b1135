//! Objects created from others: compose, copy, rewrite and move.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::Uri;
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use bytes::Bytes;
use serde::Deserialize;
use serde_json::json;
use time::OffsetDateTime;

use super::acl;
use super::fields::{COMPOSE_REQUEST, OBJECT};
use super::metadata;
use super::object_document::ObjectDocument;
use super::parameters::Parameters;
use super::response;
use super::shell::Shell;
use crate::{
    Composition, CopyRequest, ObjectAttributes, ObjectReference, Preconditions, Service,
    StorageError, WriteRequest, resource,
};

/// `maxBytesRewrittenPerCall` must be a multiple of this.
const REWRITE_QUANTUM_BYTES: u64 = 1024 * 1024;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ComposeDocument {
    destination: ObjectDocument,
    source_objects: Vec<SourceObject>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct SourceObject {
    name: String,
    #[serde(deserialize_with = "generation")]
    generation: i64,
    object_preconditions: SourcePreconditions,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct SourcePreconditions {
    #[serde(deserialize_with = "some_generation")]
    if_generation_match: Option<i64>,
}

/// 64-bit numbers are strings in JSON; clients send numbers as well.
#[derive(Deserialize)]
#[serde(untagged)]
enum Generation {
    Number(i64),
    Text(String),
}

fn generation<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    match Generation::deserialize(deserializer)? {
        Generation::Number(number) => Ok(number),
        Generation::Text(text) => text.parse().map_err(serde::de::Error::custom),
    }
}

fn some_generation<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<i64>, D::Error> {
    generation(deserializer).map(Some)
}

pub(super) async fn compose(
    State(shell): State<Shell>,
    Path((bucket, object)): Path<(String, String)>,
    uri: Uri,
    body: Bytes,
) -> Result<Response, StorageError> {
    let parameters = Parameters::of(&uri)?;
    acl::check(&shell, &bucket, &parameters.predefined_acls()).await?;
    let document: ComposeDocument = metadata::parse(&body, COMPOSE_REQUEST)?;
    // Clients that have composed the object before send its previous checksums, which do not match
    // the new content.
    let kms_key = match parameters.kms_key_name.as_str() {
        "" => document.destination.kms_key().to_owned(),
        key => key.to_owned(),
    };
    let (attributes, _) = document.destination.into_parts()?;
    let part = |source: SourceObject| ObjectReference {
        bucket: bucket.clone(),
        object: source.name,
        generation: source.generation,
        preconditions: Preconditions {
            generation_match: source.object_preconditions.if_generation_match,
            ..Preconditions::default()
        },
    };
    let sources = document.source_objects.into_iter().map(part).collect();
    let preconditions = parameters.preconditions();
    let destination = WriteRequest {
        bucket: bucket.clone(),
        object,
        attributes,
        preconditions,
        kms_key,
        ..WriteRequest::default()
    };
    let composition = Composition { destination, sources };
    let record = shell
        .with_service(move |service| service.compose(&composition, OffsetDateTime::now_utc()))
        .await?;
    Ok(response::object(record, &shell.base))
}

/// `…/b/SOURCE/o/OBJECT/VERB/b/DESTINATION/o/OBJECT`.
type Names = Path<(String, String, String, String)>;

fn copy_request(
    (bucket, object, to_bucket, to_object): (String, String, String, String),
    parameters: &Parameters,
    body: &[u8],
) -> Result<CopyRequest, StorageError> {
    let document: ObjectDocument = metadata::parse(body, OBJECT)?;
    let kms_key = match parameters.destination_kms_key_name.as_str() {
        "" => document.kms_key().to_owned(),
        key => key.to_owned(),
    };
    // Clients send back checksums that they have read, perhaps of the content that is replaced.
    let (attributes, _) = document.into_parts()?;
    Ok(CopyRequest {
        source: parameters.source(bucket, object),
        destination: WriteRequest {
            bucket: to_bucket,
            object: to_object,
            preconditions: parameters.preconditions(),
            kms_key,
            ..WriteRequest::default()
        },
        // A document that sets none copies those of the source.
        attributes: (attributes != ObjectAttributes::default()).then_some(attributes),
    })
}

pub(super) async fn copy(
    State(shell): State<Shell>,
    Path(names): Names,
    uri: Uri,
    body: Bytes,
) -> Result<Response, StorageError> {
    let parameters = Parameters::of(&uri)?;
    acl::check(&shell, &names.2, &parameters.predefined_acls()).await?;
    let request = copy_request(names, &parameters, &body)?;
    let copied =
        shell.with_service(move |service| service.copy(request, OffsetDateTime::now_utc())).await?;
    Ok(response::object(copied.object, &shell.base))
}

/// Moves an object within its bucket.
pub(super) async fn rename(
    State(shell): State<Shell>,
    Path((bucket, object, to_object)): Path<(String, String, String)>,
    uri: Uri,
    body: Bytes,
) -> Result<Response, StorageError> {
    let parameters = Parameters::of(&uri)?;
    acl::check(&shell, &bucket, &parameters.predefined_acls()).await?;
    let request = copy_request((bucket.clone(), object, bucket, to_object), &parameters, &body)?;
    let moved = shell
        .with_service(move |service| service.rename(request, OffsetDateTime::now_utc()))
        .await?;
    Ok(response::object(moved.object, &shell.base))
}

/// Copies an object. Where the locations or storage classes differ and `maxBytesRewrittenPerCall`
/// is less than the object's size, it takes several calls, each with the token of the previous one;
/// the last one makes the copy.
pub(super) async fn rewrite(
    State(shell): State<Shell>,
    Path(names): Names,
    uri: Uri,
    body: Bytes,
) -> Result<Response, StorageError> {
    let parameters = Parameters::of(&uri)?;
    acl::check(&shell, &names.2, &parameters.predefined_acls()).await?;
    let request = copy_request(names, &parameters, &body)?;
    let (limit, token) =
        (parameters.max_bytes_rewritten_per_call, parameters.rewrite_token.clone());
    let step =
        shell.with_service(move |service| rewrite_step(service, request, limit, &token)).await?;
    let mut answer = json!({
        "kind": "storage#rewriteResponse",
        "objectSize": step.size_bytes.to_string(),
        "totalBytesRewritten": step.rewritten_bytes.to_string(),
        "done": step.resource.is_some(),
    });
    match step.resource {
        Some(record) => {
            let resource = serde_json::to_value(resource::object(*record, &shell.base));
            answer["resource"] = resource.map_err(|error| StorageError::Content(error.into()))?;
        }
        None => answer["rewriteToken"] = step.token.into(),
    }
    Ok(Json(answer).into_response())
}

/// What one call of a rewrite has done.
pub(super) struct RewriteStep {
    pub(super) size_bytes: u64,
    pub(super) rewritten_bytes: u64,
    /// For the next call; empty if this was the last one.
    pub(super) token: String,
    pub(super) resource: Option<Box<crate::ObjectRecord>>,
}

pub(super) fn rewrite_step(
    service: &Service,
    request: CopyRequest,
    limit_bytes: Option<u64>,
    token: &str,
) -> Result<RewriteStep, StorageError> {
    if limit_bytes.is_some_and(|limit| limit == 0 || !limit.is_multiple_of(REWRITE_QUANTUM_BYTES)) {
        let text =
            format!("maxBytesRewrittenPerCall must be a multiple of {REWRITE_QUANTUM_BYTES}");
        return Err(StorageError::Invalid(text));
    }
    let source = service.source(&request.source)?;
    let before =
        if token.is_empty() { 0 } else { rewritten_so_far(token, &request, source.generation)? };
    let size_bytes = source.digest.size_bytes;
    let limit_bytes = if service.copies_bytes(&source, &request)? { limit_bytes } else { None };
    let rewritten_bytes =
        limit_bytes.map_or(size_bytes, |limit| size_bytes.min(before.saturating_add(limit)));
    if rewritten_bytes < size_bytes {
        let token = rewrite_token(rewritten_bytes, &request, source.generation);
        return Ok(RewriteStep { size_bytes, rewritten_bytes, token, resource: None });
    }
    let copied = service.copy(request, OffsetDateTime::now_utc())?;
    Ok(RewriteStep {
        size_bytes,
        rewritten_bytes,
        token: String::new(),
        resource: Some(Box::new(copied.object)),
    })
}

/// The progress of a rewrite, and its source and destination: a token is valid for the same rewrite
/// only.
fn rewrite_token(rewritten_bytes: u64, request: &CopyRequest, generation: i64) -> String {
    let (source, to) = (&request.source, &request.destination);
    let text =
        json!([rewritten_bytes, source.bucket, source.object, generation, to.bucket, to.object])
            .to_string();
    BASE64_URL_SAFE_NO_PAD.encode(text)
}

fn rewritten_so_far(
    token: &str,
    request: &CopyRequest,
    generation: i64,
) -> Result<u64, StorageError> {
    let invalid =
        || StorageError::Invalid("the rewriteToken does not belong to this rewrite".to_owned());
    let text = BASE64_URL_SAFE_NO_PAD.decode(token).map_err(|_| invalid())?;
    let parts: Vec<serde_json::Value> = serde_json::from_slice(&text).map_err(|_| invalid())?;
    let rewritten_bytes = parts.first().and_then(serde_json::Value::as_u64).ok_or_else(invalid)?;
    if rewrite_token(rewritten_bytes, request, generation) == token {
        Ok(rewritten_bytes)
    } else {
        Err(invalid())
    }
}
