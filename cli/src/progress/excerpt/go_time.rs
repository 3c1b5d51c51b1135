//! The time that Go's package `log` puts in front of a message: `2026/12/01 08:10:11`. Pure.

/// The message of a line that begins with such a time; `None` for others.
pub(super) fn after_time(text: &str) -> Option<&str> {
    let (date, rest) = text.split_once(' ')?;
    let (time, message) = rest.split_once(' ')?;
    // `log.Lmicroseconds` adds a fraction.
    let time = time.split_once('.').map_or(time, |(time, _)| time);
    (has_shape(date, "0000/00/00") && has_shape(time, "00:00:00")).then_some(message)
}

/// Whether a text has digits where the shape has zeros, and is the same otherwise.
fn has_shape(text: &str, shape: &str) -> bool {
    let fits = |(byte, expected): (u8, u8)| match expected {
        b'0' => byte.is_ascii_digit(),
        _ => byte == expected,
    };
    text.len() == shape.len() && text.bytes().zip(shape.bytes()).all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_gos_log_is_recognized() {
        for (text, message) in [
            ("2026/12/01 08:10:11 DB_URL is required", Some("DB_URL is required")),
            ("2026/12/01 08:10:11.123456 fn.go:3: boom", Some("fn.go:3: boom")),
            ("2026-12-01 08:10:11 boom", None),
            ("2026/12/01 8:10 boom", None),
            ("2026/12/01", None),
            ("", None),
        ] {
            assert_eq!(after_time(text), message, "{text}");
        }
    }
}
