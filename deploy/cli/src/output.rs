//! Results on standard output, everything else on standard error.

use std::io::{IsTerminal as _, Write as _};

use serde::Serialize;

use crate::args::Output;
use crate::error::CliError;

/// Writes a result: as the JSON document that it is, or as the text that `human` makes of it.
///
/// # Errors
/// When standard output is gone.
pub(crate) fn result<T: Serialize>(output: Output, value: &T, human: impl FnOnce(&T) -> String) -> Result<(), CliError> {
    let text = match output {
        Output::Json => serde_json::to_string(value).map_err(|error| CliError::Write(error.into()))?,
        Output::Human => human(value),
    };
    let mut stdout = std::io::stdout().lock();
    if text.is_empty() {
        return Ok(());
    }
    writeln!(stdout, "{}", text.trim_end_matches('\n')).and_then(|()| stdout.flush()).map_err(CliError::Write)
}

/// Says something to people.
#[expect(clippy::print_stderr, reason = "this is the one place that does it")]
pub(crate) fn say(text: &str) {
    eprintln!("{text}");
}

/// Whether standard error shows progress that overwrites itself.
pub(crate) fn is_terminal() -> bool {
    std::io::stderr().is_terminal()
}

/// Columns, as wide as their widest cell.
pub(crate) fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns)
        .map(|column| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0))
        .collect();
    let lines = rows.iter().map(|row| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [["a", "bbb", "c"], ["aaaa", "b", ""]].map(|row| row.map(str::to_owned).to_vec());
        assert_eq!(table(&rows), "a     bbb  c\naaaa  b");
    }
}
