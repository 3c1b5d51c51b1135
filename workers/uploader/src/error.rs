//! Errors of the uploader, and what happens to the request.

use longshore_cloud::{CloudError, Kind};
use longshore_ledger::LedgerError;
use longshore_messages::{
    DecodeError, DeploymentId, Failure, FailureClass, Invalid, StorageObject,
};
use longshore_runner::telemetry::chain;
use longshore_runner::{Disposition, StageError};

use crate::fetch_error::{FetchError, Verdict};
use longshore_source_archive::PackError;

/// The step that failed.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    #[error("cannot use the ledger")]
    Ledger(#[source] LedgerError),
    /// The live service carries the generation at which counting starts.
    #[error("cannot read the live service")]
    Seed(#[source] CloudError),
    /// The requester may not name what it named.
    #[error("requester {requester} may not have what it requested")]
    NotPermitted { requester: String, source: Invalid },
    #[error("cannot find out which project bucket {bucket} belongs to")]
    Owner { bucket: String, source: CloudError },
    #[error("cannot read the source from {object}")]
    Fetch { object: StorageObject, source: CloudError },
    /// A rollback has its source already.
    #[error("the source of deployment {deployment} is stored, and cannot be fetched")]
    NothingToFetch { deployment: DeploymentId },
    #[error("cannot fetch the source")]
    Source(#[source] FetchError),
    #[error("cannot accept the source")]
    Pack(#[source] PackError),
    /// A temporary file or a task failed.
    #[error("cannot pack the source on this machine")]
    Disk(#[source] std::io::Error),
    #[error("cannot use the source bucket")]
    Bucket(#[source] CloudError),
    #[error("cannot look up the image repository")]
    Repository(#[source] CloudError),
    #[error("cannot look up the topic of the request")]
    Topic(#[source] CloudError),
    /// What the requester names is not under its key, or the key cannot be used.
    #[error("{}", .0.reason)]
    Refused(Box<Failure>),
    #[error("cannot upload the source")]
    Upload(#[source] CloudError),
    #[error("cannot upload the source to the place that the Cloud Functions API names")]
    Place(#[source] CloudError),
    /// A permanent error of that.
    #[error("cannot upload the source: {}", .0.reason)]
    PlaceRefused(Box<Failure>),
    /// A role is missing, or its grant is not effective yet.
    #[error("Google Cloud refuses the call; a grant may take minutes to become effective")]
    Propagating(#[source] CloudError),
    /// The other flavour has the function's name.
    #[error("{reason}")]
    NameTaken { reason: String },
    /// The object does not have the digest that it is named after: another program writes to the
    /// bucket.
    #[error("object {object} exists with other content")]
    Conflict { object: String },
}

impl UploadError {
    /// The same error of a call, while a grant of a moment ago may still mend it.
    pub(crate) fn into_propagating(self) -> Self {
        match self {
            Self::Bucket(cause)
            | Self::Repository(cause)
            | Self::Upload(cause)
            | Self::Fetch { source: cause, .. } => Self::Propagating(cause),
            other => other,
        }
    }
}

impl StageError for UploadError {
    fn disposition(&self) -> Disposition {
        match self {
            Self::Ledger(error) if error.is_transient() => Disposition::Retry,
            Self::Ledger(_) | Self::NothingToFetch { .. } => Disposition::Park,
            Self::Seed(error)
            | Self::Bucket(error)
            | Self::Repository(error)
            | Self::Topic(error)
            | Self::Upload(error)
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
                "grant the fleet's identity `roles/storage.admin` on the project, or create the \
                 bucket in this project",
            ),
            Self::Repository(error) => system(
                "repository-refused",
                error,
                "grant the fleet's identity `roles/artifactregistry.reader` on the project of the \
                 repository",
            ),
            Self::Topic(error) => system(
                "topic-refused",
                error,
                "grant the fleet's identity `roles/pubsub.viewer` on the topic of the request",
            ),
            Self::Upload(error) => system(
                "source-upload-refused",
                error,
                "grant the fleet's identity `roles/storage.objectUser` on the source bucket",
            ),
            Self::NotPermitted { requester, source } => {
                Disposition::Reject(Box::new(not_permitted(requester, source.to_string())))
            }
            Self::Owner { source, .. } if source.kind.is_transient() => Disposition::Retry,
            Self::Owner { source, .. } => system(
                "source-bucket-refused",
                source,
                "grant the fleet's identity `storage.buckets.list` on the function's project, or \
                 list the bucket in the requester's `source_buckets`",
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
                "fix the source as the reason says and deploy again",
            ),
            Self::Disk(_) | Self::Place(_) | Self::Propagating(_) => Disposition::Retry,
            Self::PlaceRefused(failure) | Self::Refused(failure) => {
                Disposition::Reject(failure.clone())
            }
            Self::NameTaken { reason } => user(
                "name-taken",
                reason.clone(),
                "deploy under another name, deploy with the flavour that made the service, or delete \
                 it first",
            ),
            Self::Conflict { object } => Disposition::Reject(Box::new(failure(
                FailureClass::System,
                "source-conflict",
                format!(
                    "object {object} in the source bucket does not contain the archive that its \
                     name promises"
                ),
                "find out what else writes to the bucket, delete the object and deploy again",
            ))),
        }
    }
}

fn fetch(object: &StorageObject, error: &CloudError) -> Disposition {
    match error.kind {
        Kind::NotFound => user(
            "source-not-found",
            format!("{object} does not exist"),
            "stage the source again; its bucket, object and generation must exist when the \
             request is sent",
        ),
        Kind::InvalidArgument => user(
            "source-too-large",
            error.to_string(),
            "remove files that the function does not need",
        ),
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

/// The failure of a request under the identity of another one, which is deployment `first`.
pub(crate) fn identity_reused(first: DeploymentId) -> Failure {
    failure(
        FailureClass::User,
        "identity-reused",
        format!(
            "the ce-source and ce-id of this request belong to an earlier request with other \
             content, deployment {first}; this one has no effect"
        ),
        "send this request with a new ce-id; if none of your systems sent the earlier one, another \
         publisher uses your identity: `longshore status DEPLOYMENT` shows what it did",
    )
}

/// The failure of a request that names what its requester may not use. `refusal` names the fields
/// and the rules.
fn not_permitted(requester: &str, refusal: String) -> Failure {
    let advice = format!(
        "name only what requester {requester} may use, or ask an operator to change the settings \
         of the fleet: `projects` for the projects that it serves, and the table of {requester} in \
         `[[requesters]]` for the rest"
    );
    failure(FailureClass::User, "not-permitted", refusal, &advice)
}

/// The failure of a request to cancel another requester's deployment.
pub(crate) fn not_its_own(requester: &str, deployment: DeploymentId) -> Failure {
    failure(
        FailureClass::User,
        "not-permitted",
        format!(
            "deploymentId must be a deployment that requester {requester} requested, but is \
             \"{deployment}\""
        ),
        "cancel only your own requests; an operator can use `longshore cancel`",
    )
}

/// The failure of a request that cannot be decoded or is invalid.
pub(crate) fn invalid_request(error: &DecodeError) -> Failure {
    failure(
        FailureClass::User,
        "invalid-request",
        chain(error),
        "fix the fields that the reason names and send the request again with a new ce-id",
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
