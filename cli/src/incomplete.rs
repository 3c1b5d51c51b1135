//! Results that lack ledger entries which cannot be read. Commands show those entries next to
//! everything else.

use crate::error::CliError;
use crate::unreadable::{ADVICE, Unreadable};
use crate::{exit, output};

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
