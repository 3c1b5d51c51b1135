//! The core's refusals as errors of Google's REST APIs.

use crate::core::{
    CreateRepositoryError, DeleteError, ImageKey, RepositoryKey, SetPolicyError, TagError,
    UnknownRepository,
};
use crate::service::ChangeError;
use longshore_local_kit::rest::RestError;

/// The error of a failed change: the refusal's own, or `INTERNAL` for the disk's.
pub(super) fn refused<E: std::fmt::Display>(
    error: ChangeError<E>,
    refusal: impl FnOnce(E) -> RestError,
) -> RestError {
    match error {
        ChangeError::Refused(error) => refusal(error),
        ChangeError::Disk(cause) => {
            tracing::error!(error = %cause, "cannot write a change of the registry");
            RestError::internal(format!("cannot write the change to the disk: {cause}"))
        }
    }
}

pub(super) fn unknown_repository(key: &RepositoryKey) -> RestError {
    RestError::not_found(UnknownRepository(key.clone()).to_string())
}

pub(super) fn unknown_package(key: &ImageKey) -> RestError {
    RestError::not_found(format!("package {:?} does not exist in {}", key.image, key.repository))
}

pub(super) fn unknown(kind: &str, key: &ImageKey, id: &str) -> RestError {
    RestError::not_found(format!(
        "{kind} {id:?} of package {:?} does not exist in {}",
        key.image, key.repository
    ))
}

pub(super) fn not_created(error: CreateRepositoryError) -> RestError {
    match &error {
        CreateRepositoryError::AlreadyExists(_) => RestError::already_exists(error.to_string()),
    }
}

pub(super) fn not_deleted(kind: &str, key: &ImageKey, id: &str, error: &DeleteError) -> RestError {
    match error {
        DeleteError::Unknown(_) => unknown(kind, key, id),
        DeleteError::Tagged(_) => RestError::failed_precondition(format!(
            "{kind} {id:?}: {error}; force=true deletes them too"
        )),
    }
}

pub(super) fn not_written(error: TagError) -> RestError {
    match &error {
        TagError::AlreadyExists(_) => RestError::already_exists(error.to_string()),
        TagError::Unknown(_) | TagError::UnknownVersion(_) => {
            RestError::not_found(error.to_string())
        }
        TagError::Immutable => RestError::failed_precondition(error.to_string()),
    }
}

pub(super) fn policy_refused(error: SetPolicyError) -> RestError {
    match &error {
        SetPolicyError::UnknownRepository(UnknownRepository(key)) => unknown_repository(key),
        SetPolicyError::Changed => RestError::aborted(error.to_string()),
    }
}
