//! Colours in the output of programs. Some programs always write them, but a log is plain text.

use std::borrow::Cow;

/// The text without control sequences (ECMA-48, `ESC [ … letter`).
pub(super) fn without_colours(text: &str) -> Cow<'_, str> {
    const INTRODUCER: &str = "\u{1b}[";
    if !text.contains(INTRODUCER) {
        return Cow::Borrowed(text);
    }
    let mut parts = text.split(INTRODUCER);
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end =
            part.find(|c: char| c.is_ascii_alphabetic()).map_or(part.len(), |letter| letter + 1);
        plain.push_str(&part[end..]);
    }
    Cow::Owned(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_sequences_are_removed_and_everything_else_stays() {
        let table = [
            ("plain [text]", "plain [text]"),
            ("\u{1b}[1;31m[ERROR]\u{1b}[0m bad", "[ERROR] bad"),
            ("\u{1b}[0m\u{1b}[0m", ""),
            ("cut \u{1b}[1;3", "cut "),
        ];
        for (text, plain) in table {
            assert_eq!(without_colours(text), plain);
        }
    }
}
