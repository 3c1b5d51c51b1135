//! Byte ranges: which part of a blob a client wants, and which part of an upload it sends.

/// What part of a content to answer with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// All of it.
    Whole,
    /// From the first to the last byte, both included.
    Part {
        /// Offset of the first byte.
        first: u64,
        /// Offset of the last byte.
        last: u64,
    },
    /// A part that the content does not have.
    Nothing,
}

/// Reads a `Range` header for a content of this length. A form that is not known means the whole,
/// as RFC 9110 allows; so do several ranges at once.
pub(super) fn wanted(header: &str, size_bytes: u64) -> Wanted {
    let Some((first, last)) =
        header.strip_prefix("bytes=").and_then(|range| range.trim().split_once('-'))
    else {
        return Wanted::Whole;
    };
    let within = |first: u64, last: u64| {
        if first < size_bytes {
            Wanted::Part { first, last: last.min(size_bytes - 1) }
        } else {
            Wanted::Nothing
        }
    };
    match (first.parse(), last.parse::<u64>()) {
        (Ok(first), Ok(last)) if first <= last => within(first, last),
        (Ok(first), Err(_)) if last.is_empty() => within(first, u64::MAX),
        (Err(_), Ok(0)) if first.is_empty() => Wanted::Nothing,
        (Err(_), Ok(suffix)) if first.is_empty() => {
            within(size_bytes.saturating_sub(suffix), u64::MAX)
        }
        _ => Wanted::Whole,
    }
}

/// Reads the `Content-Range` of a piece of an upload: the offsets of its first and last byte. The
/// specification's form has no unit (`0-1023`); one with a unit (`bytes 0-1023/*`) is taken too.
/// `None` when it is neither.
pub(super) fn sent(header: &str) -> Option<(u64, u64)> {
    let range = header.strip_prefix("bytes ").unwrap_or(header);
    let (first, last) = range.split('/').next()?.split_once('-')?;
    let (first, last) = (first.parse().ok()?, last.parse().ok()?);
    (first <= last).then_some((first, last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_cut_to_the_content() {
        let part = |first, last| Wanted::Part { first, last };
        let cases = [
            ("", Wanted::Whole),
            ("bytes=0-3", part(0, 3)),
            ("bytes=2-", part(2, 9)),
            ("bytes=2-99", part(2, 9)),
            ("bytes=-3", part(7, 9)),
            ("bytes=-99", part(0, 9)),
            ("bytes=10-", Wanted::Nothing),
            ("bytes=-0", Wanted::Nothing),
            ("bytes=3-2", Wanted::Whole),
            ("bytes=0-1,3-4", Wanted::Whole),
            ("lines=0-1", Wanted::Whole),
        ];
        for (header, expected) in cases {
            assert_eq!(wanted(header, 10), expected, "{header}");
        }
        assert_eq!(wanted("bytes=-5", 0), Wanted::Nothing);
    }

    #[test]
    fn a_piece_says_where_it_belongs() {
        let cases = [
            ("0-9", Some((0, 9))),
            ("bytes 5-6/*", Some((5, 6))),
            ("9-5", None),
            ("x", None),
            ("-5", None),
        ];
        for (header, expected) in cases {
            assert_eq!(sent(header), expected, "{header}");
        }
    }
}
