//! Ledger entries that cannot be read: a newer version or another program wrote them.

use longshore_cloud::Kind;
use longshore_ledger::LedgerError;
use longshore_runner::telemetry::chain;
use serde::Serialize;

/// State of what depends on an unreadable entry.
pub(crate) const UNREADABLE: &str = "unreadable";

/// What an operator can do about unreadable entries.
pub(crate) const ADVICE: &str = "a newer version or another program wrote it: upgrade longshore, \
                                 or restore this object in the ledger's bucket";

/// An unreadable ledger entry in JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Unreadable {
    /// Name of the object in the ledger's bucket.
    pub(crate) object: String,
    pub(crate) reason: String,
}

impl Unreadable {
    /// The entry that an error is about, or the error itself if it is about the whole ledger.
    pub(crate) fn of(error: LedgerError) -> Result<Self, LedgerError> {
        match error {
            LedgerError::Unreadable { name, source } => {
                Ok(Self { object: name, reason: source.to_string() })
            }
            // The document is too large.
            LedgerError::Cloud(error)
                if (error.operation, error.kind) == ("get object", Kind::InvalidArgument) =>
            {
                let reason = error
                    .source
                    .as_deref()
                    .map_or_else(|| error.kind.to_string(), |source| chain(source));
                Ok(Self { object: error.resource, reason })
            }
            LedgerError::Cloud(_)
            | LedgerError::Message(_)
            | LedgerError::Missing { .. }
            | LedgerError::Unwritable { .. } => Err(error),
        }
    }
}
