//! What service-deployer fails with, and what becomes of the input then.

use longshore_cloud::{CloudError, Kind};
use longshore_ledger::LedgerError;
use longshore_messages::{Failure, FailureClass};
use longshore_runner::{Disposition, StageError};

/// The step that failed.
#[derive(Debug, thiserror::Error)]
pub enum DeployError {
    /// The ledger.
    #[error("ledger cannot be used")]
    Ledger(#[source] LedgerError),
    /// The service could not be looked up.
    #[error("service cannot be looked up")]
    Look(#[source] CloudError),
    /// The service could not be written. The write may have taken place; the next look tells.
    #[error("service cannot be written")]
    Write(#[source] CloudError),
    /// Somebody else goes on writing to the service.
    #[error("service {service} changed under us {times} times")]
    Contended {
        /// The service.
        service: String,
        /// How often it was planned anew.
        times: u32,
    },
    /// Cloud Run has not finished with the service in the time that it gets.
    #[error("service {service} has not settled")]
    Unsettled {
        /// The service.
        service: String,
    },
}

impl StageError for DeployError {
    fn disposition(&self) -> Disposition {
        match self {
            Self::Ledger(error) if error.is_transient() => Disposition::Retry,
            Self::Ledger(_) | Self::Contended { .. } => Disposition::Park,
            Self::Unsettled { .. } => Disposition::Retry,
            Self::Look(error) | Self::Write(error) => match error.kind {
                Kind::ResourceExhausted
                | Kind::Unavailable
                | Kind::DeadlineExceeded
                | Kind::Cancelled
                | Kind::Internal => Disposition::Retry,
                Kind::InvalidArgument => refused(
                    FailureClass::User,
                    error,
                    "correct the service settings that the reason names and deploy again",
                ),
                Kind::PermissionDenied | Kind::Unauthenticated => refused(
                    FailureClass::System,
                    error,
                    "grant the fleet's identity `roles/run.developer`, `roles/artifactregistry.reader` and the use of the function's service account",
                ),
                Kind::NotFound
                | Kind::AlreadyExists
                | Kind::PreconditionFailed
                | Kind::Unimplemented => refused(
                    FailureClass::System,
                    error,
                    "look at the service by hand, and deploy again",
                ),
            },
        }
    }
}

fn refused(class: FailureClass, error: &CloudError, advice: &str) -> Disposition {
    let reason = longshore_runner::telemetry::chain(error);
    Disposition::Reject(Box::new(Failure::new(
        crate::NAME,
        class,
        "service-refused",
        reason,
        advice,
    )))
}
