//! Multipart uploads: `?uploads` and `?uploadId=`.
//!
//! <https://cloud.google.com/storage/docs/xml-api/overview#multipart>

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, HeaderName, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use futures::StreamExt as _;
use time::OffsetDateTime;
use uuid::Uuid;

use super::document::{Document, elements, unescape};
use super::error::XmlError;
use super::{QueryPairs, Shell, find, write_request};
use crate::resource::{percent_encode, rfc3339};
use crate::wire::content_headers::checksums_of;
use crate::wire::object_headers::set;
use crate::wire::receive::Receiver;
use crate::{Digest, ExpectedChecksums, ObjectReference, PartsError, PartsUpload, StorageError};

/// Maximum size of the list of parts: 10,000 of them, with tags and spaces.
const LIST_LIMIT_BYTES: usize = 4 << 20;

/// Whether the query is about a multipart upload.
pub(super) fn is_meant(query: &QueryPairs) -> bool {
    ["uploads", "uploadId", "partNumber"].iter().any(|name| find(query, name).is_some())
}

pub(super) async fn answer(
    shell: &Shell,
    method: &Method,
    target: ObjectReference,
    query: &QueryPairs,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, XmlError> {
    let upload = find(query, "uploadId").map(str::to_owned);
    match (method, upload, find(query, "partNumber")) {
        (&Method::POST, None, None) => start(shell, target, headers).await,
        (&Method::PUT, Some(upload), Some(number)) => {
            let malformed = || StorageError::Invalid(format!("invalid partNumber: {number}"));
            let number = number.parse().map_err(|_| malformed())?;
            put(shell, target, upload, number, headers, body).await
        }
        (&Method::GET, Some(upload), None) => list_parts(shell, target, upload).await,
        (&Method::POST, Some(upload), None) => complete(shell, target, upload, body).await,
        (&Method::DELETE, Some(upload), None) => {
            shell
                .with_service(move |service| {
                    service.abort_parts(&upload, &target.bucket, &target.object)
                })
                .await?;
            Ok(StatusCode::NO_CONTENT.into_response())
        }
        _ => {
            Err(StorageError::Unimplemented(format!("this {method} of a multipart upload")).into())
        }
    }
}

async fn start(
    shell: &Shell,
    target: ObjectReference,
    headers: &HeaderMap,
) -> Result<Response, XmlError> {
    let mut request = write_request(target, headers)?;
    request.expected = ExpectedChecksums::default();
    let id = Uuid::new_v4().simple().to_string();
    let mut document = Document::of_upload("InitiateMultipartUploadResult");
    document.element("Bucket", &request.bucket);
    document.element("Key", &request.object);
    document.element("UploadId", &id);
    let now = OffsetDateTime::now_utc();
    shell.with_service(move |service| service.start_parts(&id, request, now)).await?;
    Ok(document.into_response(StatusCode::OK))
}

async fn put(
    shell: &Shell,
    target: ObjectReference,
    upload: String,
    number: u32,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, XmlError> {
    let expected = checksums_of(headers)?;
    let upload = find_upload(shell, &target, upload).await?;
    let mut receiver = Receiver::new(shell, None, ());
    let mut pieces = body.into_data_stream();
    while let Some(piece) = pieces.next().await {
        receiver.push(&piece.map_err(|error| StorageError::Body(error.to_string()))?).await?;
    }
    let part = receiver
        .finish(move |service, staged, ()| {
            expected.check(&crate::Staged::digest(&staged))?;
            service.put_part(&upload, number, staged, OffsetDateTime::now_utc())
        })
        .await?;
    let mut response = StatusCode::OK.into_response();
    set(response.headers_mut(), header::ETAG, &format!("\"{}\"", part.tag()));
    set(response.headers_mut(), HeaderName::from_static("x-goog-hash"), &hashes(&part.digest));
    Ok(response)
}

fn hashes(digest: &Digest) -> String {
    format!("crc32c={},md5={}", digest.crc32c_base64(), digest.md5_base64())
}

async fn find_upload(
    shell: &Shell,
    target: &ObjectReference,
    id: String,
) -> Result<PartsUpload, StorageError> {
    let (bucket, object) = (target.bucket.clone(), target.object.clone());
    shell.with_service(move |service| service.parts_upload(&id, &bucket, &object)).await
}

async fn list_parts(
    shell: &Shell,
    target: ObjectReference,
    upload: String,
) -> Result<Response, XmlError> {
    let upload = find_upload(shell, &target, upload).await?;
    let mut document = Document::of_upload("ListPartsResult");
    document.element("Bucket", &target.bucket);
    document.element("Key", &target.object);
    document.element("UploadId", &upload.id);
    document.element("StorageClass", &upload.request.attributes.storage_class);
    document.element("MaxParts", &upload.parts.len().to_string());
    document.element("IsTruncated", "false");
    for part in upload.parts.values() {
        document.within("Part", |document| {
            document.element("PartNumber", &part.number.to_string());
            document.element("LastModified", &rfc3339(part.uploaded_at));
            document.element("ETag", &format!("\"{}\"", part.tag()));
            document.element("Size", &part.digest.size_bytes.to_string());
        });
    }
    Ok(document.into_response(StatusCode::OK))
}

async fn complete(
    shell: &Shell,
    target: ObjectReference,
    upload: String,
    body: Body,
) -> Result<Response, XmlError> {
    let body = to_bytes(body, LIST_LIMIT_BYTES)
        .await
        .map_err(|error| StorageError::Body(error.to_string()))?;
    let listed = listed_parts(&body).ok_or_else(|| {
        StorageError::Invalid("the body is not a CompleteMultipartUpload".to_owned())
    })?;
    let upload = find_upload(shell, &target, upload).await?;
    let finished = shell
        .with_service(move |service| {
            Ok(service.complete_parts(&upload, &listed, OffsetDateTime::now_utc()))
        })
        .await?;
    let object = finished.map_err(|error| match error {
        PartsError::Storage(error) => XmlError::Storage(error),
        other => XmlError::Parts(other),
    })?;
    let path = format!("{}/{}", percent_encode(&object.bucket), percent_encode(&object.name));
    let mut document = Document::of_upload("CompleteMultipartUploadResult");
    document.element("Location", &format!("{}/{path}", shell.base));
    document.element("Bucket", &object.bucket);
    document.element("Key", &object.name);
    document.element("ETag", &format!("\"{}\"", object.content_tag()));
    let mut response = document.into_response(StatusCode::OK);
    set(
        response.headers_mut(),
        HeaderName::from_static("x-goog-generation"),
        &object.generation.to_string(),
    );
    Ok(response)
}

/// The parts of a `CompleteMultipartUpload`, by number and tag.
fn listed_parts(body: &[u8]) -> Option<Vec<(u32, String)>> {
    let body = std::str::from_utf8(body).ok()?;
    let parts = elements(body, "Part")?.into_iter().map(|part| {
        let only = |name| match elements(part, name)?.as_slice() {
            [text] => Some(*text),
            _ => None,
        };
        let tag = unescape(only("ETag")?).trim_matches('"').to_owned();
        Some((only("PartNumber")?.parse().ok()?, tag))
    });
    parts.collect()
}

/// `GET /BUCKET?uploads`.
pub(super) async fn list_uploads(shell: &Shell, bucket: String) -> Result<Response, XmlError> {
    let of = bucket.clone();
    let uploads = shell.with_service(move |service| service.parts_uploads(&of)).await?;
    let mut document = Document::of_upload("ListMultipartUploadsResult");
    document.element("Bucket", &bucket);
    document.element("MaxUploads", &uploads.len().to_string());
    document.element("IsTruncated", "false");
    for upload in &uploads {
        document.within("Upload", |document| {
            document.element("Key", &upload.request.object);
            document.element("UploadId", &upload.id);
            document.element("StorageClass", &upload.request.attributes.storage_class);
            document.element("Initiated", &rfc3339(upload.started_at));
        });
    }
    Ok(document.into_response(StatusCode::OK))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_parts_is_read() {
        let body = b"<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>\"ab\"</ETag></Part>\
                     <Part><ETag>&quot;cd&quot;</ETag><PartNumber>2</PartNumber></Part></CompleteMultipartUpload>";
        let expected = vec![(1, "ab".to_owned()), (2, "cd".to_owned())];
        assert_eq!(listed_parts(body), Some(expected));
        assert_eq!(listed_parts(b"<Part><PartNumber>1</PartNumber></Part>"), None);
        assert_eq!(listed_parts(b"<Part><PartNumber>x</PartNumber><ETag>a</ETag></Part>"), None);
        assert_eq!(listed_parts(b"\xff"), None);
    }
}
