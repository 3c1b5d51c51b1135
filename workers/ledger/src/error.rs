//! Errors of the ledger.

use longshore_cloud::CloudError;
use longshore_messages::DecodeError;

/// A failed read or write. After a failed write the entry may exist; every write can be retried.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    #[error("cannot access the ledger's bucket")]
    Cloud(#[source] CloudError),
    /// A newer version or another program wrote the entry.
    #[error("cannot read ledger entry {name}")]
    Unreadable { name: String, source: serde_json::Error },
    /// A newer version wrote the message.
    #[error("cannot decode a message stored in the ledger")]
    Message(#[source] DecodeError),
    /// An entry that must exist was deleted.
    #[error("ledger entry {name} is missing")]
    Missing { name: String },
    #[error("cannot write ledger entry {name}")]
    Unwritable { name: String, source: serde_json::Error },
}

impl LedgerError {
    /// Whether a retry may succeed: a newer worker may read what a newer worker wrote. Any other
    /// unreadable entry stays unreadable until an operator acts.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Cloud(_) => true,
            Self::Message(error) => error.is_from_newer(),
            Self::Unreadable { .. } | Self::Missing { .. } | Self::Unwritable { .. } => false,
        }
    }
}
