//! Uploads in several requests:
//! <https://cloud.google.com/storage/docs/performing-resumable-uploads>.
//!
//! An upload survives a restart: its request is in the journal, and what it received in a file.
//! Status 308 with `Range: bytes=0-LAST` reports its progress.

use std::sync::Arc;

use axum::body::{Body, BodyDataStream};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use futures::StreamExt as _;
use time::OffsetDateTime;
use uuid::Uuid;

use super::content_headers::{checksums_of, header_text};
use super::content_range::ContentRange;
use super::parameters::Parameters;
use super::receive::Receiver;
use super::response;
use super::sessions::Guard;
use super::shell::{Shell, blocking};
use crate::{ObjectRecord, Staged as _, StagedFile, StorageError, UploadRecord, WriteRequest};

/// Google's status for a cancelled upload.
const CLIENT_CLOSED_REQUEST: u16 = 499;

/// Starts an upload, and returns the address to send its content to.
pub(super) async fn start(shell: &Shell, request: WriteRequest) -> Result<Response, StorageError> {
    let bucket = request.bucket.clone();
    let id = begin(shell, request).await?;
    let location = format!(
        "{}/upload/storage/v1/b/{bucket}/o?uploadType=resumable&upload_id={id}",
        shell.base
    );
    Ok([(header::LOCATION, location)].into_response())
}

/// Starts an upload, and returns its id.
pub(super) async fn begin(shell: &Shell, request: WriteRequest) -> Result<String, StorageError> {
    let id = Uuid::new_v4().simple().to_string();
    let started = id.clone();
    let expired = shell
        .with_service(move |service| {
            service.start_upload(&started, request, OffsetDateTime::now_utc())
        })
        .await?;
    expired.iter().for_each(|upload| shell.sessions.forget(upload));
    Ok(id)
}

/// Cancels an upload.
pub(super) async fn cancel(
    State(shell): State<Shell>,
    uri: Uri,
) -> Result<StatusCode, StorageError> {
    end(&shell, Parameters::of(&uri)?.upload_id).await?;
    Ok(StatusCode::from_u16(CLIENT_CLOSED_REQUEST).unwrap_or(StatusCode::NO_CONTENT))
}

/// Ends an upload without its object.
pub(super) async fn end(shell: &Shell, id: String) -> Result<(), StorageError> {
    let slot = shell.sessions.slot(&id).lock_owned().await;
    shell.sessions.forget(&id);
    shell
        .with_service(move |service| {
            let _slot = slot;
            service.upload(&id, OffsetDateTime::now_utc())?;
            service.end_upload(&id)
        })
        .await
}

/// An upload that one request may continue.
pub(super) enum Open {
    /// With what it has received.
    Receiving {
        upload: Box<UploadRecord>,
        receiver: Receiver<Guard>,
        received: u64,
    },
    Finished(Box<ObjectRecord>),
}

/// Opens an upload. Waits while another request holds it.
pub(super) async fn open(shell: &Shell, id: &str) -> Result<Open, StorageError> {
    let slot = shell.sessions.slot(id).lock_owned().await;
    open_held(shell, id, slot).await
}

async fn open_held(shell: &Shell, id: &str, slot: Guard) -> Result<Open, StorageError> {
    let upload = {
        let id = id.to_owned();
        shell.with_service(move |service| service.upload(&id, OffsetDateTime::now_utc())).await
    };
    let upload = upload.inspect_err(|_| shell.sessions.forget(id))?;
    if let Some(object) = upload.finished {
        shell.sessions.forget(id);
        return Ok(Open::Finished(Box::new(object)));
    }
    let (staged, slot) = reopen(shell, id, slot).await?;
    let received = staged.size_bytes();
    let receiver = Receiver::new(shell, Some(staged), slot);
    Ok(Open::Receiving { upload: Box::new(upload), receiver, received })
}

/// Receives a chunk of the content, or returns the progress.
pub(super) async fn put(
    State(shell): State<Shell>,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, StorageError> {
    let id = Parameters::of(&uri)?.upload_id;
    let range = ContentRange::parse(header_text(&headers, header::CONTENT_RANGE.as_str()))?;
    let slot = shell.sessions.slot(&id).lock_owned().await;
    let mut pieces = body.into_data_stream();
    let outcome = take(&shell, &id, slot, range, &headers, &mut pieces).await;
    // A connection whose request was not read to its end is closed, possibly before the client
    // reads the response.
    while let Some(Ok(_)) = pieces.next().await {}
    if has_ended(&outcome) {
        shell.sessions.forget(&id);
    }
    Ok(match outcome? {
        Progress::Finished(object) => response::object(*object, &shell.base),
        Progress::Received { bytes: 0 } => StatusCode::PERMANENT_REDIRECT.into_response(),
        Progress::Received { bytes } => {
            (StatusCode::PERMANENT_REDIRECT, [(header::RANGE, format!("bytes=0-{}", bytes - 1))])
                .into_response()
        }
    })
}

/// What a request has left of an upload.
pub(super) enum Progress {
    Received { bytes: u64 },
    Finished(Box<ObjectRecord>),
}

/// Whether the upload has ended. Until then its slot must stay: two slots would let two requests
/// write to one file.
pub(super) fn has_ended(outcome: &Result<Progress, StorageError>) -> bool {
    use StorageError::{Checksum, NoBucket, NoUpload, Precondition};
    matches!(
        outcome,
        Ok(Progress::Finished(_)) | Err(NoUpload(_) | NoBucket(_) | Precondition | Checksum { .. })
    )
}

async fn take(
    shell: &Shell,
    id: &str,
    slot: Guard,
    range: ContentRange,
    headers: &HeaderMap,
    pieces: &mut BodyDataStream,
) -> Result<Progress, StorageError> {
    let (mut upload, mut receiver, received) = match open_held(shell, id, slot).await? {
        Open::Finished(object) => return Ok(Progress::Finished(object)),
        Open::Receiving { upload, receiver, received } => (upload, receiver, received),
    };
    upload.request.expected = upload.request.expected.or(checksums_of(headers)?);
    match range {
        ContentRange::Status { total_bytes } if total_bytes == Some(received) => {
            finish(receiver, upload, received).await
        }
        // A gap: the client learns the progress and continues from there.
        ContentRange::Piece { first, .. } if first > received => pause(receiver).await,
        ContentRange::Status { .. } => pause(receiver).await,
        ContentRange::Piece { first, length_bytes, total_bytes } => {
            // After a lost response, a client sends bytes again that were received already.
            let piece = receive(&mut receiver, pieces, received - first, length_bytes).await;
            let size = match piece {
                Ok(length) => received.max(first + length),
                Err(error) => {
                    pause(receiver).await?;
                    return Err(error);
                }
            };
            if range.is_last() {
                finish(receiver, upload, total_bytes.unwrap_or(size)).await
            } else {
                pause(receiver).await
            }
        }
    }
}

/// The upload's file: from the slot or, at the first request and after an aborted one, opened
/// again.
async fn reopen(
    shell: &Shell,
    id: &str,
    mut slot: Guard,
) -> Result<(StagedFile, Guard), StorageError> {
    if let Some(staged) = slot.take() {
        return Ok((staged, slot));
    }
    let (service, id) = (Arc::clone(&shell.service), id.to_owned());
    blocking(move || Ok((service.resume_upload(&id)?, slot))).await
}

/// Reads the body, skips bytes that were received already, and returns the length of the body.
async fn receive(
    receiver: &mut Receiver<Guard>,
    pieces: &mut BodyDataStream,
    mut skip_bytes: u64,
    length_bytes: Option<u64>,
) -> Result<u64, StorageError> {
    let mut length = 0;
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|error| StorageError::Body(error.to_string()))?;
        length += piece.len() as u64;
        if length_bytes.is_some_and(|promised| length > promised) {
            return Err(StorageError::Invalid(
                "the body is longer than Content-Range says".to_owned(),
            ));
        }
        let known = usize::try_from(skip_bytes).map_or(piece.len(), |skip| skip.min(piece.len()));
        skip_bytes -= known as u64;
        receiver.push(piece.get(known..).unwrap_or_default()).await?;
    }
    if length_bytes.is_some_and(|promised| length < promised) {
        return Err(StorageError::Body("the body is shorter than Content-Range says".to_owned()));
    }
    Ok(length)
}

/// Writes what was received, and leaves the file to the next request.
pub(super) async fn pause(receiver: Receiver<Guard>) -> Result<Progress, StorageError> {
    receiver
        .finish(|_, staged, mut slot| {
            let bytes = staged.size_bytes();
            *slot = Some(staged);
            Ok(Progress::Received { bytes })
        })
        .await
}

/// Creates the object, if the upload has this many bytes.
pub(super) async fn finish(
    receiver: Receiver<Guard>,
    upload: Box<UploadRecord>,
    total_bytes: u64,
) -> Result<Progress, StorageError> {
    receiver
        .finish(move |service, staged, _slot| {
            if staged.size_bytes() != total_bytes {
                let text = format!(
                    "received {} bytes, but Content-Range says {total_bytes}",
                    staged.size_bytes()
                );
                return Err(StorageError::Invalid(text));
            }
            let object = service.finish_upload(&upload, staged, OffsetDateTime::now_utc())?;
            Ok(Progress::Finished(Box::new(object)))
        })
        .await
}
