//! Text for people. It contains what others wrote: names, logs, reasons of failures. A terminal
//! acts on control characters in it (it clears the screen, sets the title, answers as if the user
//! had typed), and bidirectional overrides show text in an order that is not its own. Here they are
//! shown, not sent.

use std::fmt::{self, Display, Formatter};

use super::style::{Tone, code_of};

/// Text that is safe to print on a terminal. Only [`Text::painted`] adds control sequences, which
/// are our own colours; every conversion to `Text` escapes what it is given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Text(String);

impl Text {
    /// One line: newlines and tabs are escaped, too, so that the width is the number of characters.
    pub(crate) fn line(text: &str) -> Self {
        Self(escaped(text, |_| false))
    }

    /// Whether a text is shown as it is.
    pub(crate) fn is_plain(text: &str) -> bool {
        text.chars().all(|c| is_layout(c) || !acts_on_a_terminal(c))
    }

    /// The text in the colour of its tone.
    pub(crate) fn painted(tone: Tone, text: impl Into<Self>, coloured: bool) -> Self {
        let text = text.into();
        match code_of(tone).filter(|_| coloured && !text.0.is_empty()) {
            Some(code) => Self(format!("\x1b[{code}m{text}\x1b[0m")),
            None => text,
        }
    }

    pub(crate) fn join(parts: impl IntoIterator<Item = Self>, between: &str) -> Self {
        let parts: Vec<String> = parts.into_iter().map(|part| part.0).collect();
        Self(parts.join(&Self::from(between).0))
    }

    pub(crate) fn push(&mut self, text: impl Into<Self>) {
        self.0.push_str(&text.into().0);
    }

    /// The text with spaces before each line but the first.
    pub(crate) fn indented(self, spaces: usize) -> Self {
        if self.0.contains('\n') {
            Self(self.0.replace('\n', &format!("\n{}", " ".repeat(spaces))))
        } else {
            self
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(escaped(text, is_layout))
    }
}

impl From<&String> for Text {
    fn from(text: &String) -> Self {
        text.as_str().into()
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        text.as_str().into()
    }
}

impl Display for Text {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl<S: AsRef<str> + ?Sized> PartialEq<S> for Text {
    fn eq(&self, other: &S) -> bool {
        self.0 == other.as_ref()
    }
}

/// The text with its control characters as escapes, in Rust's notation, except for those to keep.
fn escaped(text: &str, keep: impl Fn(char) -> bool) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if keep(c) || !acts_on_a_terminal(c) {
            shown.push(c);
        } else if c.is_ascii() {
            shown.push_str(&format!("\\x{:02x}", u32::from(c)));
        } else {
            shown.push_str(&format!("\\u{{{:x}}}", u32::from(c)));
        }
    }
    shown
}

/// The text in the colour of its tone.
pub(crate) fn paint(tone: Tone, text: impl Into<Text>, coloured: bool) -> Text {
    Text::painted(tone, text, coloured)
}

/// The control characters that text of several lines may contain.
fn is_layout(c: char) -> bool {
    matches!(c, '\n' | '\t')
}

/// Whether a terminal acts on a character instead of showing it: the control characters (C0, DEL
/// and C1), line separators, and the embeddings, overrides and isolates of Unicode's bidirectional
/// algorithm (<https://www.unicode.org/reports/tr9/>), which reorder what is around them.
pub(super) fn acts_on_a_terminal(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_shown_and_not_sent() {
        for (sent, shown) in [
            ("plain, ünïcödé, 日本, 🦀, C:\\x", "plain, ünïcödé, 日本, 🦀, C:\\x"),
            ("two\n\tlines", "two\n\tlines"),
            ("\x1b]0;PWNED\x07\x1b[2J", "\\x1b]0;PWNED\\x07\\x1b[2J"),
            ("over\rwritten\x08\x7f\0", "over\\x0dwritten\\x08\\x7f\\x00"),
            ("\u{9b}31m \u{9d}0;t\u{9c} \u{85}", "\\u{9b}31m \\u{9d}0;t\\u{9c} \\u{85}"),
            ("\u{202e}gpj.exe\u{202c}", "\\u{202e}gpj.exe\\u{202c}"),
            ("\u{2066}a\u{2069}\u{2028}", "\\u{2066}a\\u{2069}\\u{2028}"),
        ] {
            assert_eq!(Text::from(sent), shown);
            assert_eq!(Text::is_plain(sent), sent == shown);
            assert_eq!(Text::from(Text::from(sent).as_str()), shown, "escaped twice");
        }
        assert_eq!(Text::line("a\n\tb"), "a\\x0a\\x09b");
    }

    #[test]
    fn nothing_that_acts_on_a_terminal_is_left_in_any_character() {
        for c in (0..=0x1_ffff).filter_map(char::from_u32) {
            let text = Text::from(c.to_string());
            assert!(
                matches!(c, '\n' | '\t') || !text.as_str().chars().any(acts_on_a_terminal),
                "{c:?}"
            );
        }
    }

    #[test]
    fn only_our_own_colours_are_control_sequences() {
        let painted = Text::painted(Tone::Bad, "\x1b[32mdeployed", true);
        assert_eq!(painted, "\x1b[31m\\x1b[32mdeployed\x1b[0m");
        let mut text = Text::from("a\x1b");
        text.push(painted.clone());
        text.push("\x1b");
        assert_eq!(text, format!("a\\x1b{painted}\\x1b"));
        assert_eq!(Text::join([text.clone(), painted.clone()], "\n"), format!("{text}\n{painted}"));
        // What is formatted together with a colour is text again.
        assert_eq!(Text::from(format!("{painted}")), "\\x1b[31m\\x1b[32mdeployed\\x1b[0m");
        assert_eq!(Text::from("a\nb").indented(2), "a\n  b");
    }

    #[test]
    fn a_tone_is_a_colour_or_nothing() {
        assert_eq!(paint(Tone::Bad, "failed", true), "\x1b[31mfailed\x1b[0m");
        assert_eq!(paint(Tone::Bad, "failed", false), "failed");
        assert_eq!(paint(Tone::Plain, "hello", true), "hello");
    }
}
