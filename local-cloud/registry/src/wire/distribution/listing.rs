//! Lists: all images, the tags of an image, and the referrers of a manifest.

use std::collections::{BTreeSet, HashMap};

use axum::http::{HeaderName, header};
use axum::response::{AppendHeaders, IntoResponse, Response};
use serde_json::{Value, json};

use super::ImageRequest;
use super::error::DistributionError;
use crate::Service;
use crate::core::{Digest, ImageKey, StoredManifest};

/// Media type of the list of referrers.
const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// Filters that were applied to the list of referrers.
const FILTERS_APPLIED: HeaderName = HeaderName::from_static("oci-filters-applied");

/// `GET /v2/_catalog?n=&last=`: the names of all images, or the next `n` after `last`. Images with
/// the same name in two locations are listed once, because paths have no location.
pub(super) fn catalog(
    service: &Service,
    query: &HashMap<String, String>,
) -> Result<Response, DistributionError> {
    let limit = limit(query.get("n").map(String::as_str))?;
    let last = query.get("last").map_or("", String::as_str);
    let name =
        |key: ImageKey| format!("{}/{}/{}", key.repository.project, key.repository.name, key.image);
    let names: BTreeSet<String> = service.read(|registry| registry.images().map(name).collect());
    let mut names: Vec<String> = names.into_iter().filter(|name| name.as_str() > last).collect();
    let next = cut(&mut names, limit, "/v2/_catalog");
    Ok((next, axum::Json(json!({"repositories": names}))).into_response())
}

/// `GET …/tags/list?n=&last=`: all tags, or the next `n` after `last`.
pub(super) fn tags(
    service: &Service,
    request: &ImageRequest,
) -> Result<Response, DistributionError> {
    let limit = limit(request.query("n"))?;
    let last = request.query("last").unwrap_or_default();
    let tags = service.read(|registry| {
        let image = registry.image(&request.image).filter(|image| !image.manifests.is_empty())?;
        Some(image.tags_after(last).into_iter().map(str::to_owned).collect::<Vec<_>>())
    });
    let mut tags = tags.ok_or_else(|| {
        DistributionError::name_unknown(format!("image {} does not exist", request.name))
    })?;
    let next = cut(&mut tags, limit, &format!("{}/tags/list", request.name.path()));
    Ok((next, axum::Json(json!({"name": request.name.to_string(), "tags": tags}))).into_response())
}

fn limit(n: Option<&str>) -> Result<Option<usize>, DistributionError> {
    n.map(str::parse)
        .transpose()
        .map_err(|_| DistributionError::size_invalid("the query parameter n must be a number"))
}

/// Truncates the list to one page; returns the link to the next one, if there is one.
fn cut(
    names: &mut Vec<String>,
    limit: Option<usize>,
    path: &str,
) -> Option<AppendHeaders<[(HeaderName, String); 1]>> {
    let page = limit.unwrap_or(names.len()).min(names.len());
    let more = page < names.len();
    names.truncate(page);
    let last = names.last().filter(|_| more)?;
    Some(AppendHeaders([(header::LINK, format!("<{path}?n={page}&last={last}>; rel=\"next\""))]))
}

/// `GET …/referrers/DIGEST?artifactType=`: an index of the manifests whose subject is the digest.
/// No manifest with this digest need exist.
pub(super) fn referrers(
    service: &Service,
    request: &ImageRequest,
    subject: &str,
) -> Result<Response, DistributionError> {
    let subject = Digest::parse(subject)?;
    let requested = request.query("artifactType").filter(|requested| !requested.is_empty());
    let descriptors: Vec<Value> = service.read(|registry| {
        let image = registry.image(&request.image).into_iter();
        let referrers = image.flat_map(|image| image.referrers(&subject));
        let matches = |stored: &StoredManifest| {
            requested
                .is_none_or(|requested| stored.manifest.artifact_type.as_deref() == Some(requested))
        };
        referrers
            .filter(|(_, stored)| matches(stored))
            .map(|(digest, stored)| descriptor(digest, stored))
            .collect()
    });
    let body =
        json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": descriptors}).to_string();
    let content_type = [(header::CONTENT_TYPE, INDEX)];
    Ok(match requested {
        Some(_) => (content_type, [(FILTERS_APPLIED, "artifactType")], body).into_response(),
        None => (content_type, body).into_response(),
    })
}

fn descriptor(digest: &Digest, StoredManifest { manifest, .. }: &StoredManifest) -> Value {
    let mut descriptor =
        json!({"mediaType": manifest.media_type, "digest": digest, "size": manifest.size_bytes});
    if let Some(artifact_type) = &manifest.artifact_type {
        descriptor["artifactType"] = artifact_type.as_str().into();
    }
    if !manifest.annotations.is_empty() {
        descriptor["annotations"] = json!(manifest.annotations);
    }
    descriptor
}
