//! What build-submitter fails with, and what becomes of the input then.

use longshore_cloud::{CloudError, Kind};
use longshore_ledger::LedgerError;
use longshore_messages::{Failure, FailureClass};
use longshore_runner::{Disposition, StageError};

/// The step that failed.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    /// The ledger.
    #[error("ledger cannot be used")]
    Ledger(#[source] LedgerError),
    /// A build under this tag could not be looked for.
    #[error("builds cannot be looked up")]
    Find(#[source] CloudError),
    /// The repository for images.
    #[error("image repository cannot be used")]
    Repository(#[source] CloudError),
    /// The submission was not answered; a build may be running, and will be found by its tag.
    #[error("build cannot be submitted")]
    Submit(#[source] CloudError),
}

impl StageError for SubmitError {
    fn disposition(&self) -> Disposition {
        match self {
            Self::Ledger(error) if error.is_transient() => Disposition::Retry,
            Self::Ledger(_) => Disposition::Park,
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

/// The failure of a build that the platform does not take.
pub(crate) fn refused(error: &CloudError) -> Failure {
    let (class, advice) = match error.kind {
        Kind::InvalidArgument | Kind::PreconditionFailed | Kind::AlreadyExists => (
            FailureClass::User,
            "correct the build settings that the reason names and deploy again",
        ),
        Kind::PermissionDenied | Kind::Unauthenticated => (
            FailureClass::System,
            "grant the fleet's identity `roles/run.sourceDeveloper` and `roles/artifactregistry.admin`, and the use of the build's service account",
        ),
        Kind::NotFound | Kind::Unimplemented => (
            FailureClass::System,
            "enable the APIs run, cloudbuild and artifactregistry in the project, and check the region",
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
