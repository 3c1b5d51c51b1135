//! The `Content-Range` of a resumable upload's request: which bytes it carries, and whether they
//! are the last.

use crate::StorageError;

/// Chunks other than the last must be multiples of this, as at Google.
const QUANTUM_BYTES: u64 = 256 * 1024;

/// The content that a request to an upload carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ContentRange {
    /// `bytes */*` or `bytes */TOTAL`: no content. The client queries the status of the upload,
    /// which is complete if it has received the total.
    Status { total_bytes: Option<u64> },
    /// `bytes FIRST-LAST/TOTAL`, where LAST and TOTAL may be `*`; or no header: everything.
    Piece {
        /// Offset of the first byte.
        first: u64,
        /// `None`: up to the end of the body, which is the end of the content too.
        length_bytes: Option<u64>,
        total_bytes: Option<u64>,
    },
}

impl ContentRange {
    /// Parses the header; a missing one is empty.
    ///
    /// # Errors
    /// [`StorageError::Invalid`] when it is malformed, or announces a chunk that Google would
    /// reject.
    pub(super) fn parse(header: &str) -> Result<Self, StorageError> {
        if header.is_empty() {
            return Ok(Self::Piece { first: 0, length_bytes: None, total_bytes: None });
        }
        let range = Self::parse_form(header)
            .ok_or_else(|| StorageError::Invalid(format!("invalid Content-Range: {header}")))?;
        match range {
            Self::Piece { first, length_bytes: Some(length), total_bytes }
                if total_bytes.is_some_and(|total| first + length > total) =>
            {
                Err(StorageError::Invalid(format!("Content-Range exceeds its own total: {header}")))
            }
            Self::Piece { length_bytes: Some(length), .. }
                if !range.is_last() && !length.is_multiple_of(QUANTUM_BYTES) =>
            {
                Err(StorageError::Invalid(format!(
                    "the size of a chunk other than the last must be a multiple of {QUANTUM_BYTES} bytes: {header}"
                )))
            }
            Self::Status { .. } | Self::Piece { .. } => Ok(range),
        }
    }

    fn parse_form(header: &str) -> Option<Self> {
        let or_star =
            |text: &str| if text == "*" { Some(None) } else { text.parse::<u64>().ok().map(Some) };
        let (range, total) = header.strip_prefix("bytes ")?.split_once('/')?;
        let total_bytes = or_star(total)?;
        if range == "*" {
            return Some(Self::Status { total_bytes });
        }
        let (first, last) = range.split_once('-')?;
        let first = first.parse::<u64>().ok()?;
        let length_bytes = match or_star(last)? {
            Some(last) => Some(last.checked_add(1)?.checked_sub(first)?),
            None => None,
        };
        Some(Self::Piece { first, length_bytes, total_bytes })
    }

    /// Whether the content ends with this request, if all of it arrives.
    pub(super) fn is_last(&self) -> bool {
        match *self {
            Self::Status { .. } => false,
            Self::Piece { length_bytes: None, .. } => true,
            Self::Piece { first, length_bytes: Some(length), total_bytes } => {
                total_bytes == Some(first + length)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_documented_form_is_parsed() {
        let piece = |first, length_bytes, total_bytes| ContentRange::Piece {
            first,
            length_bytes,
            total_bytes,
        };
        let table = [
            ("", piece(0, None, None), true),
            ("bytes */*", ContentRange::Status { total_bytes: None }, false),
            ("bytes */0", ContentRange::Status { total_bytes: Some(0) }, false),
            ("bytes 0-262143/*", piece(0, Some(262_144), None), false),
            ("bytes 262144-262153/262154", piece(262_144, Some(10), Some(262_154)), true),
            ("bytes 0-262143/300000", piece(0, Some(262_144), Some(300_000)), false),
            ("bytes 7-*/*", piece(7, None, None), true),
        ];
        for (header, range, last) in table {
            assert_eq!(ContentRange::parse(header).unwrap(), range, "{header}");
            assert_eq!(range.is_last(), last, "{header}");
        }
    }

    #[test]
    fn other_forms_and_chunks_that_google_rejects_are_rejected() {
        for header in [
            "bytes",
            "0-1/2",
            "bytes 5-3/9",
            "bytes a-b/c",
            "bytes 0-9/*",
            "bytes 0-9/5",
            "bytes 0-18446744073709551615/*",
        ] {
            assert!(
                matches!(ContentRange::parse(header), Err(StorageError::Invalid(_))),
                "{header}"
            );
        }
    }
}
