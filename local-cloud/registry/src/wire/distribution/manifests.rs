//! Pushing, pulling and deleting manifests.

use axum::body::{Body, to_bytes};
use axum::http::{HeaderName, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::error::DistributionError;
use super::{CONTENT_DIGEST, ImageRequest, empty};
use crate::Service;
use crate::contents::digest_of;
use crate::core::{Algorithm, Digest, Manifest, is_tag};

/// Maximum manifest size: the minimum that the specification requires registries to accept.
const MANIFEST_LIMIT_BYTES: usize = 4 * 1024 * 1024;

/// Tells a client that the registry lists this manifest as a referrer, so that it need not maintain
/// a list itself.
const SUBJECT: HeaderName = HeaderName::from_static("oci-subject");

/// `PUT` under a tag or a digest.
pub(super) async fn push(
    service: &Service,
    request: &ImageRequest,
    reference: &str,
    body: Body,
) -> Result<Response, DistributionError> {
    let bytes = to_bytes(body, MANIFEST_LIMIT_BYTES)
        .await
        .map_err(|_| DistributionError::manifest_too_large(MANIFEST_LIMIT_BYTES))?;
    let (digest, tag) = match Digest::parse(reference) {
        Ok(expected) => (checked_digest(&expected, &bytes)?, None),
        Err(_) if is_tag(reference) => (digest_of(Algorithm::Sha256, &bytes), Some(reference)),
        Err(_) => {
            return Err(DistributionError::manifest_invalid(format!(
                "{reference:?} is neither a tag nor a digest"
            )));
        }
    };
    let manifest = Manifest::read(request.header(header::CONTENT_TYPE), &bytes)?;
    let subject = manifest.subject.clone();
    service.change(
        |registry, now| registry.push_manifest(&request.image, &digest, manifest, tag, now),
        |contents| contents.put(&digest, &bytes),
    )?;
    let location = format!("{}/manifests/{digest}", request.name.path());
    let headers = [(header::LOCATION, location), (CONTENT_DIGEST, digest.to_string())];
    let subject = subject.map(|subject| [(SUBJECT, subject.to_string())]);
    Ok(match subject {
        Some(subject) => (StatusCode::CREATED, headers, subject).into_response(),
        None => empty(StatusCode::CREATED, headers),
    })
}

/// `GET` and `HEAD`. Returns the manifest as it was pushed, regardless of the types that the client
/// accepts: registries do not convert.
pub(super) async fn pull(
    service: &Service,
    request: &ImageRequest,
    reference: &str,
) -> Result<Response, DistributionError> {
    let found = service.read(|registry| {
        let (digest, stored) = registry.image(&request.image)?.resolve(reference)?;
        Some((digest.clone(), stored.manifest.media_type.clone(), stored.manifest.size_bytes))
    });
    let (digest, media_type, size_bytes) =
        found.ok_or_else(|| DistributionError::manifest_unknown(reference))?;
    let headers = [
        (header::CONTENT_TYPE, media_type),
        (header::CONTENT_LENGTH, size_bytes.to_string()),
        (header::ETAG, format!("\"{digest}\"")),
        (CONTENT_DIGEST, digest.to_string()),
    ];
    if request.method == Method::HEAD {
        return Ok(empty(StatusCode::OK, headers));
    }
    let bytes = tokio::fs::read(service.contents.path(&digest))
        .await
        .map_err(|error| DistributionError::internal(&error))?;
    Ok((headers, bytes).into_response())
}

/// `DELETE` of a tag, which keeps the manifest, or of a manifest without tags. Artifact Registry
/// refuses to delete one that tags point to.
pub(super) fn delete(
    service: &Service,
    request: &ImageRequest,
    reference: &str,
) -> Result<Response, DistributionError> {
    service.change(
        |registry, _| match Digest::parse(reference) {
            Ok(digest) => registry.delete_manifest(&request.image, &digest, false),
            Err(_) => registry.delete_tag(&request.image, reference),
        },
        |_| Ok(()),
    )?;
    Ok(empty(StatusCode::ACCEPTED, []))
}

fn checked_digest(expected: &Digest, bytes: &[u8]) -> Result<Digest, DistributionError> {
    let digest = digest_of(expected.algorithm(), bytes);
    if digest == *expected {
        Ok(digest)
    } else {
        Err(DistributionError::digest_invalid(format!(
            "the manifest's digest is {digest}, not {expected}"
        )))
    }
}
