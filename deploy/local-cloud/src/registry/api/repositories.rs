//! Repositories: create, get, list, delete.

use google_cloud_artifactregistry_v1::model;
use google_cloud_artifactregistry_v1::model::repository::{Format, FormatConfig, Mode};
use serde_json::Value;

use super::page::{Page, page};
use super::{document, operations, refused, views};
use crate::registry::Service;
use crate::registry::core::{CreateRepositoryError, RepositoryKey, Settings, UnknownRepository, is_repository_id};
use crate::rest::{Call, RestError};

/// `POST repositories?repositoryId=`. What the local cloud would not do is refused, not ignored.
pub(super) fn create(service: &Service, key: RepositoryKey, call: &Call) -> Result<Value, RestError> {
    if !is_repository_id(&key.name) {
        let rule = "a lower-case letter, then up to 62 lower-case letters, digits and dashes, no dash at the end";
        return Err(RestError::invalid(format!("repositoryId: {:?} is none: {rule}", key.name)));
    }
    let settings = settings(call.json()?)?;
    let operation = operations::new_id();
    let created = service.change(|registry, now| registry.create_repository(&key, settings, operation.clone(), now), |_| Ok(()));
    created.map_err(|error| {
        refused(error, |error| match &error {
            CreateRepositoryError::AlreadyExists(_) => RestError::already_exists(error.to_string()),
        })
    })?;
    operations::get(service, &key.project, &key.location, &operation)
}

/// `GET repositories/NAME`.
pub(super) fn get(service: &Service, key: &RepositoryKey) -> Result<Value, RestError> {
    let view = service.look(|registry| registry.repository(key).map(|repository| views::repository(key, repository)));
    document(view.ok_or_else(|| unknown(key))?)
}

/// `GET repositories`.
pub(super) fn list(service: &Service, project: &str, location: &str, call: &Call) -> Result<Value, RestError> {
    let Page { items, next_page_token } = service.look(|registry| {
        let repositories = registry.repositories(project, location);
        page(call, repositories.map(|(key, repository)| (key.name.clone(), views::repository(key, repository))))
    })?;
    document(model::ListRepositoriesResponse::new().set_repositories(items).set_next_page_token(next_page_token))
}

/// `DELETE repositories/NAME`, with all images.
pub(super) fn delete(service: &Service, key: &RepositoryKey) -> Result<Value, RestError> {
    let operation = operations::new_id();
    let deleted = service.change(|registry, _| registry.delete_repository(key, operation.clone()), |_| Ok(()));
    deleted.map_err(|error| refused(error, |UnknownRepository(key)| unknown(&key)))?;
    operations::get(service, &key.project, &key.location, &operation)
}

pub(super) fn unknown(key: &RepositoryKey) -> RestError {
    RestError::not_found(UnknownRepository(key.clone()).to_string())
}

fn settings(wanted: model::Repository) -> Result<Settings, RestError> {
    match wanted.format {
        Format::Docker => {}
        Format::Unspecified => return Err(RestError::invalid("repository.format is missing")),
        other => return Err(RestError::unimplemented(format!("repositories of format {other}"))),
    }
    match wanted.mode {
        Mode::Unspecified | Mode::StandardRepository => {}
        other => return Err(RestError::unimplemented(format!("repositories of mode {other}"))),
    }
    if !wanted.cleanup_policies.is_empty() {
        return Err(RestError::unimplemented("clean-up policies"));
    }
    match &wanted.format_config {
        Some(FormatConfig::DockerConfig(docker)) if docker.immutable_tags => {
            return Err(RestError::unimplemented("immutable tags"));
        }
        Some(FormatConfig::DockerConfig(_)) | None => {}
        Some(_) => return Err(RestError::invalid("repository.formatConfig is of another format")),
    }
    let labels = wanted.labels.into_iter().collect();
    Ok(Settings { description: wanted.description, labels, kms_key_name: wanted.kms_key_name })
}
