//! Pulling and removing blobs.

use std::io;

use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tokio::fs::File;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};
use tokio_util::io::ReaderStream;

use super::error::DistributionError;
use super::range::{Requested, requested};
use super::{CONTENT_DIGEST, ImageRequest, empty};
use crate::Service;
use crate::core::Digest;

/// Read buffer: large enough to make system calls negligible, small enough for many concurrent
/// pulls.
const PIECE_BYTES: usize = 64 * 1024;

/// `GET` and `HEAD` of a blob, or of a part of it.
pub(super) async fn pull(
    service: &Service,
    request: &ImageRequest,
    digest: &str,
) -> Result<Response, DistributionError> {
    let digest = Digest::parse(digest)?;
    let size_bytes =
        service.read(|registry| registry.image(&request.image)?.blobs.get(&digest).copied());
    let size_bytes = size_bytes.ok_or_else(|| DistributionError::blob_unknown(digest.as_str()))?;
    // A client that finds the blob does not upload it, and may push a manifest that references it.
    service.suspects.touch(&request.image, &digest);
    let (status, first, length) = match requested(request.header(header::RANGE), size_bytes) {
        Requested::Whole => (StatusCode::OK, 0, size_bytes),
        Requested::Part { first, last } => (StatusCode::PARTIAL_CONTENT, first, last - first + 1),
        Requested::Nothing => {
            let mut refused = DistributionError::range_not_satisfiable(size_bytes).into_response();
            refused
                .headers_mut()
                .insert(header::CONTENT_RANGE, header_value(&format!("bytes */{size_bytes}"))?);
            return Ok(refused);
        }
    };
    let body = if request.method == Method::HEAD {
        Body::empty()
    } else {
        stream(service, &digest, first, length).await?
    };
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::CONTENT_LENGTH, length.to_string()),
        (header::ACCEPT_RANGES, "bytes".to_owned()),
        (CONTENT_DIGEST, digest.to_string()),
    ];
    let mut response = (status, headers, body).into_response();
    if status == StatusCode::PARTIAL_CONTENT {
        let range = format!("bytes {first}-{}/{size_bytes}", first + length - 1);
        response.headers_mut().insert(header::CONTENT_RANGE, header_value(&range)?);
    }
    Ok(response)
}

/// `DELETE` of a blob that no manifest of the image references.
pub(super) fn remove(
    service: &Service,
    request: &ImageRequest,
    digest: &str,
) -> Result<Response, DistributionError> {
    let digest = Digest::parse(digest)?;
    service.change(|registry, _| registry.remove_blob(&request.image, &digest), |_| Ok(()))?;
    Ok(empty(StatusCode::ACCEPTED, []))
}

async fn stream(
    service: &Service,
    digest: &Digest,
    first: u64,
    length: u64,
) -> Result<Body, DistributionError> {
    let open = async {
        let mut file = File::open(service.contents.path(digest)).await?;
        file.seek(io::SeekFrom::Start(first)).await?;
        Ok::<_, io::Error>(file)
    };
    let file = open.await.map_err(|error| DistributionError::internal(&error))?;
    Ok(Body::from_stream(ReaderStream::with_capacity(file.take(length), PIECE_BYTES)))
}

fn header_value(text: &str) -> Result<header::HeaderValue, DistributionError> {
    header::HeaderValue::from_str(text).map_err(|error| DistributionError::internal(&error))
}
