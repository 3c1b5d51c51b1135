//! Times as text.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A time in RFC 3339, for programs.
pub(crate) fn rfc3339(at: OffsetDateTime) -> String {
    at.format(&Rfc3339).unwrap_or_default()
}

/// The time since `at` in one unit, for people.
pub(crate) fn ago(at: OffsetDateTime, now: OffsetDateTime) -> String {
    let seconds = (now - at).whole_seconds().max(0);
    match seconds {
        0..60 => format!("{seconds}s ago"),
        60..3_600 => format!("{}m ago", seconds / 60),
        3_600..86_400 => format!("{}h ago", seconds / 3_600),
        _ => format!("{}d ago", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_has_one_unit() {
        let now = OffsetDateTime::UNIX_EPOCH + time::Duration::days(30);
        for (before, text) in [
            (-5, "0s ago"),
            (59, "59s ago"),
            (60, "1m ago"),
            (7_200, "2h ago"),
            (200_000, "2d ago"),
        ] {
            assert_eq!(ago(now - time::Duration::seconds(before), now), text);
        }
    }
}
