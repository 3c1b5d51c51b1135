//! States, times and numbers in HTML.

use longshore_console_model::index::entry::Entry;
use longshore_console_model::words::ago_words;
use maud::{Markup, html};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

pub(crate) use longshore_console_model::words::{
    Tone, bytes, clock_words, count, counted, short, span, state_words, what,
};

/// The shape of a tone: a check, a ring, a triangle, a cross or a dash. Decorative, because a word
/// stands beside it.
pub(crate) fn icon(tone: Tone) -> Markup {
    html! {
        svg class={ "icon " (tone.as_str()) } viewBox="0 0 16 16" aria-hidden="true" {
            @match tone {
                Tone::Good => {
                    circle cx="8" cy="8" r="7" class="fill" {}
                    path d="M4.6 8.3l2.3 2.3 4.5-4.9" class="cut" {}
                }
                Tone::Busy => {
                    circle cx="8" cy="8" r="6" class="ring" {}
                    path d="M8 2a6 6 0 0 1 6 6" class="arc" {}
                }
                Tone::Warn => {
                    path d="M8 1.2l7.2 13H.8z" class="fill" {}
                    path d="M8 6v4M8 12v.4" class="cut" {}
                }
                Tone::Bad => {
                    path d="M5.1 1h5.8L15 5.1v5.8L10.9 15H5.1L1 10.9V5.1z" class="fill" {}
                    path d="M5.4 5.4l5.2 5.2M10.6 5.4l-5.2 5.2" class="cut" {}
                }
                Tone::Quiet => {
                    circle cx="8" cy="8" r="6" class="ring" {}
                    path d="M5 8h6" class="line" {}
                }
            }
        }
    }
}

/// A shape and a word.
pub(crate) fn pill(tone: Tone, word: &str) -> Markup {
    html! { span class={ "pill " (tone.as_str()) } { (icon(tone)) span { (word) } } }
}

/// The state of a deployment.
pub(crate) fn state(entry: &Entry) -> Markup {
    pill(Tone::of(&entry.state), &state_words(&entry.state))
}

/// A time as the time since then, with the whole one for machines and in a tooltip.
pub(crate) fn ago(at: OffsetDateTime, now: OffsetDateTime) -> Markup {
    let exact = at.format(&Rfc3339).unwrap_or_default();
    html! { time datetime=(exact) title=(exact) data-ago { (ago_words(now - at)) } }
}

/// The time of day in UTC, with the date in a tooltip.
pub(crate) fn clock(at: OffsetDateTime) -> Markup {
    let exact = at.format(&Rfc3339).unwrap_or_default();
    html! { time datetime=(exact) title=(exact) { (clock_words(at)) } }
}

/// A date and a time of day in UTC.
pub(crate) fn moment(at: OffsetDateTime) -> Markup {
    let exact = at.format(&Rfc3339).unwrap_or_default();
    let date = at.date();
    html! { time datetime=(exact) title=(exact) { (date) " " (clock_words(at)) " UTC" } }
}

/// A day and a time of day in UTC, for tables.
pub(crate) fn day(at: OffsetDateTime) -> Markup {
    let exact = at.format(&Rfc3339).unwrap_or_default();
    let month = at.month().to_string();
    let month = month.get(..3).unwrap_or(&month);
    html! {
        time datetime=(exact) title=(exact) {
            (month) " " (at.day()) ", " (format!("{:02}:{:02}", at.hour(), at.minute()))
        }
    }
}

/// A finished page with its control characters made visible. They mean nothing in HTML, and some of
/// them change how the text beside them reads.
pub(crate) fn visible(html: &str) -> String {
    let mut shown = String::with_capacity(html.len());
    for character in html.chars() {
        match character {
            '\n' => shown.push('\n'),
            '\t' => shown.push_str("    "),
            // U+2400 and on are pictures of the control characters.
            '\0'..='\u{1f}' => {
                let picture = char::from_u32(0x2400 + u32::from(character));
                shown.push(picture.unwrap_or('\u{fffd}'));
            }
            '\u{7f}' => shown.push('\u{2421}'),
            '\u{80}'..='\u{9f}'
            | '\u{61c}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}'
            | '\u{feff}' => {
                shown.push_str(&format!("[U+{:04X}]", u32::from(character)));
            }
            other => shown.push(other),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_visible_and_text_stays() {
        assert_eq!(visible("a\x1b[31mb\r\n\tc\u{7f}"), "a␛[31mb␍\n    c␡");
        assert_eq!(visible("txt\u{202e}exe é ✓"), "txt[U+202E]exe é ✓");
    }
}
