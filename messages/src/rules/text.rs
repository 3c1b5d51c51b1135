//! Small readers that every message uses.

use std::fmt::Display;
use std::str::FromStr;

use crate::invalid::Findings;

/// For an enum's number that this version does not know.
pub(crate) const KNOWN_VALUE: &str = "must be a value that this version knows";

/// For the digest of an archive.
pub(crate) const SHA256: &str = "must be a SHA-256 of 64 lower-case hexadecimal characters";

/// Proto3 has no unset text: an empty one means unset.
pub(crate) fn optional(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

pub(crate) fn is_lower_hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Parses a field whose type has a text form.
pub(crate) fn parsed<T>(text: &str, field: &str, findings: &mut Findings) -> Option<T>
where
    T: FromStr<Err: Display>,
{
    match text.parse() {
        Ok(value) => Some(value),
        Err(_) if text.is_empty() => {
            findings.missing(field);
            None
        }
        Err(error) => {
            findings.add(field, text, format!("is {error}"));
            None
        }
    }
}

/// Whether `text` is not empty, and `holds` for its first character with `true`, for the others
/// with `false`.
pub(super) fn is_made_of(text: &str, mut holds: impl FnMut(char, bool) -> bool) -> bool {
    !text.is_empty() && text.char_indices().all(|(index, character)| holds(character, index == 0))
}
