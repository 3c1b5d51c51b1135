//! Lists: an image's tags, and the manifests about a manifest.

use axum::http::{HeaderName, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::Asked;
use super::error::DistributionError;
use crate::registry::Service;
use crate::registry::core::{Digest, StoredManifest};

/// Type of the list of referrers.
const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// Filters that were applied to the list of referrers.
const FILTERS_APPLIED: HeaderName = HeaderName::from_static("oci-filters-applied");

/// `GET …/tags/list?n=&last=`: all tags, or the next `n` behind `last`.
pub(super) fn tags(service: &Service, asked: &Asked) -> Result<Response, DistributionError> {
    let limit = asked.query("n").map(str::parse::<usize>).transpose();
    let limit = limit.map_err(|_| DistributionError::size_invalid("the query parameter n is no number"))?;
    let last = asked.query("last").unwrap_or_default();
    let tags = service.look(|registry| {
        let image = registry.image(&asked.image).filter(|image| !image.manifests.is_empty())?;
        Some(image.tags_behind(last).into_iter().map(str::to_owned).collect::<Vec<_>>())
    });
    let mut tags = tags.ok_or_else(|| DistributionError::name_unknown(format!("image {} is not known", asked.name)))?;
    let page = limit.unwrap_or(tags.len()).min(tags.len());
    let more = page < tags.len();
    tags.truncate(page);
    let next = tags.last().filter(|_| more).map(|last| {
        let link = format!("<{}/tags/list?n={page}&last={last}>; rel=\"next\"", asked.name.path());
        [(header::LINK, link)]
    });
    let body = axum::Json(json!({"name": asked.name.to_string(), "tags": tags}));
    Ok(match next {
        Some(link) => (link, body).into_response(),
        None => body.into_response(),
    })
}

/// `GET …/referrers/DIGEST?artifactType=`: an index of the manifests whose subject is the digest, which may be of a manifest
/// that is not there (yet).
pub(super) fn referrers(service: &Service, asked: &Asked, subject: &str) -> Result<Response, DistributionError> {
    let subject = Digest::parse(subject)?;
    let wanted = asked.query("artifactType").filter(|wanted| !wanted.is_empty());
    let descriptors: Vec<Value> = service.look(|registry| {
        let image = registry.image(&asked.image).into_iter();
        let referrers = image.flat_map(|image| image.referrers(&subject));
        let matches =
            |stored: &StoredManifest| wanted.is_none_or(|wanted| stored.manifest.artifact_type.as_deref() == Some(wanted));
        referrers.filter(|(_, stored)| matches(stored)).map(|(digest, stored)| descriptor(digest, stored)).collect()
    });
    let body = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": descriptors}).to_string();
    let content_type = [(header::CONTENT_TYPE, INDEX)];
    Ok(match wanted {
        Some(_) => (content_type, [(FILTERS_APPLIED, "artifactType")], body).into_response(),
        None => (content_type, body).into_response(),
    })
}

fn descriptor(digest: &Digest, StoredManifest { manifest, .. }: &StoredManifest) -> Value {
    let mut descriptor = json!({"mediaType": manifest.media_type, "digest": digest, "size": manifest.size_bytes});
    if let Some(artifact_type) = &manifest.artifact_type {
        descriptor["artifactType"] = artifact_type.as_str().into();
    }
    if !manifest.annotations.is_empty() {
        descriptor["annotations"] = json!(manifest.annotations);
    }
    descriptor
}
