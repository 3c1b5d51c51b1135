//! States, times and numbers, as people read them.

use maud::{Markup, html};
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use crate::index::entry::{Entry, Stage, State};

/// What a colour means. Each has a shape as well, so that nothing depends on colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    Good,
    Busy,
    Warn,
    Bad,
    Quiet,
}

impl Tone {
    pub(crate) fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Busy => "busy",
            Self::Warn => "warn",
            Self::Bad => "bad",
            Self::Quiet => "quiet",
        }
    }

    pub(crate) fn of(state: &State) -> Self {
        match state {
            State::In(_) => Self::Busy,
            State::Parked(_) | State::TrafficPinned => Self::Warn,
            State::Deployed | State::Unchanged => Self::Good,
            State::Failed => Self::Bad,
            State::Deletion | State::Superseded | State::Cancelled | State::Ended(_) => Self::Quiet,
        }
    }
}

/// The shape of a tone: a check, a ring, a triangle, a cross or a dash. Decorative, because a word
/// stands beside it.
pub(crate) fn icon(tone: Tone) -> Markup {
    html! {
        svg class={ "icon " (tone.class()) } viewBox="0 0 16 16" aria-hidden="true" {
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
    html! { span class={ "pill " (tone.class()) } { (icon(tone)) span { (word) } } }
}

/// The state of a deployment.
pub(crate) fn state(entry: &Entry) -> Markup {
    pill(Tone::of(&entry.state), &state_words(&entry.state))
}

pub(crate) fn state_words(state: &State) -> String {
    match state {
        State::In(stage) => match stage {
            Stage::Uploader => "storing source".to_owned(),
            Stage::BuildSubmitter => "submitting build".to_owned(),
            Stage::RegistryWatcher => "building".to_owned(),
            Stage::ServiceDeployer => "deploying".to_owned(),
        },
        State::Parked(_) => "parked".to_owned(),
        State::TrafficPinned => "traffic pinned".to_owned(),
        other => other.word().replace('-', " "),
    }
}

/// A time as the time since then, with the whole one for machines and in a tooltip.
pub(crate) fn ago(at: OffsetDateTime, now: OffsetDateTime) -> Markup {
    let exact = at.format(&Rfc3339).unwrap_or_default();
    html! { time datetime=(exact) title=(exact) data-ago { (ago_words(now - at)) } }
}

fn ago_words(since: Duration) -> String {
    match since.whole_seconds() {
        ..5 => "now".to_owned(),
        seconds @ 5..60 => format!("{seconds} s ago"),
        seconds @ 60..3_600 => format!("{} min ago", seconds / 60),
        seconds @ 3_600..86_400 => format!("{} h ago", seconds / 3_600),
        seconds => format!("{} d ago", seconds / 86_400),
    }
}

/// The time of day in UTC, with the date in a tooltip.
pub(crate) fn clock(at: OffsetDateTime) -> Markup {
    let exact = at.format(&Rfc3339).unwrap_or_default();
    html! { time datetime=(exact) title=(exact) { (clock_words(at)) } }
}

pub(crate) fn clock_words(at: OffsetDateTime) -> String {
    format!("{:02}:{:02}:{:02}", at.hour(), at.minute(), at.second())
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

/// A length of time in one or two units.
pub(crate) fn span(span: Duration) -> String {
    let millis = span.whole_milliseconds();
    match millis {
        ..1_000 => format!("{millis} ms"),
        1_000..10_000 => format!("{:.1} s", span.as_seconds_f64()),
        10_000..60_000 => format!("{} s", span.whole_seconds()),
        60_000..3_600_000 => {
            format!("{} min {:02} s", span.whole_minutes(), span.whole_seconds() % 60)
        }
        3_600_000..86_400_000 => {
            format!("{} h {:02} min", span.whole_hours(), span.whole_minutes() % 60)
        }
        _ => format!("{} d {:02} h", span.whole_days(), span.whole_hours() % 24),
    }
}

/// A number with thin groups of digits.
pub(crate) fn count(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 failure`, `2 failures`.
pub(crate) fn counted(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", count(number))
}

/// A size in a unit of three digits at most.
pub(crate) fn bytes(size: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
    let size_f64 = size as f64;
    match size {
        0..1_000 => format!("{size} B"),
        1_000..1_000_000 => format!("{:.1} kB", size_f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", size_f64 / 1e6),
        _ => format!("{:.2} GB", size_f64 / 1e9),
    }
}

/// The beginning of an id, enough to tell a few apart.
pub(crate) fn short(id: &str) -> &str {
    id.get(..8).unwrap_or(id)
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

    #[test]
    fn times_have_one_or_two_units() {
        for (millis, text) in [
            (0, "0 ms"),
            (999, "999 ms"),
            (1_500, "1.5 s"),
            (59_999, "59 s"),
            (61_000, "1 min 01 s"),
            (3_660_000, "1 h 01 min"),
            (90_000_000, "1 d 01 h"),
        ] {
            assert_eq!(span(Duration::milliseconds(millis)), text);
        }
        assert_eq!(ago_words(Duration::seconds(-3)), "now");
        assert_eq!(ago_words(Duration::hours(49)), "2 d ago");
    }

    #[test]
    fn numbers_and_sizes_have_few_digits_at_a_time() {
        assert_eq!(
            (count(999), count(1_000), count(1_234_567)),
            ("999".to_owned(), "1,000".to_owned(), "1,234,567".to_owned())
        );
        assert_eq!(bytes(1_500), "1.5 kB");
        assert_eq!(counted(1, "failure"), "1 failure");
    }
}
