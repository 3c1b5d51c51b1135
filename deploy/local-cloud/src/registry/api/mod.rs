//! The Artifact Registry REST API v1, as far as images need it.
//!
//! Documents are those of the official client's model, so that they have exactly Google's fields. A method that is missing
//! here is left to the dispatcher, which answers `UNIMPLEMENTED`.

mod images;
mod operations;
mod page;
mod repositories;
mod views;

use std::sync::Arc;

use async_trait::async_trait;
use axum::http::Method;
use serde::Serialize;
use serde_json::Value;

use super::Service;
use super::core::{ImageKey, RepositoryKey};
use super::service::ChangeError;
use crate::rest::{Call, RestApi, RestError};

/// The API over a registry.
pub(super) struct Api {
    service: Arc<Service>,
}

impl Api {
    pub(super) fn new(service: Arc<Service>) -> Self {
        Self { service }
    }
}

#[async_trait]
impl RestApi for Api {
    async fn answer(&self, call: &Call) -> Option<Result<Value, RestError>> {
        answer(&self.service, call)
    }
}

fn answer(service: &Service, call: &Call) -> Option<Result<Value, RestError>> {
    let segments = call.segments();
    let ["v1", "projects", project, "locations", location, rest @ ..] = segments.as_slice() else { return None };
    if call.verb.is_some() {
        return None;
    }
    let repository =
        |name: &str| RepositoryKey { project: (*project).to_owned(), location: (*location).to_owned(), name: name.to_owned() };
    match (&call.method, rest) {
        (&Method::GET, ["operations", id]) => Some(operations::get(service, project, location, id)),
        (&Method::POST, ["repositories"]) => Some(repositories::create(service, repository(call.query("repositoryId")), call)),
        (&Method::GET, ["repositories"]) => Some(repositories::list(service, project, location, call)),
        (&Method::GET, ["repositories", name]) => Some(repositories::get(service, &repository(name))),
        (&Method::DELETE, ["repositories", name]) => Some(repositories::delete(service, &repository(name))),
        (&Method::GET, ["repositories", name, "dockerImages"]) => Some(images::list_docker(service, &repository(name), call)),
        (&Method::GET, ["repositories", name, "dockerImages", id]) => Some(images::get_docker(service, &repository(name), id)),
        (&Method::GET, ["repositories", name, "packages"]) => Some(images::list(service, &repository(name), call)),
        (method, ["repositories", name, "packages", package, rest @ ..]) => {
            let image = ImageKey { repository: repository(name), image: (*package).to_owned() };
            answer_about_image(service, &image, method, rest, call)
        }
        _ => None,
    }
}

fn answer_about_image(
    service: &Service,
    image: &ImageKey,
    method: &Method,
    rest: &[&str],
    call: &Call,
) -> Option<Result<Value, RestError>> {
    match (method, rest) {
        (&Method::GET, []) => Some(images::get(service, image)),
        (&Method::GET, ["versions"]) => Some(images::list_versions(service, image, call)),
        (&Method::GET, ["versions", id]) => Some(images::get_version(service, image, id, call)),
        (&Method::DELETE, ["versions", id]) => Some(images::delete_version(service, image, id, call)),
        (&Method::GET, ["tags"]) => Some(images::list_tags(service, image, call)),
        (&Method::GET, ["tags", tag]) => Some(images::get_tag(service, image, tag)),
        (&Method::DELETE, ["tags", tag]) => Some(images::delete_tag(service, image, tag)),
        _ => None,
    }
}

/// The document of an answer.
fn document(value: impl Serialize) -> Result<Value, RestError> {
    serde_json::to_value(value).map_err(|error| RestError::internal(format!("cannot write the answer: {error}")))
}

/// What a failed change is answered with: the refusal's own error, or the disk's.
fn refused<E: std::fmt::Display>(error: ChangeError<E>, refusal: impl FnOnce(E) -> RestError) -> RestError {
    match error {
        ChangeError::Refused(error) => refusal(error),
        ChangeError::Disk(cause) => {
            tracing::error!(error = %cause, "registry change failed");
            RestError::internal(format!("cannot write the change down: {cause}"))
        }
    }
}
