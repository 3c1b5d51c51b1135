//! Ledger entries that cannot be read: a newer version or another program wrote them. Commands show
//! them next to everything else.

use longshore_cloud::Kind;
use longshore_ledger::LedgerError;
use longshore_runner::telemetry::chain;
use serde::Serialize;

use crate::error::CliError;
use crate::{exit, output};

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

/// What was read, or `None` after noting that it is unreadable.
pub(crate) fn noted<T>(
    read: Result<T, CliError>,
    unreadable: &mut Vec<Unreadable>,
) -> Result<Option<T>, CliError> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(CliError::Unreadable(entry)) => {
            if !unreadable.contains(&entry) {
                unreadable.push(entry);
            }
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Reports the entries that a result lacks, and returns the exit code.
pub(crate) fn say<'a>(unreadable: impl IntoIterator<Item = &'a Unreadable>) -> u8 {
    let mut code = exit::OK;
    for entry in unreadable {
        output::say(format!("unreadable: {}: {}", entry.object, entry.reason));
        code = exit::FAILED;
    }
    if code != exit::OK {
        output::say(format!("  {ADVICE}"));
    }
    code
}
