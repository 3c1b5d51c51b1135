//! Errors of batch-feeder, and what happens to the input.

use longshore_cloud::CloudError;
use longshore_ledger::LedgerError;
use longshore_runner::{Disposition, StageError};

/// The step that failed.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    #[error("cannot use the ledger")]
    Ledger(#[source] LedgerError),
    #[error("cannot read the entries of the batch")]
    Entries(#[source] CloudError),
    #[error("cannot determine who owns the bucket with the entries of the batch")]
    Owner(#[source] CloudError),
    /// A temporary file failed.
    #[error("cannot store the entries of the batch on this machine")]
    Disk(#[source] std::io::Error),
    #[error("cannot publish")]
    Publish(#[source] CloudError),
    /// By other replicas, or by an operator.
    #[error("the progress of a batch keeps changing")]
    Contended,
}

impl StageError for FeedError {
    fn disposition(&self) -> Disposition {
        match self {
            Self::Ledger(error) if error.is_transient() => Disposition::Retry,
            Self::Ledger(_) => Disposition::Park,
            // What only the requester can change is no error, but an outcome. A role that is missing
            // may be granted until the message is moved to the dead letters.
            Self::Entries(_)
            | Self::Owner(_)
            | Self::Disk(_)
            | Self::Publish(_)
            | Self::Contended => Disposition::Retry,
        }
    }
}
