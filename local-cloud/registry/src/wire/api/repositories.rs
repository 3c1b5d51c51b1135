//! Repositories: create, get, list, change, delete.

use std::collections::BTreeMap;

use google_cloud_artifactregistry_v1::model;
use google_cloud_artifactregistry_v1::model::repository::{Format, FormatConfig, Mode};
use serde_json::Value;

use super::error::{not_created, refused, unknown_repository};
use super::page::{Page, page};
use super::{document, operations, views};
use crate::Service;
use crate::core::{RepositoryKey, Settings, UnknownRepository, is_repository_id};
use longshore_local_kit::rest::{Call, RestError};

/// Fields of a repository that a patch can change.
const CHANGEABLE: [&str; 5] =
    ["description", "labels", "cleanup_policies", "cleanup_policy_dry_run", "docker_config"];

/// `POST repositories?repositoryId=`. What the local cloud would not do is refused, not ignored.
pub(super) fn create(
    service: &Service,
    key: RepositoryKey,
    call: &Call,
) -> Result<Value, RestError> {
    if !is_repository_id(&key.name) {
        let rule = "a lower-case letter, then up to 62 lower-case letters, digits and dashes, no dash at the end";
        return Err(RestError::invalid(format!("repositoryId: {:?} is none: {rule}", key.name)));
    }
    let settings = settings(call.json()?)?;
    let operation = operations::new_id();
    let created = service.change(
        |registry, now| registry.create_repository(&key, settings, operation.clone(), now),
        |_| Ok(()),
    );
    created.map_err(|error| refused(error, not_created))?;
    operations::get(service, &key.project, &key.location, &operation)
}

/// `GET repositories/NAME`.
pub(super) fn get(service: &Service, key: &RepositoryKey) -> Result<Value, RestError> {
    let view = service.read(|registry| {
        registry.repository(key).map(|repository| views::repository(key, repository))
    });
    document(view.ok_or_else(|| unknown_repository(key))?)
}

/// `GET repositories`.
pub(super) fn list(
    service: &Service,
    project: &str,
    location: &str,
    call: &Call,
) -> Result<Value, RestError> {
    let Page { items, next_page_token } = service.read(|registry| {
        let repositories = registry.repositories(project, location);
        page(
            call,
            repositories
                .map(|(key, repository)| (key.name.clone(), views::repository(key, repository))),
        )
    })?;
    document(
        model::ListRepositoriesResponse::new()
            .set_repositories(items)
            .set_next_page_token(next_page_token),
    )
}

/// `PATCH repositories/NAME?updateMask=`.
pub(super) fn patch(
    service: &Service,
    key: &RepositoryKey,
    call: &Call,
) -> Result<Value, RestError> {
    let wanted: model::Repository = call.json()?;
    let current = service
        .read(|registry| registry.repository(key).map(|repository| repository.settings.clone()));
    let mut settings = current.ok_or_else(|| unknown_repository(key))?;
    for field in fields_of(call.query("updateMask")) {
        match field.as_str() {
            "description" => settings.description.clone_from(&wanted.description),
            "labels" => settings.labels = wanted.labels.clone().into_iter().collect(),
            "cleanup_policies" => settings.cleanup_policies = cleanup_policies(&wanted)?,
            "cleanup_policy_dry_run" => {
                settings.cleanup_policy_dry_run = wanted.cleanup_policy_dry_run
            }
            "docker_config" | "docker_config.immutable_tags" => {
                settings.immutable_tags = immutable_tags(&wanted)?
            }
            other => {
                return Err(RestError::invalid(format!(
                    "updateMask: {other:?} is no field of a repository that can change"
                )));
            }
        }
    }
    let changed =
        service.change(|registry, now| registry.change_repository(key, settings, now), |_| Ok(()));
    changed.map_err(|error| refused(error, |UnknownRepository(key)| unknown_repository(&key)))?;
    get(service, key)
}

/// `DELETE repositories/NAME`, with all images.
pub(super) fn delete(service: &Service, key: &RepositoryKey) -> Result<Value, RestError> {
    let operation = operations::new_id();
    let deleted = service
        .change(|registry, _| registry.delete_repository(key, operation.clone()), |_| Ok(()));
    deleted.map_err(|error| refused(error, |UnknownRepository(key)| unknown_repository(&key)))?;
    operations::get(service, &key.project, &key.location, &operation)
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
    Ok(Settings {
        immutable_tags: immutable_tags(&wanted)?,
        cleanup_policies: cleanup_policies(&wanted)?,
        cleanup_policy_dry_run: wanted.cleanup_policy_dry_run,
        description: wanted.description,
        labels: wanted.labels.into_iter().collect(),
        kms_key_name: wanted.kms_key_name,
    })
}

fn immutable_tags(wanted: &model::Repository) -> Result<bool, RestError> {
    match &wanted.format_config {
        Some(FormatConfig::DockerConfig(docker)) => Ok(docker.immutable_tags),
        None => Ok(false),
        Some(_) => Err(RestError::invalid("repository.formatConfig is of another format")),
    }
}

fn cleanup_policies(wanted: &model::Repository) -> Result<BTreeMap<String, Value>, RestError> {
    wanted
        .cleanup_policies
        .iter()
        .map(|(name, policy)| Ok((name.clone(), document(policy)?)))
        .collect()
}

/// The fields of an update mask, in snake case; every one that can change where the mask is empty
/// or `*`.
fn fields_of(mask: &str) -> Vec<String> {
    let changeable = || CHANGEABLE.map(str::to_owned).to_vec();
    match mask {
        "" | "*" => changeable(),
        mask => mask.split(',').map(|field| snake_case(field.trim())).collect(),
    }
}

fn snake_case(field: &str) -> String {
    field.chars().fold(String::new(), |mut snake, c| {
        if c.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
        snake
    })
}
