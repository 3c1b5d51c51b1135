//! Uploading blobs: in one request, in two, or in chunks.

use axum::body::Body;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tokio::sync::OwnedMutexGuard;

use super::error::DistributionError;
use super::route::Name;
use super::{CONTENT_DIGEST, ImageRequest, empty, locate, range};
use crate::Service;
use crate::core::{Digest, Registry, UnknownRepository};
use crate::uploads::Upload;

/// The id of an upload, for Docker's clients.
const UPLOAD_ID: HeaderName = HeaderName::from_static("docker-upload-uuid");

/// `POST`: mounts a blob (`?mount=`), receives a whole one (`?digest=`), or starts a session.
pub(super) async fn begin(
    service: &Service,
    request: &ImageRequest,
    body: Body,
) -> Result<Response, DistributionError> {
    if let Some(digest) = request.query("mount").and_then(|digest| Digest::parse(digest).ok())
        && mount(service, request, &digest)?
    {
        return Ok(created(request, &digest));
    }
    let digest = request.query("digest").map(Digest::parse).transpose()?;
    let upload = service.uploads.begin(&service.contents, request.image.clone()).await?;
    let mut upload = upload.lock_owned().await;
    match digest {
        Some(digest) => finish(service, request, &mut upload, &digest, body).await,
        None => Ok(accepted(request, StatusCode::ACCEPTED, &upload)),
    }
}

/// `PATCH`: receives a chunk.
pub(super) async fn append(
    service: &Service,
    request: &ImageRequest,
    id: &str,
    body: Body,
) -> Result<Response, DistributionError> {
    let mut upload = held(service, request, id).await?;
    match check_range(request, &upload)? {
        Order::Next => {}
        Order::Elsewhere => return Ok(out_of_order(request, &upload)),
    }
    upload.append(body.into_data_stream()).await?;
    Ok(accepted(request, StatusCode::ACCEPTED, &upload))
}

/// `PUT ?digest=`: receives the last chunk, if there is one, and completes the upload.
pub(super) async fn complete(
    service: &Service,
    request: &ImageRequest,
    id: &str,
    body: Body,
) -> Result<Response, DistributionError> {
    let digest = request.query("digest").ok_or_else(|| {
        DistributionError::digest_invalid("the query parameter digest is required")
    })?;
    let digest = Digest::parse(digest)?;
    let mut upload = held(service, request, id).await?;
    match check_range(request, &upload)? {
        Order::Next => finish(service, request, &mut upload, &digest, body).await,
        Order::Elsewhere => Ok(out_of_order(request, &upload)),
    }
}

/// `GET`: returns the progress of an upload.
pub(super) async fn status(
    service: &Service,
    request: &ImageRequest,
    id: &str,
) -> Result<Response, DistributionError> {
    let upload = held(service, request, id).await?;
    Ok(accepted(request, StatusCode::NO_CONTENT, &upload))
}

/// `DELETE`: cancels an upload.
pub(super) fn cancel(
    service: &Service,
    request: &ImageRequest,
    id: &str,
) -> Result<Response, DistributionError> {
    let unknown = || DistributionError::upload_unknown(id);
    service.uploads.find(&request.image, id).ok_or_else(unknown)?;
    service.uploads.end(&service.contents, id.parse().map_err(|_| unknown())?);
    Ok(empty(StatusCode::NO_CONTENT, []))
}

/// The upload with this id, once no other request holds it.
async fn held(
    service: &Service,
    request: &ImageRequest,
    id: &str,
) -> Result<OwnedMutexGuard<Upload>, DistributionError> {
    let unknown = || DistributionError::upload_unknown(id);
    let upload = service.uploads.find(&request.image, id).ok_or_else(unknown)?;
    let upload = upload.lock_owned().await;
    // It may have ended while this request waited for it.
    if service.uploads.find(&request.image, id).is_none() { Err(unknown()) } else { Ok(upload) }
}

/// Mounts the blob from another image. `false` is not an error: the client then uploads the blob.
fn mount(
    service: &Service,
    request: &ImageRequest,
    digest: &Digest,
) -> Result<bool, DistributionError> {
    let from = match request.query("from") {
        None => None,
        Some(from) => {
            let location = Some(request.image.repository.location.as_str());
            let source = Name::of_text(from);
            let source = source.and_then(|name| {
                locate(service, &name, location).or_else(|| locate(service, &name, None))
            });
            let Some(source) = source else { return Ok(false) };
            Some(source)
        }
    };
    let mut mounted = false;
    let decide = |registry: &Registry, _| {
        let events = registry.mount_blob(&request.image, digest, from.as_ref())?;
        mounted = events.is_some();
        Ok::<_, UnknownRepository>(events.unwrap_or_default())
    };
    service.suspects.touch(&request.image, digest);
    service.change(decide, |_| Ok(()))?;
    Ok(mounted)
}

/// Receives the rest of the bytes, and adds the blob to the image. The session ends unless the body
/// ended early; the client may continue then.
async fn finish(
    service: &Service,
    request: &ImageRequest,
    upload: &mut Upload,
    expected: &Digest,
    body: Body,
) -> Result<Response, DistributionError> {
    upload.append(body.into_data_stream()).await?;
    let stored = store(service, request, upload, expected).await;
    service.uploads.end(&service.contents, upload.id);
    stored?;
    Ok(created(request, expected))
}

async fn store(
    service: &Service,
    request: &ImageRequest,
    upload: &Upload,
    expected: &Digest,
) -> Result<(), DistributionError> {
    let digest = upload
        .digest(expected.algorithm())
        .await
        .map_err(|error| DistributionError::internal(&error))?;
    if digest != *expected {
        return Err(DistributionError::digest_invalid(format!(
            "the upload's digest is {digest}, not {expected}"
        )));
    }
    let size_bytes = upload.received_bytes();
    service.suspects.touch(&request.image, &digest);
    service.change(
        |registry, _| registry.add_blob(&request.image, digest.clone(), size_bytes),
        |contents| contents.adopt(upload.path(), &digest),
    )?;
    Ok(())
}

/// Where a chunk belongs.
enum Order {
    /// It continues the upload, or has no range.
    Next,
    /// It starts at another offset.
    Elsewhere,
}

fn check_range(request: &ImageRequest, upload: &Upload) -> Result<Order, DistributionError> {
    let header = request.header(header::CONTENT_RANGE);
    if header.is_empty() {
        return Ok(Order::Next);
    }
    let (first, last) = range::sent(header).ok_or_else(|| {
        DistributionError::upload_invalid(format!("{header:?} is not a valid Content-Range"))
    })?;
    let length = request.header(header::CONTENT_LENGTH).parse::<u64>().ok();
    if first != upload.received_bytes() {
        return Ok(Order::Elsewhere);
    }
    match length {
        Some(length) if (last - first).checked_add(1) != Some(length) => {
            let message = format!("Content-Range is {header}, but Content-Length is {length}");
            Err(DistributionError::size_invalid(message))
        }
        Some(_) | None => Ok(Order::Next),
    }
}

fn created(request: &ImageRequest, digest: &Digest) -> Response {
    let location = format!("{}/blobs/{digest}", request.name.path());
    empty(StatusCode::CREATED, [(header::LOCATION, location), (CONTENT_DIGEST, digest.to_string())])
}

fn accepted(request: &ImageRequest, status: StatusCode, upload: &Upload) -> Response {
    let location = format!("{}/blobs/uploads/{}", request.name.path(), upload.id);
    // For an empty upload too, because the form cannot express an empty range.
    let range = format!("0-{}", upload.received_bytes().saturating_sub(1));
    empty(
        status,
        [(header::LOCATION, location), (header::RANGE, range), (UPLOAD_ID, upload.id.to_string())],
    )
}

fn out_of_order(request: &ImageRequest, upload: &Upload) -> Response {
    let mut refused = DistributionError::out_of_order(upload.received_bytes()).into_response();
    let state = accepted(request, StatusCode::RANGE_NOT_SATISFIABLE, upload);
    refused
        .headers_mut()
        .extend(state.headers().iter().map(|(name, value)| (name.clone(), value.clone())));
    refused
}
