//! States, times and numbers, as people read them.

use time::{Duration, OffsetDateTime};

use crate::index::entry::{Entry, Stage, State};

/// What a colour means. Each has a shape as well, so that nothing depends on colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Good,
    Busy,
    Warn,
    Bad,
    Quiet,
}

impl Tone {
    /// The word for it in style sheets.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Busy => "busy",
            Self::Warn => "warn",
            Self::Bad => "bad",
            Self::Quiet => "quiet",
        }
    }

    pub fn of(state: &State) -> Self {
        match state {
            State::In(_) => Self::Busy,
            State::Parked(_) | State::TrafficPinned => Self::Warn,
            State::Deployed | State::Unchanged => Self::Good,
            State::Failed => Self::Bad,
            State::Deletion | State::Superseded | State::Cancelled | State::Ended(_) => Self::Quiet,
        }
    }
}

pub fn state_words(state: &State) -> String {
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

/// The time since an event, in one unit.
pub fn ago_words(since: Duration) -> String {
    match since.whole_seconds() {
        ..5 => "now".to_owned(),
        seconds @ 5..60 => format!("{seconds} s ago"),
        seconds @ 60..3_600 => format!("{} min ago", seconds / 60),
        seconds @ 3_600..86_400 => format!("{} h ago", seconds / 3_600),
        seconds => format!("{} d ago", seconds / 86_400),
    }
}

/// A time of day.
pub fn clock_words(at: OffsetDateTime) -> String {
    format!("{:02}:{:02}:{:02}", at.hour(), at.minute(), at.second())
}

/// A length of time in one or two units.
pub fn span(span: Duration) -> String {
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
pub fn count(number: usize) -> String {
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
pub fn counted(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", count(number))
}

/// A size in a unit of three digits at most.
pub fn bytes(size: u64) -> String {
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
pub fn short(id: &str) -> &str {
    id.get(..8).unwrap_or(id)
}

/// What there is to say about a deployment, in a few words.
pub fn what(entry: &Entry, now: OffsetDateTime) -> String {
    if let Some(cause) = &entry.cause {
        let reason = cause.reason.lines().next().unwrap_or_default();
        return format!("{} in {}: {reason}", cause.code, cause.stage);
    }
    match &entry.state {
        State::In(_) if entry.is_cancel_requested => "ends at its next stage, cancelled".to_owned(),
        State::In(stage) => {
            let since = span(now - entry.in_stage_since());
            match entry.delays {
                0 => format!("{} for {since}", stage.does().to_lowercase()),
                delays => format!(
                    "{} for {since}, {}",
                    stage.does().to_lowercase(),
                    counted(delays, "delay")
                ),
            }
        }
        State::Parked(stage) => format!("waits for a parked message to {}", stage.as_str()),
        State::Deployed | State::Unchanged | State::TrafficPinned => {
            let revision = entry.revision.as_deref().unwrap_or("serves");
            match entry.slowest_stage() {
                Some((stage, took)) if took >= Duration::SECOND => {
                    format!("{revision}, mostly {} ({})", stage.does().to_lowercase(), span(took))
                }
                _ => revision.to_owned(),
            }
        }
        State::Deletion => "deletion of the function".to_owned(),
        State::Superseded => "a newer request replaced it".to_owned(),
        State::Failed | State::Cancelled | State::Ended(_) => state_words(&entry.state),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
