//! Entries as JSON lines: one entry in each line, so that a file of thousands is read entry by entry
//! and each problem has its line.

use serde::Serialize as _;

use crate::invalid::shortened;
use crate::proto;

/// Maximum length of the parser's message for a line.
const REASON_CHARS_MAX: usize = 600;

/// A line that is not an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineProblem {
    /// From 1.
    pub line: usize,
    /// The problem, with its column.
    pub reason: String,
}

/// Reads entries, each with its line. Empty lines are ignored.
///
/// # Errors
/// All lines that are not entries.
pub fn read_entries(text: &str) -> Result<Vec<(usize, proto::BatchEntry)>, Vec<LineProblem>> {
    let mut entries = Vec::new();
    let mut problems = Vec::new();
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        match serde_json::from_str(line) {
            Ok(entry) => entries.push((index + 1, entry)),
            Err(error) => problems.push(LineProblem { line: index + 1, reason: reason(&error) }),
        }
    }
    if problems.is_empty() { Ok(entries) } else { Err(problems) }
}

/// The parser quotes values, and that of an environment variable may be a misplaced secret.
fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.starts_with("unknown field") || error.is_syntax() || error.is_eof() {
        true => shortened(&text, REASON_CHARS_MAX),
        false => format!("a value has the wrong type, at column {}", error.column()),
    }
}

/// Writes entries as [`read_entries`] reads them.
///
/// # Errors
/// If an entry has an enum value without a name, which only a newer version could have read.
pub fn write_entries(entries: &[proto::BatchEntry]) -> Result<String, serde_json::Error> {
    let mut lines = Vec::new();
    for entry in entries {
        entry.serialize(&mut serde_json::Serializer::new(&mut lines))?;
        lines.push(b'\n');
    }
    Ok(String::from_utf8(lines).unwrap_or_default())
}
