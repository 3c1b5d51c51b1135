//! Uploads in one request (`uploadType=media` and `multipart`), and the start of resumable ones.
//!
//! <https://cloud.google.com/storage/docs/uploads-downloads#uploads>

use axum::body::{Body, to_bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Uri, header};
use axum::response::Response;
use futures::StreamExt as _;
use time::OffsetDateTime;

use super::conditional::Conditional;
use super::content_headers::{DEFAULT_CONTENT_TYPE, checksums_of, header_text};
use super::fields::OBJECT;
use super::metadata;
use super::multipart::{self, Multipart};
use super::object_document::ObjectDocument;
use super::parameters::Parameters;
use super::receive::Receiver;
use super::shell::Shell;
use super::{acl, media, response, resumable};
use crate::{ObjectRecord, StorageError, WriteRequest};
use longshore_local_kit::rest::{WANTS_JSON, body_error, is_json};

/// Maximum size of a metadata document. Google limits custom metadata to 8 KiB, and the rest is
/// short.
const METADATA_LIMIT_BYTES: usize = 1024 * 1024;

pub(super) async fn start(
    State(shell): State<Shell>,
    Path(bucket): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, StorageError> {
    media::refuse_customer_keys(&headers)?;
    let parameters = Parameters::of(&uri)?;
    if !parameters.upload_id.is_empty() {
        // Google's Go client sends the chunks of a resumable upload by POST.
        return resumable::put(State(shell), uri, headers, body).await;
    }
    acl::check(&shell, &bucket, &parameters.predefined_acls()).await?;
    let record = match parameters.upload_type.as_str() {
        "media" => simple(&shell, bucket, &parameters, &headers, body).await?,
        "multipart" => related(&shell, bucket, &parameters, &headers, body).await?,
        "resumable" => {
            let document = to_bytes(body, METADATA_LIMIT_BYTES).await.map_err(|error| {
                StorageError::Invalid(body_error(&error, METADATA_LIMIT_BYTES).message().to_owned())
            })?;
            if !document.is_empty() && !is_json(&headers) {
                return Err(StorageError::Invalid(WANTS_JSON.to_owned()));
            }
            let content_type = header_text(&headers, "x-upload-content-type");
            let document = metadata::parse(&document, OBJECT)?;
            let request = write_request(bucket, &parameters, &headers, document, content_type)?;
            return resumable::start(&shell, request).await;
        }
        other => {
            return Err(StorageError::Invalid(format!(
                "uploadType must be media, multipart or resumable, not '{other}'"
            )));
        }
    };
    Ok(response::object(record, &shell.base))
}

/// `uploadType=media`: the body is the content, and the object's name is in the query.
async fn simple(
    shell: &Shell,
    bucket: String,
    parameters: &Parameters,
    headers: &HeaderMap,
    body: Body,
) -> Result<ObjectRecord, StorageError> {
    let content_type = header_text(headers, header::CONTENT_TYPE.as_str());
    let document = ObjectDocument::default();
    let mut request = write_request(bucket, parameters, headers, document, content_type)?;
    request.expected = checksums_of(headers)?;
    whole(shell, request, body).await
}

/// Writes an object whose content is a request's body.
pub(super) async fn whole(
    shell: &Shell,
    request: WriteRequest,
    body: Body,
) -> Result<ObjectRecord, StorageError> {
    let mut receiver = Receiver::new(shell, None, ());
    let mut pieces = body.into_data_stream();
    while let Some(piece) = pieces.next().await {
        receiver.push(&piece.map_err(|error| StorageError::Body(error.to_string()))?).await?;
    }
    write(receiver, request).await
}

/// `uploadType=multipart`: a part with metadata, one with the content and, from clients that
/// compute checksums while they send, one with those.
async fn related(
    shell: &Shell,
    bucket: String,
    parameters: &Parameters,
    headers: &HeaderMap,
    body: Body,
) -> Result<ObjectRecord, StorageError> {
    let boundary = multipart::boundary(
        header_text(headers, header::CONTENT_TYPE.as_str()),
        "multipart/related",
    );
    let boundary = boundary.ok_or_else(|| {
        StorageError::Invalid("Content-Type must be multipart/related with a boundary".to_owned())
    })?;
    let mut parts = Multipart::new(body.into_data_stream(), boundary);
    let missing = || {
        StorageError::Invalid(
            "a multipart upload must have a metadata part and a content part".to_owned(),
        )
    };

    parts.next_part().await?.ok_or_else(missing)?;
    let document: ObjectDocument =
        metadata::parse(&parts.document(METADATA_LIMIT_BYTES).await?, OBJECT)?;

    let content_headers = parts.next_part().await?.ok_or_else(missing)?;
    let content_type = &content_headers.content_type;
    let mut request = write_request(bucket, parameters, headers, document, content_type)?;
    let mut receiver = Receiver::new(shell, None, ());
    while let Some(piece) = parts.next_piece().await? {
        receiver.push(&piece).await?;
    }

    if parts.next_part().await?.is_some() {
        let document: ObjectDocument =
            metadata::parse(&parts.document(METADATA_LIMIT_BYTES).await?, OBJECT)?;
        let (_, late) = document.into_parts()?;
        request.expected = request.expected.or(late);
    }
    parts.drain().await;
    request.expected = request.expected.or(checksums_of(headers)?);
    write(receiver, request).await
}

async fn write(
    receiver: Receiver<()>,
    request: WriteRequest,
) -> Result<ObjectRecord, StorageError> {
    receiver
        .finish(move |service, staged, ()| {
            service.write(&request, staged, OffsetDateTime::now_utc())
        })
        .await
}

/// Combines the query, the metadata and the content's own type. The query's name and the metadata's
/// type take precedence.
fn write_request(
    bucket: String,
    parameters: &Parameters,
    headers: &HeaderMap,
    document: ObjectDocument,
    content_type: &str,
) -> Result<WriteRequest, StorageError> {
    let object =
        if parameters.name.is_empty() { document.name.clone() } else { parameters.name.clone() };
    let kms_key = match parameters.kms_key_name.as_str() {
        "" => document.kms_key().to_owned(),
        key => key.to_owned(),
    };
    let (mut attributes, expected) = document.into_parts()?;
    let fallbacks = [content_type, DEFAULT_CONTENT_TYPE];
    if attributes.content_type.is_empty() {
        attributes.content_type =
            fallbacks.into_iter().find(|text| !text.is_empty()).unwrap_or_default().to_owned();
    }
    if attributes.content_encoding.is_empty() {
        attributes.content_encoding.clone_from(&parameters.content_encoding);
    }
    Ok(WriteRequest {
        bucket,
        object,
        attributes,
        preconditions: Conditional::of(headers).of_object_write(parameters.preconditions())?,
        expected,
        kms_key,
    })
}
