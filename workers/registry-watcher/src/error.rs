//! What registry-watcher fails with, and what becomes of the input then.

use longshore_cloud::CloudError;
use longshore_ledger::LedgerError;
use longshore_messages::{Failure, FailureClass};
use longshore_runner::{Disposition, StageError};

/// The step that failed.
#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    /// The ledger.
    #[error("ledger cannot be used")]
    Ledger(#[source] LedgerError),
    /// Cloud Build could not be asked.
    #[error("build cannot be looked up")]
    Build(#[source] CloudError),
    /// The registry could not be asked.
    #[error("image cannot be looked up")]
    Image(#[source] CloudError),
}

impl StageError for WatchError {
    fn disposition(&self) -> Disposition {
        match self {
            Self::Ledger(error) if error.is_transient() => Disposition::Retry,
            Self::Ledger(_) => Disposition::Park,
            Self::Build(error) | Self::Image(error) if error.kind.is_transient() => {
                Disposition::Retry
            }
            Self::Build(error) | Self::Image(error) => Disposition::Reject(Box::new(Failure::new(
                crate::NAME,
                FailureClass::System,
                "watch-refused",
                longshore_runner::telemetry::chain(error),
                "grant the fleet's identity `roles/cloudbuild.builds.viewer` and `roles/artifactregistry.reader`",
            ))),
        }
    }
}
