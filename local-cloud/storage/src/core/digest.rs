//! Checksums of content: the computed ones, and the ones that its writer expects.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};

use crate::StorageError;

/// Size and checksums of an object's content.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digest {
    pub size_bytes: u64,
    /// CRC-32C (Castagnoli).
    pub crc32c: u32,
    /// A composite object has none, because it cannot be computed from the components' checksums.
    pub md5: Option<[u8; 16]>,
}

impl Digest {
    /// The CRC-32C as the JSON API and `x-goog-hash` spell it: big-endian, base64.
    #[must_use]
    pub fn crc32c_base64(&self) -> String {
        BASE64_STANDARD.encode(self.crc32c.to_be_bytes())
    }

    /// The MD5 in base64; empty when there is none.
    #[must_use]
    pub fn md5_base64(&self) -> String {
        self.md5.map(|md5| BASE64_STANDARD.encode(md5)).unwrap_or_default()
    }

    /// The digest of this content followed by another one.
    #[must_use]
    pub fn followed_by(&self, next: &Self) -> Self {
        let length = usize::try_from(next.size_bytes).unwrap_or(usize::MAX);
        let crc32c = crc32c::crc32c_combine(self.crc32c, next.crc32c, length);
        Self { size_bytes: self.size_bytes + next.size_bytes, crc32c, md5: None }
    }
}

/// The checksums that a writer expects its content to have. `None` is not checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpectedChecksums {
    pub crc32c: Option<u32>,
    pub md5: Option<[u8; 16]>,
}

impl ExpectedChecksums {
    /// Reads the spelling of the JSON API and of `x-goog-hash`: base64, the CRC-32C big-endian. An
    /// empty text is `None`.
    ///
    /// # Errors
    /// [`StorageError::Invalid`] when a value is malformed.
    pub fn from_base64(crc32c: &str, md5: &str) -> Result<Self, StorageError> {
        let crc32c = decode("crc32c", crc32c)?.map(u32::from_be_bytes);
        Ok(Self { crc32c, md5: decode("md5Hash", md5)? })
    }

    /// These checksums; where one is missing, the other's.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self { crc32c: self.crc32c.or(other.crc32c), md5: self.md5.or(other.md5) }
    }

    /// Compares with the received content.
    ///
    /// # Errors
    /// [`StorageError::Checksum`] for the first difference.
    pub fn check(&self, digest: &Digest) -> Result<(), StorageError> {
        let differ = |what, expected, found| Err(StorageError::Checksum { what, expected, found });
        if let Some(crc32c) = self.crc32c.filter(|crc32c| *crc32c != digest.crc32c) {
            let expected = Digest { crc32c, ..Digest::default() };
            return differ("crc32c", expected.crc32c_base64(), digest.crc32c_base64());
        }
        if let Some(md5) = self.md5.filter(|md5| digest.md5.is_some_and(|found| found != *md5)) {
            return differ("md5", BASE64_STANDARD.encode(md5), digest.md5_base64());
        }
        Ok(())
    }
}

fn decode<const N: usize>(what: &str, text: &str) -> Result<Option<[u8; N]>, StorageError> {
    if text.is_empty() {
        return Ok(None);
    }
    let bytes = BASE64_STANDARD.decode(text).ok().and_then(|bytes| bytes.try_into().ok());
    bytes.map(Some).ok_or_else(|| {
        StorageError::Invalid(format!("{what} must be {N} bytes in base64, not '{text}'"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_of_a_whole_follows_from_those_of_its_parts() {
        let of = |content: &[u8]| Digest {
            size_bytes: content.len() as u64,
            crc32c: crc32c::crc32c(content),
            md5: None,
        };
        assert_eq!(of(b"1234").followed_by(&of(b"56789")), of(b"123456789"));
        assert_eq!(Digest::default().followed_by(&of(b"123456789")), of(b"123456789"));
        assert_eq!(of(b"1234").followed_by(&Digest::default()), of(b"1234"));
    }
}
