//! Creating, reading, listing, changing and deleting repositories.

use std::collections::BTreeMap;

use google_cloud_artifactregistry_v1::model;
use google_cloud_artifactregistry_v1::model::repository::vulnerability_scanning_config::EnablementConfig;
use google_cloud_artifactregistry_v1::model::repository::{Format, FormatConfig, Mode};
use serde_json::Value;

use super::error::{not_created, refused, unknown_repository};
use super::page::{Page, page};
use super::{document, operations, views};
use crate::Service;
use crate::core::{RepositoryKey, Settings, UnknownRepository, is_repository_id};
use longshore_local_kit::keys::{KeyError, location_of};
use longshore_local_kit::rest::{Call, Code, RestError};

/// Fields of a repository that a patch can change.
const CHANGEABLE: [&str; 6] = [
    "description",
    "labels",
    "cleanup_policies",
    "cleanup_policy_dry_run",
    "docker_config",
    "vulnerability_scanning_config",
];

/// `POST repositories?repositoryId=`. Unsupported formats and modes are rejected, not ignored.
pub(super) fn create(
    service: &Service,
    key: RepositoryKey,
    call: &Call,
) -> Result<Value, RestError> {
    if !is_repository_id(&key.name) {
        let rule = "must start with a lowercase letter, followed by up to 62 lowercase letters, digits and dashes, and not end with a dash";
        return Err(RestError::invalid(format!("repositoryId: {:?} {rule}", key.name)));
    }
    let settings = settings(call.json()?)?;
    check_kms_key(service, &key, &settings.kms_key_name)?;
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
            &["name"],
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
    let requested: model::Repository = call.json()?;
    let current = service
        .read(|registry| registry.repository(key).map(|repository| repository.settings.clone()));
    let mut settings = current.ok_or_else(|| unknown_repository(key))?;
    for field in fields_of(call.query("updateMask")) {
        match field.as_str() {
            "description" => settings.description.clone_from(&requested.description),
            "labels" => settings.labels = requested.labels.clone().into_iter().collect(),
            "cleanup_policies" => settings.cleanup_policies = cleanup_policies(&requested)?,
            "cleanup_policy_dry_run" => {
                settings.cleanup_policy_dry_run = requested.cleanup_policy_dry_run
            }
            "docker_config" | "docker_config.immutable_tags" => {
                settings.immutable_tags = immutable_tags(&requested)?
            }
            "vulnerability_scanning_config" | "vulnerability_scanning_config.enablement_config" => {
                settings.vulnerability_scanning = scanning(&requested)?
            }
            // firebase-tools names all that it sends.
            "name" => {}
            other => {
                return Err(RestError::invalid(format!(
                    "updateMask: {other:?} is not a mutable field of a repository"
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

/// A key protects only what is in its own location.
fn check_kms_key(
    service: &Service,
    repository: &RepositoryKey,
    key: &str,
) -> Result<(), RestError> {
    let location = repository.location.as_str();
    if !key.is_empty() && location_of(key) != Some(location) {
        return Err(RestError::invalid(format!(
            "repository.kmsKeyName: {key:?} must be a key in the location of the repository: \
             projects/PROJECT/locations/{location}/keyRings/KEY_RING/cryptoKeys/KEY"
        )));
    }
    service.check_new_key(key, &repository.project).map_err(|error| {
        let text = format!("repository.kmsKeyName: {error}");
        match error {
            KeyError::Unavailable(_) => RestError::internal(text),
            KeyError::Denied(_) => RestError::new(Code::PermissionDenied, text),
            KeyError::Malformed(_) => RestError::invalid(text),
            KeyError::NotFound(_) => RestError::not_found(text),
            KeyError::NotEnabled { .. } | KeyError::NoPrimary(_) => {
                RestError::failed_precondition(text)
            }
        }
    })
}

fn settings(requested: model::Repository) -> Result<Settings, RestError> {
    match requested.format {
        Format::Docker => {}
        Format::Unspecified => return Err(RestError::invalid("repository.format: required")),
        other => return Err(RestError::unimplemented(format!("repositories of format {other}"))),
    }
    let unserved = [
        ("disallowUnspecifiedMode", requested.disallow_unspecified_mode),
        ("remoteRepositoryConfig", requested.remote_repository_config().is_some()),
        ("virtualRepositoryConfig", requested.virtual_repository_config().is_some()),
    ];
    if let Some((field, _)) = unserved.iter().find(|(_, is_given)| *is_given) {
        return Err(RestError::unimplemented(format!("the field {field} of a repository")));
    }
    match requested.mode {
        Mode::Unspecified | Mode::StandardRepository => {}
        other => return Err(RestError::unimplemented(format!("repositories of mode {other}"))),
    }
    Ok(Settings {
        immutable_tags: immutable_tags(&requested)?,
        cleanup_policies: cleanup_policies(&requested)?,
        vulnerability_scanning: scanning(&requested)?,
        cleanup_policy_dry_run: requested.cleanup_policy_dry_run,
        description: requested.description,
        labels: requested.labels.into_iter().collect(),
        kms_key_name: requested.kms_key_name,
    })
}

fn immutable_tags(requested: &model::Repository) -> Result<bool, RestError> {
    match &requested.format_config {
        Some(FormatConfig::DockerConfig(docker)) => Ok(docker.immutable_tags),
        None => Ok(false),
        Some(_) => Err(RestError::invalid("repository.formatConfig: must be dockerConfig")),
    }
}

fn cleanup_policies(requested: &model::Repository) -> Result<BTreeMap<String, Value>, RestError> {
    requested
        .cleanup_policies
        .iter()
        .map(|(name, policy)| Ok((name.clone(), document(policy)?)))
        .collect()
}

/// Whether the repository is to be scanned, without what only Google sets.
fn scanning(requested: &model::Repository) -> Result<Option<bool>, RestError> {
    let given = requested.vulnerability_scanning_config.as_ref();
    match given.map(|given| &given.enablement_config) {
        None | Some(EnablementConfig::Unspecified) => Ok(None),
        Some(EnablementConfig::Inherited) => Ok(Some(true)),
        Some(EnablementConfig::Disabled) => Ok(Some(false)),
        Some(other) => {
            Err(RestError::invalid(format!("vulnerabilityScanningConfig: unknown value {other}")))
        }
    }
}

/// The fields of an update mask, in snake case; all mutable fields if the mask is empty or `*`.
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
