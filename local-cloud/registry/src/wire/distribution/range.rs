//! Byte ranges: the part of a blob that a client requests, and the part of an upload that it sends.

/// The requested part of a blob.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Requested {
    Whole,
    /// From the first to the last byte, both included.
    Part {
        /// Offset of the first byte.
        first: u64,
        /// Offset of the last byte.
        last: u64,
    },
    /// A part beyond the end of the blob.
    Nothing,
}

/// Parses a `Range` header for a blob of this length. An unknown form and several ranges mean the
/// whole blob, as RFC 9110 allows.
pub(super) fn requested(header: &str, size_bytes: u64) -> Requested {
    let Some((first, last)) =
        header.strip_prefix("bytes=").and_then(|range| range.trim().split_once('-'))
    else {
        return Requested::Whole;
    };
    let within = |first: u64, last: u64| {
        if first < size_bytes {
            Requested::Part { first, last: last.min(size_bytes - 1) }
        } else {
            Requested::Nothing
        }
    };
    match (first.parse(), last.parse::<u64>()) {
        (Ok(first), Ok(last)) if first <= last => within(first, last),
        (Ok(first), Err(_)) if last.is_empty() => within(first, u64::MAX),
        (Err(_), Ok(0)) if first.is_empty() => Requested::Nothing,
        (Err(_), Ok(suffix)) if first.is_empty() => {
            within(size_bytes.saturating_sub(suffix), u64::MAX)
        }
        _ => Requested::Whole,
    }
}

/// Parses the `Content-Range` of an upload's chunk: the offsets of its first and last byte. The
/// specification's form has no unit (`0-1023`); one with a unit (`bytes 0-1023/*`) is accepted too.
/// `None` if it is neither.
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
    fn a_range_is_clamped_to_the_content() {
        let part = |first, last| Requested::Part { first, last };
        let cases = [
            ("", Requested::Whole),
            ("bytes=0-3", part(0, 3)),
            ("bytes=2-", part(2, 9)),
            ("bytes=2-99", part(2, 9)),
            ("bytes=-3", part(7, 9)),
            ("bytes=-99", part(0, 9)),
            ("bytes=10-", Requested::Nothing),
            ("bytes=-0", Requested::Nothing),
            ("bytes=3-2", Requested::Whole),
            ("bytes=0-1,3-4", Requested::Whole),
            ("lines=0-1", Requested::Whole),
        ];
        for (header, expected) in cases {
            assert_eq!(requested(header, 10), expected, "{header}");
        }
        assert_eq!(requested("bytes=-5", 0), Requested::Nothing);
    }

    #[test]
    fn the_range_of_a_chunk_is_parsed() {
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
