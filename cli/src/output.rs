//! Results on standard output, everything else on standard error.

mod screen;
mod style;
mod table;

use std::io::{ErrorKind, IsTerminal as _, Write as _};

use clap::ValueEnum;
use serde::Serialize;

use crate::error::CliError;

pub(crate) use screen::{columns_and_rows, is_terminal, say, show};
pub(crate) use style::{Tone, paint};
pub(crate) use table::{Cell, Table};

/// Format of results.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// Text for people
    Human,
    /// One JSON document, or one per line for `up --watch` and `logs --follow`
    Json,
}

/// Writes a result, either as JSON or as the text that `human` returns. A reader that closes
/// standard output early (`| head -1`) is not an error.
pub(crate) fn result<T: Serialize>(
    output: Output,
    value: &T,
    human: impl FnOnce(&T) -> String,
) -> Result<(), CliError> {
    let text = match output {
        Output::Json => {
            serde_json::to_string(value).map_err(|error| CliError::Write(error.into()))?
        }
        Output::Human => human(value),
    };
    text_result(&text)
}

/// Writes a result that has the same text in both formats.
pub(crate) fn text_result(text: &str) -> Result<(), CliError> {
    if text.is_empty() {
        return Ok(());
    }
    let mut stdout = std::io::stdout().lock();
    match writeln!(stdout, "{}", text.trim_end_matches('\n')).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written.map_err(CliError::Write),
    }
}

/// Whether standard output may be coloured.
pub(crate) fn stdout_is_coloured() -> bool {
    style::colours(|name| std::env::var(name).ok(), std::io::stdout().is_terminal())
}

/// Whether standard error may be coloured.
pub(crate) fn stderr_is_coloured() -> bool {
    style::colours(|name| std::env::var(name).ok(), std::io::stderr().is_terminal())
}
