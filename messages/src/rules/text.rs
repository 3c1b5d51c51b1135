//! Helpers for fields of all messages.

use std::fmt::Display;
use std::str::FromStr;

use crate::invalid::Findings;

pub(crate) const SHA256: &str = "must be a SHA-256 digest of 64 lower-case hexadecimal characters";

/// In proto3, an empty string means unset.
pub(crate) fn optional(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

pub(crate) fn is_lower_hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Parses a required field whose type has a text form.
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

/// Whether `text` is not empty and `holds` for all its characters; the flag marks the first one.
pub(super) fn is_made_of(text: &str, mut holds: impl FnMut(char, bool) -> bool) -> bool {
    !text.is_empty() && text.char_indices().all(|(index, character)| holds(character, index == 0))
}
