//! What the headers of an upload say about its content.

use axum::http::HeaderMap;

use crate::{ExpectedChecksums, StorageError};

/// The content type when the request gives none.
pub(super) const DEFAULT_CONTENT_TYPE: &str = "application/octet-stream";

/// The checksums of the headers `X-Goog-Hash: crc32c=…,md5=…` (once or twice) and `Content-MD5`.
///
/// # Errors
/// [`StorageError::Invalid`].
pub(super) fn checksums_of(headers: &HeaderMap) -> Result<ExpectedChecksums, StorageError> {
    let hashes = headers.get_all("x-goog-hash").into_iter().filter_map(|value| value.to_str().ok());
    let mut crc32c = "";
    let mut md5 = header_text(headers, "content-md5");
    for hash in hashes.flat_map(|value| value.split(',')).map(str::trim) {
        match hash.split_once('=') {
            Some(("crc32c", value)) => crc32c = value,
            Some(("md5", value)) => md5 = value,
            Some(_) | None => {
                return Err(StorageError::Invalid(format!("invalid x-goog-hash: {hash}")));
            }
        }
    }
    ExpectedChecksums::from_base64(crc32c, md5)
}

/// A header's value; empty if it is missing or not text.
pub(super) fn header_text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_may_be_in_one_header_or_several() {
        let mut headers = HeaderMap::new();
        headers.append("x-goog-hash", "crc32c=4waSgw==".parse().unwrap());
        headers.append("x-goog-hash", "md5=JfnnlDI7RTiF9RgfG2JNCw==".parse().unwrap());
        let expected = checksums_of(&headers).unwrap();
        assert_eq!(expected.crc32c, Some(0xe306_9283));
        assert_eq!(expected.md5, Some(md5::compute(b"123456789").0));
        headers.append("x-goog-hash", "sha1=AAAA".parse().unwrap());
        assert!(checksums_of(&headers).is_err());
    }
}
