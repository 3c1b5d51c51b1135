//! The OCI distribution API v1.1, as <https://github.com/opencontainers/distribution-spec>
//! describes it.
//!
//! Callers are not authenticated: every caller that reaches the port may do everything, and
//! credentials are ignored.

mod blobs;
mod error;
mod listing;
mod manifests;
mod range;
mod route;
mod uploads;

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};

use self::error::DistributionError;
use self::route::{Name, Part, Route, requested_location};
use crate::Service;
use crate::core::ImageKey;

/// The header by which Docker's clients recognize a registry.
const API_VERSION: HeaderName = HeaderName::from_static("docker-distribution-api-version");

/// The digest of the content that a response is about.
const CONTENT_DIGEST: HeaderName = HeaderName::from_static("docker-content-digest");

/// One request about an image.
struct ImageRequest {
    method: Method,
    /// As in the path, for the `Location` of responses.
    name: Name,
    /// The same, with the location of its repository.
    image: ImageKey,
    query: HashMap<String, String>,
    headers: HeaderMap,
}

impl ImageRequest {
    /// A header as text; empty if it is missing or not text.
    fn header(&self, name: HeaderName) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    fn query(&self, name: &str) -> Option<&str> {
        self.query.get(name).map(String::as_str)
    }
}

pub(super) fn router(service: Arc<Service>) -> Router {
    Router::new().fallback(dispatch).with_state(service)
}

async fn dispatch(State(service): State<Arc<Service>>, request: Request) -> Response {
    let answer = answer(&service, request).await;
    let mut response = answer.unwrap_or_else(IntoResponse::into_response);
    response.headers_mut().insert(API_VERSION, HeaderValue::from_static("registry/2.0"));
    response
}

async fn answer(service: &Service, request: Request) -> Result<Response, DistributionError> {
    let (parts, body) = request.into_parts();
    let (name, part) = match Route::parse(parts.uri.path())? {
        Route::Base => return Ok(axum::Json(serde_json::json!({})).into_response()),
        Route::Catalog if parts.method == Method::GET => {
            return listing::catalog(service, &query(&parts.uri));
        }
        Route::Catalog => {
            return Err(DistributionError::unsupported(&format!(
                "{} of the catalog",
                parts.method
            )));
        }
        Route::Image(name, part) => (name, part),
    };
    let location = requested_location(&parts.uri, &parts.headers);
    let image = locate(service, &name, location.as_deref()).ok_or_else(|| {
        DistributionError::no_repository(&name.project, &name.repository, location.as_deref())
    })?;
    let request = ImageRequest {
        method: parts.method,
        name,
        image,
        query: query(&parts.uri),
        headers: parts.headers,
    };
    if needs_key(&request.method, &part) {
        service.check_key(&request.image.repository)?;
    }
    answer_about_image(service, &request, part, body).await
}

/// Whether a request reads or writes content, which the repository's key protects. The names of
/// tags and the deletion of content do not need it.
fn needs_key(method: &Method, part: &Part) -> bool {
    match part {
        Part::Blob(_) | Part::Manifest(_) | Part::Uploads | Part::Upload(_) => {
            method != Method::DELETE
        }
        Part::Tags | Part::Referrers(_) => false,
    }
}

async fn answer_about_image(
    service: &Service,
    request: &ImageRequest,
    part: Part,
    body: Body,
) -> Result<Response, DistributionError> {
    match (&request.method, part) {
        (&Method::GET | &Method::HEAD, Part::Blob(digest)) => {
            blobs::pull(service, request, &digest).await
        }
        (&Method::DELETE, Part::Blob(digest)) => blobs::remove(service, request, &digest),
        (&Method::POST, Part::Uploads) => uploads::begin(service, request, body).await,
        (&Method::PATCH, Part::Upload(id)) => uploads::append(service, request, &id, body).await,
        (&Method::PUT, Part::Upload(id)) => uploads::complete(service, request, &id, body).await,
        (&Method::GET, Part::Upload(id)) => uploads::status(service, request, &id).await,
        (&Method::DELETE, Part::Upload(id)) => uploads::cancel(service, request, &id),
        (&Method::GET | &Method::HEAD, Part::Manifest(reference)) => {
            manifests::pull(service, request, &reference).await
        }
        (&Method::PUT, Part::Manifest(reference)) => {
            manifests::push(service, request, &reference, body).await
        }
        (&Method::DELETE, Part::Manifest(reference)) => {
            manifests::delete(service, request, &reference)
        }
        (&Method::GET, Part::Tags) => listing::tags(service, request),
        (&Method::GET, Part::Referrers(subject)) => listing::referrers(service, request, &subject),
        (method, part) => Err(DistributionError::unsupported(&format!("{method} of {part:?}"))),
    }
}

/// The image of a name; `None` if its repository does not exist.
fn locate(service: &Service, name: &Name, location: Option<&str>) -> Option<ImageKey> {
    let repository = service
        .read(|registry| registry.locate(&name.project, &name.repository, location).cloned())?;
    Some(ImageKey { repository, image: name.image.clone() })
}

fn query(uri: &Uri) -> HashMap<String, String> {
    Query::try_from_uri(uri).map(|Query(pairs)| pairs).unwrap_or_default()
}

/// A response without a body.
fn empty<const N: usize>(status: StatusCode, headers: [(HeaderName, String); N]) -> Response {
    (status, headers).into_response()
}
