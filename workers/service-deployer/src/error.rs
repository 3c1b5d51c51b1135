//! Errors of service-deployer, and what happens to the input.

use longshore_cloud::{CloudError, Kind};
use longshore_ledger::LedgerError;
use longshore_messages::{BuildRef, Failure, FailureClass, TriggerKind};
use longshore_runner::telemetry::chain;
use longshore_runner::{Disposition, StageError};

use crate::verdict;

/// The step that failed.
#[derive(Debug, thiserror::Error)]
pub enum DeployError {
    #[error("cannot use the ledger")]
    Ledger(#[source] LedgerError),
    /// The message is forged, or the ledger was changed.
    #[error("the result of build {build} in the ledger is not this image")]
    Image { build: BuildRef },
    /// A rollback goes back to a revision of another tool, which was deleted since then.
    #[error("revision {revision} does not exist any more")]
    NoRevision { revision: String },
    #[error("cannot read the service")]
    Get(#[source] CloudError),
    /// The write may have taken place; the next read shows whether it did.
    #[error("cannot write the service")]
    Write(#[source] CloudError),
    /// The service runs what was requested, but not everyone may call it as requested.
    #[error("cannot change who may call the service")]
    Policy(#[source] CloudError),
    /// The service serves, but what calls it is not what was requested.
    #[error("revision {revision} serves, but {trigger} was refused")]
    Trigger {
        revision: String,
        /// `None` if it is about callers.
        kind: Option<TriggerKind>,
        /// What was refused, such as `topic projects/P/topics/T`.
        trigger: String,
        source: CloudError,
    },
    /// A role is missing, or its grant is not effective yet.
    #[error("Google Cloud refuses the call; a grant may take minutes to become effective")]
    Propagating(#[source] CloudError),
    /// Cloud Run refused the write although nothing else changed the service.
    #[error("the service was not changed by others, but cannot be written")]
    Refused(#[source] CloudError),
    /// Other tools keep writing to the service. The error is that of the last write, unless another
    /// tool replaced what it wrote.
    #[error("other tools keep changing the service")]
    Contended(#[source] Option<CloudError>),
    /// The next delivery makes another revision.
    #[error("Google's platform failed to bring revision {revision} up: {message}")]
    Platform { revision: String, message: String },
    /// Cloud Run did not finish with the service in time.
    #[error("service {service} is still reconciling")]
    Reconciling { service: String },
}

impl StageError for DeployError {
    fn disposition(&self) -> Disposition {
        match self {
            Self::Ledger(error) if error.is_transient() => Disposition::Retry,
            Self::Ledger(_) => Disposition::Park,
            Self::Image { .. } => Disposition::Distrust,
            // The next delivery competes again, until the deadline of the deployment.
            Self::Contended(_)
            | Self::Reconciling { .. }
            | Self::Propagating(_)
            // Permanent refusals have ended the deployment before this is asked.
            | Self::Trigger { .. }
            | Self::Platform { .. } => Disposition::Retry,
            Self::NoRevision { .. } => Disposition::Reject(Box::new(Failure::new(
                crate::NAME,
                FailureClass::User,
                "revision-gone",
                self.to_string(),
                "deploy the source of that revision instead",
            ))),
            Self::Refused(error) => Disposition::Reject(Box::new(verdict::refused(&chain(error)))),
            Self::Get(error) | Self::Write(error) | Self::Policy(error) => match error.kind {
                Kind::ResourceExhausted
                | Kind::Unavailable
                | Kind::DeadlineExceeded
                | Kind::Cancelled
                | Kind::Internal => Disposition::Retry,
                Kind::InvalidArgument => refused(
                    FailureClass::User,
                    error,
                    "fix the service settings that the reason names and deploy again",
                ),
                Kind::PermissionDenied | Kind::Unauthenticated => refused(
                    FailureClass::System,
                    error,
                    "grant the fleet's identity `roles/run.admin`, \
                     `roles/artifactregistry.reader`, and `roles/iam.serviceAccountUser` on the \
                     function's service account",
                ),
                Kind::NotFound
                | Kind::AlreadyExists
                | Kind::PreconditionFailed
                | Kind::Unimplemented => refused(
                    FailureClass::System,
                    error,
                    "inspect the service in Cloud Run and deploy again",
                ),
            },
        }
    }
}

fn refused(class: FailureClass, error: &CloudError, advice: &str) -> Disposition {
    let reason = chain(error);
    Disposition::Reject(Box::new(Failure::new(
        crate::NAME,
        class,
        "service-refused",
        reason,
        advice,
    )))
}
