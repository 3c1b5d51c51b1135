//! Errors of registry-watcher, and what happens to the input.

use longshore_cloud::CloudError;
use longshore_ledger::LedgerError;
use longshore_messages::{Failure, FailureClass};
use longshore_runner::{Disposition, StageError};

/// The step that failed.
#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    #[error("cannot use the ledger")]
    Ledger(#[source] LedgerError),
    #[error("cannot read the build")]
    Build(#[source] CloudError),
    #[error("cannot read the image")]
    Image(#[source] CloudError),
    #[error("cannot look for the source of the build")]
    Source(#[source] CloudError),
    #[error("cannot read the function")]
    Function(#[source] CloudError),
    /// By another deployment or another tool.
    #[error("{function} is being changed")]
    Changing { function: String },
}

impl StageError for WatchError {
    fn disposition(&self) -> Disposition {
        match self {
            Self::Ledger(error) if error.is_transient() => Disposition::Retry,
            Self::Ledger(_) => Disposition::Park,
            Self::Build(error)
            | Self::Image(error)
            | Self::Source(error)
            | Self::Function(error)
                if error.kind.is_transient() =>
            {
                Disposition::Retry
            }
            // The operation goes on, and only its end says what becomes of the function.
            Self::Function(_) | Self::Changing { .. } => Disposition::Retry,
            Self::Build(error) | Self::Image(error) | Self::Source(error) => {
                Disposition::Reject(Box::new(Failure::new(
                    crate::NAME,
                    FailureClass::System,
                    "watch-refused",
                    longshore_runner::telemetry::chain(error),
                    "grant the fleet's identity `roles/cloudbuild.builds.viewer` and \
                 `roles/artifactregistry.reader`, and `roles/storage.objectViewer` on the source bucket",
                )))
            }
        }
    }
}
