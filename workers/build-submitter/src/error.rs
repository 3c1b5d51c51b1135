//! Errors of build-submitter, and what happens to the input.

use longshore_cloud::{CloudError, Kind};
use longshore_ledger::LedgerError;
use longshore_messages::{BuildRef, Failure, FailureClass, StorageObject};
use longshore_runner::{Disposition, StageError};

/// The step that failed.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    #[error("cannot use the ledger")]
    Ledger(#[source] LedgerError),
    /// Any other object may have any content, whatever digest the message claims.
    #[error("source {object} is not the object that is named by its digest")]
    Source { object: StorageObject },
    /// The message is forged, or of a claim that was deleted.
    #[error("attempt {attempt} of build {build} does not follow from the build's claim")]
    Retry { build: BuildRef, attempt: u32 },
    /// A repository that the requester names is not created.
    #[error("the image repository {name} does not exist")]
    NoRepository { name: String },
    #[error("cannot list builds")]
    Find(#[source] CloudError),
    #[error("cannot use the image repository")]
    Repository(#[source] CloudError),
    /// A build may be running all the same; the retry finds it by its tag.
    #[error("cannot submit the build")]
    Submit(#[source] CloudError),
}

impl StageError for SubmitError {
    fn disposition(&self) -> Disposition {
        match self {
            Self::Ledger(error) if error.is_transient() => Disposition::Retry,
            Self::Ledger(_) => Disposition::Park,
            Self::Source { .. } | Self::Retry { .. } => Disposition::Distrust,
            Self::NoRepository { name } => Disposition::Reject(Box::new(no_repository(name))),
            Self::Find(error) | Self::Repository(error) | Self::Submit(error)
                if error.kind.is_transient() =>
            {
                Disposition::Retry
            }
            Self::Find(error) | Self::Repository(error) | Self::Submit(error) => {
                Disposition::Reject(Box::new(refused(error)))
            }
        }
    }
}

/// The failure of a build whose repository does not exist.
fn no_repository(name: &str) -> Failure {
    let create = match name.split('/').collect::<Vec<_>>()[..] {
        ["projects", project, "locations", region, "repositories", id] => format!(
            "gcloud artifacts repositories create {id} --project {project} --location {region} \
             --repository-format docker"
        ),
        _ => "gcloud artifacts repositories create".to_owned(),
    };
    let reason = format!("the image repository {name} does not exist");
    let advice = format!("name a repository that exists, or create it with `{create}`");
    Failure::new(crate::NAME, FailureClass::User, "repository-missing", reason, &advice)
}

/// The failure of a build that Google Cloud rejects.
pub(crate) fn refused(error: &CloudError) -> Failure {
    let (class, advice) = match error.kind {
        Kind::InvalidArgument | Kind::PreconditionFailed | Kind::AlreadyExists => {
            (FailureClass::User, "fix the build settings that the reason names and deploy again")
        }
        Kind::PermissionDenied | Kind::Unauthenticated => (
            FailureClass::System,
            "grant the fleet's identity `roles/run.sourceDeveloper`, \
             `roles/artifactregistry.admin`, and `roles/iam.serviceAccountUser` on the build's \
             service account",
        ),
        Kind::NotFound | Kind::Unimplemented => (
            FailureClass::System,
            "enable the Cloud Run, Cloud Build and Artifact Registry APIs in the project, and \
             check the region",
        ),
        Kind::ResourceExhausted
        | Kind::Unavailable
        | Kind::DeadlineExceeded
        | Kind::Cancelled
        | Kind::Internal => (FailureClass::System, "deploy again"),
    };
    Failure::new(
        crate::NAME,
        class,
        "build-refused",
        longshore_runner::telemetry::chain(error),
        advice,
    )
}
