//! [`StorageError`] in the JSON API and in gRPC. `xml::error` maps it for the XML API.

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Response};
use serde_json::json;
use tonic::Status;

use crate::{KeyProblem, StorageError};

impl IntoResponse for StorageError {
    fn into_response(self) -> Response {
        let status = http_status(&self);
        if status == StatusCode::NOT_MODIFIED {
            return status.into_response();
        }
        let message = message(&self);
        let range = if let Self::Range { size_bytes } = &self {
            Some(format!("bytes */{size_bytes}"))
        } else {
            None
        };
        let detail = json!({"domain": "global", "reason": reason(&self), "message": message});
        let error = json!({"code": status.as_u16(), "message": message, "errors": [detail]});
        let headers = AppendHeaders(range.map(|range| (header::CONTENT_RANGE, range)));
        (status, headers, Json(json!({"error": error}))).into_response()
    }
}

impl From<StorageError> for Status {
    fn from(error: StorageError) -> Self {
        let message = message(&error);
        match error {
            StorageError::Invalid(_) | StorageError::Checksum { .. } | StorageError::Body(_) => {
                Self::invalid_argument(message)
            }
            StorageError::NoBucket(_)
            | StorageError::NoObject { .. }
            | StorageError::NoUpload(_)
            | StorageError::NotFound(_) => Self::not_found(message),
            StorageError::BucketExists(_) => Self::already_exists(message),
            StorageError::ForeignBucket { .. } | StorageError::Key(KeyProblem::Denied) => {
                Self::permission_denied(message)
            }
            StorageError::BucketNotEmpty(_)
            | StorageError::Held { .. }
            | StorageError::PublicAccess
            | StorageError::Precondition => Self::failed_precondition(message),
            StorageError::Key(_) => Self::failed_precondition(message),
            StorageError::NotModified => Self::aborted(message),
            StorageError::Range { .. } => Self::out_of_range(message),
            StorageError::Unimplemented(_) => Self::unimplemented(message),
            StorageError::Content(_) | StorageError::Journal(_) => Self::unavailable(message),
        }
    }
}

/// The status of the JSON and XML APIs.
pub(super) fn http_status(error: &StorageError) -> StatusCode {
    use StorageError as E;
    match error {
        E::Invalid(_) | E::Checksum { .. } | E::Body(_) => StatusCode::BAD_REQUEST,
        E::Key(
            KeyProblem::Bad
            | KeyProblem::Disabled
            | KeyProblem::NoEncryptionKey
            | KeyProblem::NoDecryptionKey
            | KeyProblem::Location,
        ) => StatusCode::BAD_REQUEST,
        E::ForeignBucket { .. } | E::Held { .. } | E::Key(KeyProblem::Denied) => {
            StatusCode::FORBIDDEN
        }
        E::NoBucket(_) | E::NoObject { .. } | E::NoUpload(_) | E::NotFound(_) => {
            StatusCode::NOT_FOUND
        }
        E::BucketExists(_) | E::BucketNotEmpty(_) => StatusCode::CONFLICT,
        E::Precondition | E::PublicAccess => StatusCode::PRECONDITION_FAILED,
        E::NotModified => StatusCode::NOT_MODIFIED,
        E::Range { .. } => StatusCode::RANGE_NOT_SATISFIABLE,
        E::Unimplemented(_) => StatusCode::NOT_IMPLEMENTED,
        E::Content(_) | E::Journal(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// The JSON API's `reason`, listed at
/// <https://cloud.google.com/storage/docs/json_api/v1/status-codes>.
fn reason(error: &StorageError) -> &'static str {
    use StorageError as E;
    match error {
        E::Invalid(_) | E::Checksum { .. } | E::Body(_) => "invalid",
        E::ForeignBucket { .. } | E::Held { .. } => "forbidden",
        E::NoBucket(_) | E::NoObject { .. } | E::NoUpload(_) | E::NotFound(_) => "notFound",
        E::BucketExists(_) | E::BucketNotEmpty(_) => "conflict",
        E::Key(KeyProblem::Bad) => "cloudKmsBadKey",
        E::Key(KeyProblem::Denied) => "forbidden",
        E::Key(KeyProblem::Disabled) => "cloudKmsDisabledKey",
        E::Key(KeyProblem::NoEncryptionKey) => "cloudKmsEncryptionKeyNotFound",
        E::Key(KeyProblem::NoDecryptionKey) => "cloudKmsDecryptionKeyNotFound",
        E::Key(KeyProblem::Location) => "cloudKmsKeyLocationNotAllowed",
        E::Precondition | E::PublicAccess => "conditionNotMet",
        E::NotModified => "notModified",
        E::Range { .. } => "requestedRangeNotSatisfiable",
        E::Unimplemented(_) => "notImplemented",
        E::Content(_) | E::Journal(_) => "backendError",
    }
}

/// The error with its sources, because the client sees no other log.
pub(super) fn message(error: &StorageError) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}
