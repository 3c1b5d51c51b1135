//! What the uploader fails with, and what becomes of the request then.

use longshore_cloud::{CloudError, Kind};
use longshore_ledger::LedgerError;
use longshore_messages::{DecodeError, Failure, FailureClass, StorageObject};
use longshore_runner::telemetry::chain;
use longshore_runner::{Disposition, StageError};

use crate::source::{FetchError, Verdict};
use longshore_source_archive::PackError;

/// The step that failed.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// The ledger.
    #[error("ledger cannot be used")]
    Ledger(#[source] LedgerError),
    /// The live service could not be looked up for its generation.
    #[error("live service cannot be looked up")]
    Seed(#[source] CloudError),
    /// The object of the source could not be read.
    #[error("source cannot be read from {object}")]
    Fetch {
        /// The object.
        object: StorageObject,
        /// What the cloud said.
        source: CloudError,
    },
    /// The source could not be fetched from elsewhere.
    #[error("source cannot be fetched")]
    Source(#[source] FetchError),
    /// The source is not an archive that is taken.
    #[error("source is refused")]
    Pack(#[source] PackError),
    /// No temporary file, or a task that broke.
    #[error("source cannot be packed on this machine")]
    Disk(#[source] std::io::Error),
    /// The bucket for sources.
    #[error("source bucket cannot be used")]
    Bucket(#[source] CloudError),
    /// The upload.
    #[error("source cannot be uploaded")]
    Upload(#[source] CloudError),
    /// An object of that name and another size: somebody else writes to the bucket.
    #[error("object {object} exists with other content")]
    Conflict {
        /// The object.
        object: String,
    },
}

impl StageError for UploadError {
    fn disposition(&self) -> Disposition {
        match self {
            Self::Ledger(error) if error.is_transient() => Disposition::Retry,
            Self::Ledger(_) => Disposition::Park,
            Self::Seed(error) | Self::Bucket(error) | Self::Upload(error)
                if error.kind.is_transient() =>
            {
                Disposition::Retry
            }
            Self::Seed(error) => system(
                "service-lookup-refused",
                error,
                "grant the fleet's identity `run.services.get`",
            ),
            Self::Bucket(error) => system(
                "source-bucket-refused",
                error,
                "grant the fleet's identity `roles/storage.admin` on the project, or make the bucket yourself in this project",
            ),
            Self::Upload(error) => system(
                "source-upload-refused",
                error,
                "grant the fleet's identity `roles/storage.objectUser` on the source bucket",
            ),
            Self::Fetch { object, source } => fetch(object, source),
            Self::Source(error) => match error.verdict() {
                Verdict::Again => Disposition::Retry,
                Verdict::Never(class, code, advice) => {
                    Disposition::Reject(Box::new(failure(class, code, chain(error), advice)))
                }
            },
            Self::Pack(error) if error.is_transient() => Disposition::Retry,
            Self::Pack(error) => user(
                "source-refused",
                chain(error),
                "change the source as the reason says and deploy again",
            ),
            Self::Disk(_) => Disposition::Retry,
            Self::Conflict { object } => Disposition::Reject(Box::new(failure(
                FailureClass::System,
                "source-conflict",
                format!(
                    "object {object} in the source bucket is not the archive that its name says"
                ),
                "find out who else writes to the bucket, delete the object and deploy again",
            ))),
        }
    }
}

fn fetch(object: &StorageObject, error: &CloudError) -> Disposition {
    match error.kind {
        Kind::NotFound => user(
            "source-not-found",
            format!("there is no {object}"),
            "stage the source again; its bucket, object and generation must exist when the request is sent",
        ),
        Kind::InvalidArgument => {
            user("source-too-large", error.to_string(), "leave out what the function does not need")
        }
        Kind::PermissionDenied | Kind::Unauthenticated => system(
            "source-forbidden",
            error,
            "grant the fleet's identity `roles/storage.objectViewer` on the bucket of the source",
        ),
        Kind::AlreadyExists
        | Kind::PreconditionFailed
        | Kind::ResourceExhausted
        | Kind::Unavailable
        | Kind::DeadlineExceeded
        | Kind::Unimplemented
        | Kind::Cancelled
        | Kind::Internal => Disposition::Retry,
    }
}

/// The failure of a request that is not one, or breaks a rule.
pub(crate) fn invalid_request(error: &DecodeError) -> Failure {
    failure(
        FailureClass::User,
        "invalid-request",
        chain(error),
        "correct the fields that the reason names and send the request again under a new ce-id",
    )
}

fn user(code: &str, reason: String, advice: &str) -> Disposition {
    Disposition::Reject(Box::new(failure(FailureClass::User, code, reason, advice)))
}

fn system(code: &str, error: &CloudError, advice: &str) -> Disposition {
    Disposition::Reject(Box::new(failure(FailureClass::System, code, chain(error), advice)))
}

fn failure(class: FailureClass, code: &str, reason: String, advice: &str) -> Failure {
    Failure::new(crate::NAME, class, code, reason, advice)
}
