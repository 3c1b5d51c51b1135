//! Legacy access control lists. They are rejected: as Google does it where bucket-level access is
//! uniform, and by name elsewhere.

use axum::extract::{Path, Request, State};

use super::shell::Shell;
use crate::{Preconditions, StorageError};

/// Rejects any method of an access control list.
pub(super) async fn acl(
    State(shell): State<Shell>,
    Path(path): Path<Vec<(String, String)>>,
    request: Request,
) -> Result<(), StorageError> {
    let bucket = path
        .into_iter()
        .find(|(name, _)| name == "bucket")
        .map(|(_, bucket)| bucket)
        .unwrap_or_default();
    let record =
        shell.with_service(move |service| service.bucket(&bucket, &Preconditions::default())).await;
    if record.is_ok_and(|record| record.attributes.uniform_access) {
        let text = "Cannot use ACL API to update bucket policy when uniform bucket-level access is enabled. \
                    Read more at https://cloud.google.com/storage/docs/uniform-bucket-level-access";
        return Err(StorageError::Invalid(text.to_owned()));
    }
    Err(StorageError::Unimplemented(format!(
        "legacy access control lists: {} {}",
        request.method(),
        request.uri().path()
    )))
}
