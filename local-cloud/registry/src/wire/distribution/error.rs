//! Refusals and failures as errors of the distribution specification.

use std::error::Error;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::core::{
    DeleteError, InvalidDigest, InvalidManifest, PushError, RemoveBlobError, RepositoryKey,
    UnknownRepository,
};
use crate::service::ChangeError;
use crate::uploads::{AppendError, BeginError};
use longshore_local_kit::keys::KeyError;

/// One error of a response. Clients decide by status and code; people read the message.
#[derive(Debug)]
pub(super) struct DistributionError {
    status: StatusCode,
    code: &'static str,
    message: String,
    detail: Value,
}

impl DistributionError {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), detail: Value::Null }
    }

    pub(super) fn blob_unknown(digest: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "BLOB_UNKNOWN", format!("the image has no blob {digest}"))
    }

    pub(super) fn upload_unknown(id: &str) -> Self {
        let message = format!("upload {id} does not exist; start a new one with POST");
        Self::new(StatusCode::NOT_FOUND, "BLOB_UPLOAD_UNKNOWN", message)
    }

    pub(super) fn upload_invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "BLOB_UPLOAD_INVALID", message)
    }

    /// A chunk that does not start where the upload ends.
    pub(super) fn out_of_order(received_bytes: u64) -> Self {
        let message = format!("the upload has {received_bytes} bytes; continue from there");
        Self::new(StatusCode::RANGE_NOT_SATISFIABLE, "BLOB_UPLOAD_INVALID", message)
    }

    pub(super) fn size_invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "SIZE_INVALID", message)
    }

    pub(super) fn digest_invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "DIGEST_INVALID", message)
    }

    pub(super) fn manifest_unknown(reference: &str) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "MANIFEST_UNKNOWN",
            format!("the image has no manifest {reference:?}"),
        )
    }

    pub(super) fn manifest_invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "MANIFEST_INVALID", message)
    }

    pub(super) fn manifest_too_large(limit_bytes: usize) -> Self {
        let message = format!("a manifest can have at most {limit_bytes} bytes");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "MANIFEST_INVALID", message)
    }

    pub(super) fn name_invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "NAME_INVALID", message)
    }

    pub(super) fn name_unknown(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "NAME_UNKNOWN", message)
    }

    /// Unlike other registries, Artifact Registry does not create a repository on a push.
    pub(super) fn no_repository(project: &str, name: &str, location: Option<&str>) -> Self {
        let location = location.unwrap_or("LOCATION");
        Self::name_unknown(format!(
            "Repository {name:?} not found in project {project:?}; create it first: gcloud artifacts repositories create {name} \
             --repository-format=docker --location={location} --project={project}"
        ))
    }

    pub(super) fn unsupported(what: &str) -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "UNSUPPORTED", format!("{what} is not supported"))
    }

    pub(super) fn range_not_satisfiable(size_bytes: u64) -> Self {
        let message = format!("the content has {size_bytes} bytes");
        Self::new(StatusCode::RANGE_NOT_SATISFIABLE, "SIZE_INVALID", message)
    }

    /// An internal error. The specification has no code for it; registries use `UNKNOWN`.
    pub(super) fn internal(error: &dyn Error) -> Self {
        let mut message = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            message = format!("{message}: {cause}");
            source = cause.source();
        }
        tracing::error!(error = message, "registry request failed");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "UNKNOWN", message)
    }
}

impl IntoResponse for DistributionError {
    fn into_response(self) -> Response {
        let body = json!({"errors": [{"code": self.code, "message": self.message, "detail": self.detail}]});
        (self.status, axum::Json(body)).into_response()
    }
}

/// The specification has no code for it. Clients do not repeat what is denied.
impl From<KeyError> for DistributionError {
    fn from(error: KeyError) -> Self {
        match &error {
            KeyError::Unavailable(_) => Self::internal(&error),
            KeyError::Malformed(_)
            | KeyError::NotFound(_)
            | KeyError::Denied(_)
            | KeyError::NotEnabled { .. }
            | KeyError::NoPrimary(_) => {
                let message = format!("the key of the repository cannot be used: {error}");
                Self::new(StatusCode::FORBIDDEN, "DENIED", message)
            }
        }
    }
}

impl From<InvalidDigest> for DistributionError {
    fn from(error: InvalidDigest) -> Self {
        Self::digest_invalid(error.to_string())
    }
}

impl From<InvalidManifest> for DistributionError {
    fn from(error: InvalidManifest) -> Self {
        let message = match &error {
            InvalidManifest::Document(cause) => format!("{error}: {cause}"),
            InvalidManifest::NoMediaType
            | InvalidManifest::MediaType(_)
            | InvalidManifest::MediaTypesDiffer { .. } => error.to_string(),
        };
        Self::manifest_invalid(message)
    }
}

impl From<UnknownRepository> for DistributionError {
    fn from(
        UnknownRepository(RepositoryKey { project, location, name }): UnknownRepository,
    ) -> Self {
        Self::no_repository(&project, &name, Some(&location))
    }
}

impl From<PushError> for DistributionError {
    fn from(error: PushError) -> Self {
        let message = error.to_string();
        match error {
            PushError::UnknownRepository(unknown) => unknown.into(),
            PushError::ImmutableTag(_) => {
                Self::new(StatusCode::BAD_REQUEST, "MANIFEST_INVALID", message)
            }
            PushError::MissingReferences(missing) => {
                let digests: Vec<&str> =
                    missing.iter().map(|reference| reference.digest.as_str()).collect();
                let message = format!("{message}: {}", digests.join(", "));
                let refused = Self::new(StatusCode::NOT_FOUND, "MANIFEST_BLOB_UNKNOWN", message);
                Self { detail: json!({"digests": digests}), ..refused }
            }
        }
    }
}

impl From<RemoveBlobError> for DistributionError {
    fn from(error: RemoveBlobError) -> Self {
        match &error {
            RemoveBlobError::Unknown(digest) => Self::blob_unknown(digest.as_str()),
            RemoveBlobError::InUse(manifest) => {
                Self::unsupported(&format!("removing a blob of manifest {manifest}"))
            }
        }
    }
}

impl From<DeleteError> for DistributionError {
    fn from(error: DeleteError) -> Self {
        match &error {
            DeleteError::Unknown(reference) => Self::manifest_unknown(reference),
            DeleteError::Tagged(tags) => {
                let message = format!("Manifest is still referenced by tag: {}", tags.join(", "));
                Self::new(StatusCode::BAD_REQUEST, "GOOGLE_MANIFEST_DANGLING_TAG", message)
            }
        }
    }
}

impl<E: Into<DistributionError> + Error + 'static> From<ChangeError<E>> for DistributionError {
    fn from(error: ChangeError<E>) -> Self {
        match error {
            ChangeError::Refused(refusal) => refusal.into(),
            ChangeError::Disk(_) => Self::internal(&error),
        }
    }
}

impl From<BeginError> for DistributionError {
    fn from(error: BeginError) -> Self {
        match &error {
            BeginError::TooMany | BeginError::TooManyOfImage => {
                Self::new(StatusCode::TOO_MANY_REQUESTS, "TOOMANYREQUESTS", error.to_string())
            }
            BeginError::File(_) => Self::internal(&error),
        }
    }
}

impl From<AppendError> for DistributionError {
    fn from(error: AppendError) -> Self {
        match &error {
            AppendError::Body(cause) => Self::upload_invalid(format!("{error}: {cause}")),
            AppendError::File(_) => Self::internal(&error),
        }
    }
}
