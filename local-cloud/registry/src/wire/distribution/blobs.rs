//! Pulling and removing blobs.

use std::io;

use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tokio::fs::File;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};
use tokio_util::io::ReaderStream;

use super::error::DistributionError;
use super::range::{Wanted, wanted};
use super::{Asked, CONTENT_DIGEST, empty};
use crate::Service;
use crate::core::Digest;

/// Bytes read from a file at once: large enough that system calls do not count, small against many
/// pulls at once.
const PIECE_BYTES: usize = 64 * 1024;

/// `GET` and `HEAD` of a blob, or of a part of it.
pub(super) async fn pull(
    service: &Service,
    asked: &Asked,
    digest: &str,
) -> Result<Response, DistributionError> {
    let digest = Digest::parse(digest)?;
    let size_bytes =
        service.read(|registry| registry.image(&asked.image)?.blobs.get(&digest).copied());
    let size_bytes = size_bytes.ok_or_else(|| DistributionError::blob_unknown(digest.as_str()))?;
    // A client that finds it here does not upload it, and may push a manifest that names it.
    service.suspects.touch(&asked.image, &digest);
    let (status, first, length) = match wanted(asked.header(header::RANGE), size_bytes) {
        Wanted::Whole => (StatusCode::OK, 0, size_bytes),
        Wanted::Part { first, last } => (StatusCode::PARTIAL_CONTENT, first, last - first + 1),
        Wanted::Nothing => {
            let mut refused = DistributionError::range_not_satisfiable(size_bytes).into_response();
            refused
                .headers_mut()
                .insert(header::CONTENT_RANGE, header_value(&format!("bytes */{size_bytes}"))?);
            return Ok(refused);
        }
    };
    let body = if asked.method == Method::HEAD {
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

/// `DELETE` of a blob that no manifest of the image needs.
pub(super) fn remove(
    service: &Service,
    asked: &Asked,
    digest: &str,
) -> Result<Response, DistributionError> {
    let digest = Digest::parse(digest)?;
    service.change(|registry, _| registry.remove_blob(&asked.image, &digest), |_| Ok(()))?;
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
