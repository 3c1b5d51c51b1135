//! What the ledger fails with.

use longshore_cloud::CloudError;
use longshore_messages::DecodeError;

/// A failed look into, or entry into, the ledger. After an `Err` of a write the entry may exist;
/// writing it again is safe.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The bucket did not answer as it should.
    #[error("ledger")]
    Cloud(#[source] CloudError),
    /// An entry that this version cannot read: written by a newer version, or by somebody else.
    #[error("ledger entry {name} cannot be read")]
    Unreadable {
        /// The object.
        name: String,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// A message stored in an entry that this version cannot decode: written by a newer version.
    #[error("message stored in the ledger cannot be read")]
    Message(#[source] DecodeError),
    /// An entry that cannot be missing is missing: somebody deleted it.
    #[error("ledger entry {name} is missing")]
    Missing {
        /// The object.
        name: String,
    },
    /// A document that cannot be written as JSON.
    #[error("ledger entry {name} cannot be written")]
    Unwritable {
        /// The object.
        name: String,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
}

impl LedgerError {
    /// Whether the same call may succeed later. An unreadable entry stays unreadable until an
    /// operator acts or the worker is upgraded.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Cloud(_) => true,
            Self::Unreadable { .. }
            | Self::Message(_)
            | Self::Missing { .. }
            | Self::Unwritable { .. } => false,
        }
    }
}
