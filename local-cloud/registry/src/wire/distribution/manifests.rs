//! Pushing, pulling and deleting manifests.

use axum::body::{Body, to_bytes};
use axum::http::{HeaderName, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::error::DistributionError;
use super::{Asked, CONTENT_DIGEST, empty};
use crate::Service;
use crate::contents::digest_of;
use crate::core::{Algorithm, Digest, Manifest, is_tag};

/// Largest manifest: the size that the specification wants registries to take at least.
const MANIFEST_LIMIT_BYTES: usize = 4 * 1024 * 1024;

/// Tells a client that the registry will list this manifest as a referrer, so that it need not keep
/// a list itself.
const SUBJECT: HeaderName = HeaderName::from_static("oci-subject");

/// `PUT` under a tag or a digest.
pub(super) async fn push(
    service: &Service,
    asked: &Asked,
    reference: &str,
    body: Body,
) -> Result<Response, DistributionError> {
    let bytes = to_bytes(body, MANIFEST_LIMIT_BYTES)
        .await
        .map_err(|_| DistributionError::manifest_too_large(MANIFEST_LIMIT_BYTES))?;
    let (digest, tag) = match Digest::parse(reference) {
        Ok(wanted) => (checked_digest(&wanted, &bytes)?, None),
        Err(_) if is_tag(reference) => (digest_of(Algorithm::Sha256, &bytes), Some(reference)),
        Err(_) => {
            return Err(DistributionError::manifest_invalid(format!(
                "{reference:?} is neither a tag nor a digest"
            )));
        }
    };
    let manifest = Manifest::read(asked.header(header::CONTENT_TYPE), &bytes)?;
    let subject = manifest.subject.clone();
    service.change(
        |registry, now| registry.push_manifest(&asked.image, &digest, manifest, tag, now),
        |contents| contents.put(&digest, &bytes),
    )?;
    let location = format!("{}/manifests/{digest}", asked.name.path());
    let headers = [(header::LOCATION, location), (CONTENT_DIGEST, digest.to_string())];
    let subject = subject.map(|subject| [(SUBJECT, subject.to_string())]);
    Ok(match subject {
        Some(subject) => (StatusCode::CREATED, headers, subject).into_response(),
        None => empty(StatusCode::CREATED, headers),
    })
}

/// `GET` and `HEAD`. The manifest is answered as it was pushed, whatever types the client accepts:
/// registries do not convert.
pub(super) async fn pull(
    service: &Service,
    asked: &Asked,
    reference: &str,
) -> Result<Response, DistributionError> {
    let found = service.read(|registry| {
        let (digest, stored) = registry.image(&asked.image)?.resolve(reference)?;
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
    if asked.method == Method::HEAD {
        return Ok(empty(StatusCode::OK, headers));
    }
    let bytes = tokio::fs::read(service.contents.path(&digest))
        .await
        .map_err(|error| DistributionError::internal(&error))?;
    Ok((headers, bytes).into_response())
}

/// `DELETE` of a tag, which leaves the manifest, or of a manifest with its tags.
pub(super) fn delete(
    service: &Service,
    asked: &Asked,
    reference: &str,
) -> Result<Response, DistributionError> {
    service.change(
        |registry, _| match Digest::parse(reference) {
            Ok(digest) => registry.delete_manifest(&asked.image, &digest, true),
            Err(_) => registry.delete_tag(&asked.image, reference),
        },
        |_| Ok(()),
    )?;
    Ok(empty(StatusCode::ACCEPTED, []))
}

fn checked_digest(wanted: &Digest, bytes: &[u8]) -> Result<Digest, DistributionError> {
    let digest = digest_of(wanted.algorithm(), bytes);
    if digest == *wanted {
        Ok(digest)
    } else {
        Err(DistributionError::digest_invalid(format!(
            "the manifest's digest is {digest}, not {wanted}"
        )))
    }
}
