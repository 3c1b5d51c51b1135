//! Uploading blobs: in one request, in two, or in pieces.

use axum::body::Body;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tokio::sync::OwnedMutexGuard;

use super::error::DistributionError;
use super::route::Name;
use super::{Asked, CONTENT_DIGEST, empty, locate, range};
use crate::Service;
use crate::core::{Digest, Registry, UnknownRepository};
use crate::uploads::Upload;

/// Id of an upload, for Docker's clients.
const UPLOAD_ID: HeaderName = HeaderName::from_static("docker-upload-uuid");

/// `POST`: mounts a blob (`?mount=`), takes a whole one (`?digest=`), or begins a session.
pub(super) async fn begin(
    service: &Service,
    asked: &Asked,
    body: Body,
) -> Result<Response, DistributionError> {
    if let Some(digest) = asked.query("mount").and_then(|digest| Digest::parse(digest).ok())
        && mount(service, asked, &digest)?
    {
        return Ok(created(asked, &digest));
    }
    let digest = asked.query("digest").map(Digest::parse).transpose()?;
    let upload = service.uploads.begin(&service.contents, asked.image.clone()).await?;
    let mut upload = upload.lock_owned().await;
    match digest {
        Some(digest) => finish(service, asked, &mut upload, &digest, body).await,
        None => Ok(accepted(asked, StatusCode::ACCEPTED, &upload)),
    }
}

/// `PATCH`: takes a piece.
pub(super) async fn append(
    service: &Service,
    asked: &Asked,
    id: &str,
    body: Body,
) -> Result<Response, DistributionError> {
    let mut upload = held(service, asked, id).await?;
    match check_range(asked, &upload)? {
        Order::Next => {}
        Order::Elsewhere => return Ok(out_of_order(asked, &upload)),
    }
    upload.append(body.into_data_stream()).await?;
    Ok(accepted(asked, StatusCode::ACCEPTED, &upload))
}

/// `PUT ?digest=`: takes the last piece, if there is one, and ends the session.
pub(super) async fn complete(
    service: &Service,
    asked: &Asked,
    id: &str,
    body: Body,
) -> Result<Response, DistributionError> {
    let digest = asked.query("digest").ok_or_else(|| {
        DistributionError::digest_invalid("the query parameter digest is missing")
    })?;
    let digest = Digest::parse(digest)?;
    let mut upload = held(service, asked, id).await?;
    match check_range(asked, &upload)? {
        Order::Next => finish(service, asked, &mut upload, &digest, body).await,
        Order::Elsewhere => Ok(out_of_order(asked, &upload)),
    }
}

/// `GET`: how far a session is.
pub(super) async fn status(
    service: &Service,
    asked: &Asked,
    id: &str,
) -> Result<Response, DistributionError> {
    let upload = held(service, asked, id).await?;
    Ok(accepted(asked, StatusCode::NO_CONTENT, &upload))
}

/// `DELETE`: gives a session up.
pub(super) fn cancel(
    service: &Service,
    asked: &Asked,
    id: &str,
) -> Result<Response, DistributionError> {
    let unknown = || DistributionError::upload_unknown(id);
    service.uploads.find(&asked.image, id).ok_or_else(unknown)?;
    service.uploads.end(&service.contents, id.parse().map_err(|_| unknown())?);
    Ok(empty(StatusCode::NO_CONTENT, []))
}

/// The upload of that id, when nobody else has it in hand any more.
async fn held(
    service: &Service,
    asked: &Asked,
    id: &str,
) -> Result<OwnedMutexGuard<Upload>, DistributionError> {
    let unknown = || DistributionError::upload_unknown(id);
    let upload = service.uploads.find(&asked.image, id).ok_or_else(unknown)?;
    let upload = upload.lock_owned().await;
    // It may have come to its end while this request waited for it.
    if service.uploads.find(&asked.image, id).is_none() { Err(unknown()) } else { Ok(upload) }
}

/// Whether the blob could be taken from another image. That it could not is no error: the client
/// uploads it then.
fn mount(service: &Service, asked: &Asked, digest: &Digest) -> Result<bool, DistributionError> {
    let from = match asked.query("from") {
        None => None,
        Some(from) => {
            let location = Some(asked.image.repository.location.as_str());
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
        let events = registry.mount_blob(&asked.image, digest, from.as_ref())?;
        mounted = events.is_some();
        Ok::<_, UnknownRepository>(events.unwrap_or_default())
    };
    service.suspects.touch(&asked.image, digest);
    service.change(decide, |_| Ok(()))?;
    Ok(mounted)
}

/// Takes what is left of the bytes and makes them a blob of the image. The session ends in any case
/// but a broken body, after which the client may go on.
async fn finish(
    service: &Service,
    asked: &Asked,
    upload: &mut Upload,
    wanted: &Digest,
    body: Body,
) -> Result<Response, DistributionError> {
    upload.append(body.into_data_stream()).await?;
    let stored = store(service, asked, upload, wanted).await;
    service.uploads.end(&service.contents, upload.id);
    stored?;
    Ok(created(asked, wanted))
}

async fn store(
    service: &Service,
    asked: &Asked,
    upload: &Upload,
    wanted: &Digest,
) -> Result<(), DistributionError> {
    let digest = upload
        .digest(wanted.algorithm())
        .await
        .map_err(|error| DistributionError::internal(&error))?;
    if digest != *wanted {
        return Err(DistributionError::digest_invalid(format!(
            "the upload's digest is {digest}, not {wanted}"
        )));
    }
    let size_bytes = upload.received_bytes();
    service.suspects.touch(&asked.image, &digest);
    service.change(
        |registry, _| registry.add_blob(&asked.image, digest.clone(), size_bytes),
        |contents| contents.adopt(upload.path(), &digest),
    )?;
    Ok(())
}

/// Whether a piece continues the upload.
enum Order {
    /// It does, or does not say.
    Next,
    /// It belongs elsewhere.
    Elsewhere,
}

fn check_range(asked: &Asked, upload: &Upload) -> Result<Order, DistributionError> {
    let header = asked.header(header::CONTENT_RANGE);
    if header.is_empty() {
        return Ok(Order::Next);
    }
    let (first, last) = range::sent(header).ok_or_else(|| {
        DistributionError::upload_invalid(format!("{header:?} is no Content-Range"))
    })?;
    let length = asked.header(header::CONTENT_LENGTH).parse::<u64>().ok();
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

fn created(asked: &Asked, digest: &Digest) -> Response {
    let location = format!("{}/blobs/{digest}", asked.name.path());
    empty(StatusCode::CREATED, [(header::LOCATION, location), (CONTENT_DIGEST, digest.to_string())])
}

fn accepted(asked: &Asked, status: StatusCode, upload: &Upload) -> Response {
    let location = format!("{}/blobs/uploads/{}", asked.name.path(), upload.id);
    // Of an empty upload too, because the form has no way to say that there is nothing.
    let range = format!("0-{}", upload.received_bytes().saturating_sub(1));
    empty(
        status,
        [(header::LOCATION, location), (header::RANGE, range), (UPLOAD_ID, upload.id.to_string())],
    )
}

fn out_of_order(asked: &Asked, upload: &Upload) -> Response {
    let mut refused = DistributionError::out_of_order(upload.received_bytes()).into_response();
    let state = accepted(asked, StatusCode::RANGE_NOT_SATISFIABLE, upload);
    refused
        .headers_mut()
        .extend(state.headers().iter().map(|(name, value)| (name.clone(), value.clone())));
    refused
}
