//! The part of the Artifact Registry REST API v1 that images need.
//!
//! Documents are those of the official client's model, so that they have exactly Google's fields.
//! The dispatcher answers other methods with `UNIMPLEMENTED`.

mod enums;
mod error;
mod images;
mod locations;
mod operations;
mod page;
mod policies;
mod repositories;
mod tags;
mod views;

use std::sync::Arc;

use async_trait::async_trait;
use axum::http::Method;
use serde::Serialize;
use serde_json::Value;

use crate::Service;
use crate::core::{ImageKey, RepositoryKey};
use longshore_local_kit::rest::{Call, RestApi, RestError};

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
        let answered = answer(&self.service, call)?;
        Some(answered.map(|answer| call.with_enums(answer, enums::name)))
    }
}

fn answer(service: &Service, call: &Call) -> Option<Result<Value, RestError>> {
    let (project, location, rest) = match call.segments()[..] {
        // gcloud asks for locations in the former version of the API.
        ["v1" | "v1beta2", "projects", project, "locations"] if is_plain_get(call) => {
            return Some(locations::list(service, project, call));
        }
        ["v1beta2", "projects", project, "locations", location] if is_plain_get(call) => {
            return Some(Ok(locations::view(project, location)));
        }
        ["v1", "projects", project, "locations", location, ref rest @ ..] => {
            (project, location, rest.to_vec())
        }
        _ => return None,
    };
    let repository = |name: &str| RepositoryKey {
        project: project.to_owned(),
        location: location.to_owned(),
        name: name.to_owned(),
    };
    match (&call.method, rest.as_slice(), call.verb.as_deref()) {
        (&Method::GET, [], None) => Some(Ok(locations::view(project, location))),
        (&Method::GET, ["operations", id], None) => {
            Some(operations::get(service, project, location, id))
        }
        (&Method::POST, ["repositories"], None) => {
            Some(repositories::create(service, repository(call.query("repositoryId")), call))
        }
        (&Method::GET, ["repositories"], None) => {
            Some(repositories::list(service, project, location, call))
        }
        (method, ["repositories", name], verb) => {
            answer_about_repository(service, &repository(name), method, verb, call)
        }
        (&Method::GET, ["repositories", name, "dockerImages"], None) => {
            Some(images::list_docker(service, &repository(name), call))
        }
        (&Method::GET, ["repositories", name, "dockerImages", id], None) => {
            Some(images::get_docker(service, &repository(name), id))
        }
        (&Method::GET, ["repositories", name, "packages"], None) => {
            Some(images::list(service, &repository(name), call))
        }
        (method, ["repositories", name, "packages", package, rest @ ..], verb) => {
            let image = ImageKey { repository: repository(name), image: (*package).to_owned() };
            answer_about_image(service, &image, (method, rest, verb), call)
        }
        _ => None,
    }
}

fn is_plain_get(call: &Call) -> bool {
    call.method == Method::GET && call.verb.is_none()
}

fn answer_about_repository(
    service: &Service,
    key: &RepositoryKey,
    method: &Method,
    verb: Option<&str>,
    call: &Call,
) -> Option<Result<Value, RestError>> {
    match (method, verb) {
        (&Method::GET, None) => Some(repositories::get(service, key)),
        (&Method::PATCH, None) => Some(repositories::patch(service, key, call)),
        (&Method::DELETE, None) => Some(repositories::delete(service, key)),
        (&Method::GET, Some("getIamPolicy")) => {
            Some(call.check_policy_version().and_then(|()| policies::get(service, key)))
        }
        (&Method::POST, Some("setIamPolicy")) => Some(policies::set(service, key, call)),
        (&Method::POST, Some("testIamPermissions")) => Some(policies::test(service, key, call)),
        _ => None,
    }
}

fn answer_about_image(
    service: &Service,
    image: &ImageKey,
    request: (&Method, &[&str], Option<&str>),
    call: &Call,
) -> Option<Result<Value, RestError>> {
    match request {
        (&Method::GET, [], None) => Some(images::get(service, image)),
        (&Method::DELETE, [], None) => Some(images::delete(service, image)),
        (&Method::GET, ["versions"], None) => Some(images::list_versions(service, image, call)),
        (&Method::POST, ["versions"], Some("batchDelete")) => {
            Some(images::delete_versions(service, image, call))
        }
        (&Method::GET, ["versions", id], None) => {
            Some(images::get_version(service, image, id, call))
        }
        (&Method::DELETE, ["versions", id], None) => {
            Some(images::delete_version(service, image, id, call))
        }
        (&Method::GET, ["tags"], None) => Some(tags::list(service, image, call)),
        (&Method::POST, ["tags"], None) => Some(tags::create(service, image, call)),
        (&Method::GET, ["tags", tag], None) => Some(tags::get(service, image, tag)),
        (&Method::PATCH, ["tags", tag], None) => Some(tags::patch(service, image, tag, call)),
        (&Method::DELETE, ["tags", tag], None) => Some(tags::delete(service, image, tag)),
        _ => None,
    }
}

/// Serializes a response.
fn document(value: impl Serialize) -> Result<Value, RestError> {
    serde_json::to_value(value)
        .map_err(|error| RestError::internal(format!("cannot serialize the response: {error}")))
}
