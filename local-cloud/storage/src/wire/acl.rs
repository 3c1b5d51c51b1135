//! Legacy access control lists. There are none here, so what would change them is refused, as
//! Google does it where bucket-level access is uniform, and by name elsewhere.
//!
//! A predefined list of a bucket without uniform access is taken if it gives access to owners and to
//! members of the project only, because then it changes nothing: the local cloud knows one caller, who
//! owns everything.

use axum::extract::{Path, Request, State};

use super::shell::Shell;
use crate::{Preconditions, StorageError};

/// The lists of owners and of members of the project, in the JSON and in the XML API. Google's default
/// is the first one.
const PRIVATE: [&str; 7] = [
    "projectPrivate",
    "project-private",
    "private",
    "bucketOwnerRead",
    "bucket-owner-read",
    "bucketOwnerFullControl",
    "bucket-owner-full-control",
];

const UNIFORM: &str = "Cannot use ACL API to update bucket policy when uniform bucket-level access is enabled. \
                       Read more at https://cloud.google.com/storage/docs/uniform-bucket-level-access";

/// Rejects any method of an access control list.
pub(super) async fn refuse(
    State(shell): State<Shell>,
    Path(path): Path<Vec<(String, String)>>,
    request: Request,
) -> Result<(), StorageError> {
    let bucket = path
        .into_iter()
        .find(|(name, _)| name == "bucket")
        .map(|(_, bucket)| bucket)
        .unwrap_or_default();
    if is_uniform(&shell, &bucket).await == Some(true) {
        return Err(StorageError::Invalid(UNIFORM.to_owned()));
    }
    Err(StorageError::Unimplemented(format!(
        "legacy access control lists: {} {}",
        request.method(),
        request.uri().path()
    )))
}

/// Checks the predefined lists of a request about a bucket: names of parameters, and their values.
///
/// # Errors
/// [`StorageError::Invalid`] where access is uniform; [`StorageError::Unimplemented`] for a list
/// that gives others access.
pub(super) async fn check(
    shell: &Shell,
    bucket: &str,
    lists: &[(&str, &str)],
) -> Result<(), StorageError> {
    if lists.iter().all(|(_, value)| value.is_empty()) {
        return Ok(());
    }
    // A bucket that does not exist is reported by the call itself.
    check_where(is_uniform(shell, bucket).await.unwrap_or_default(), lists)
}

/// The same for a bucket whose access is known.
///
/// # Errors
/// As for [`check`].
pub(super) fn check_where(is_uniform: bool, lists: &[(&str, &str)]) -> Result<(), StorageError> {
    let given = lists.iter().find(|(_, value)| !value.is_empty());
    if let Some((name, _)) = given
        && is_uniform
    {
        return Err(StorageError::Invalid(format!("{name}: {UNIFORM}")));
    }
    match lists.iter().find(|(_, value)| !value.is_empty() && !PRIVATE.contains(value)) {
        Some((name, value)) => Err(StorageError::Unimplemented(format!("{name}={value}"))),
        None => Ok(()),
    }
}

async fn is_uniform(shell: &Shell, bucket: &str) -> Option<bool> {
    let bucket = bucket.to_owned();
    let record =
        shell.with_service(move |service| service.bucket(&bucket, &Preconditions::default())).await;
    record.ok().map(|record| record.attributes.uniform_access)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_owners_are_taken_and_none_where_access_is_uniform() {
        let lists = |value| [("predefinedAcl", ""), ("destinationPredefinedAcl", value)];
        for list in PRIVATE {
            assert!(check_where(false, &lists(list)).is_ok(), "{list}");
        }
        assert!(check_where(true, &lists("")).is_ok());
        let uniform = check_where(true, &lists("projectPrivate")).unwrap_err();
        assert!(matches!(&uniform, StorageError::Invalid(text) if text.contains("uniform")));
        let other = check_where(false, &lists("publicRead")).unwrap_err();
        assert!(other.to_string().contains("destinationPredefinedAcl=publicRead"), "{other}");
    }
}
