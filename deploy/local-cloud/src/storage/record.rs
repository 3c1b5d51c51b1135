//! What is known of a bucket, an object and an upload under way.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{Preconditions, StorageError, Version};

/// A bucket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BucketRecord {
    /// Name, unique over all projects.
    pub name: String,
    /// Number of the project that owns it.
    pub project_number: u64,
    /// Everything that the one who made it chose.
    pub attributes: BucketAttributes,
    /// Version of the attributes, from 1.
    pub metageneration: i64,
    /// When it was made.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
}

/// What can be chosen about a new bucket.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BucketAttributes {
    /// Location in capitals, such as `US-CENTRAL1`; empty: `US`.
    pub location: String,
    /// Default storage class; empty: `STANDARD`. Kept and told, without an effect.
    pub storage_class: String,
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// Whether access is uniform. Kept and told: nobody is refused here.
    pub uniform_access: bool,
    /// `enforced` or `inherited`; kept and told.
    pub public_access_prevention: String,
}

/// One generation of an object, without its content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectRecord {
    /// Bucket.
    pub bucket: String,
    /// Object name.
    pub name: String,
    /// Unique and increasing over all objects: microseconds since 1970, as far as the clock allows.
    pub generation: i64,
    /// Version of the attributes, from 1.
    pub metageneration: i64,
    /// Size and checksums of the content.
    pub digest: Digest,
    /// What the writer said about the content.
    pub attributes: ObjectAttributes,
    /// When this generation was made.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
}

impl ObjectRecord {
    /// Generation and metageneration, for preconditions.
    #[must_use]
    pub fn version(&self) -> Version {
        Version { generation: self.generation, metageneration: self.metageneration }
    }

    /// Changes with the generation and the metageneration.
    #[must_use]
    pub fn etag(&self) -> String {
        BASE64_STANDARD.encode(format!("{}/{}", self.generation, self.metageneration))
    }
}

/// What a writer says about an object's content.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectAttributes {
    /// Media type.
    pub content_type: String,
    /// `gzip` or empty. Content is always handed out as it was stored, never decompressed on the way.
    pub content_encoding: String,
    /// Told to readers.
    pub content_disposition: String,
    /// Told to readers.
    pub content_language: String,
    /// Told to readers; nothing is cached here.
    pub cache_control: String,
    /// Storage class; empty: `STANDARD`. Kept and told, without an effect.
    pub storage_class: String,
    /// Custom metadata.
    pub metadata: BTreeMap<String, String>,
}

/// Size and checksums of a content.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digest {
    /// Bytes.
    pub size_bytes: u64,
    /// CRC-32C (Castagnoli).
    pub crc32c: u32,
    /// MD5.
    pub md5: [u8; 16],
}

impl Digest {
    /// The CRC-32C as the JSON API and `x-goog-hash` spell it: big-endian, base64.
    #[must_use]
    pub fn crc32c_base64(&self) -> String {
        BASE64_STANDARD.encode(self.crc32c.to_be_bytes())
    }

    /// The MD5 in base64.
    #[must_use]
    pub fn md5_base64(&self) -> String {
        BASE64_STANDARD.encode(self.md5)
    }
}

/// What a writer expects the checksums of its content to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpectedChecksums {
    /// CRC-32C.
    pub crc32c: Option<u32>,
    /// MD5.
    pub md5: Option<[u8; 16]>,
}

impl ExpectedChecksums {
    /// Reads the spelling of the JSON API and of `x-goog-hash`: base64, the CRC-32C big-endian. Empty: not said.
    ///
    /// # Errors
    /// [`StorageError::Invalid`] when a value is no checksum.
    pub fn from_base64(crc32c: &str, md5: &str) -> Result<Self, StorageError> {
        let crc32c = decode("crc32c", crc32c)?.map(u32::from_be_bytes);
        Ok(Self { crc32c, md5: decode("md5Hash", md5)? })
    }

    /// These, and where they say nothing, the others.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self { crc32c: self.crc32c.or(other.crc32c), md5: self.md5.or(other.md5) }
    }

    /// Compares with the content that arrived.
    ///
    /// # Errors
    /// [`StorageError::Checksum`] at the first difference.
    pub fn check(&self, digest: &Digest) -> Result<(), StorageError> {
        let differ = |what, expected, found| Err(StorageError::Checksum { what, expected, found });
        if let Some(crc32c) = self.crc32c.filter(|crc32c| *crc32c != digest.crc32c) {
            let expected = Digest { crc32c, ..Digest::default() };
            return differ("crc32c", expected.crc32c_base64(), digest.crc32c_base64());
        }
        if let Some(md5) = self.md5.filter(|md5| *md5 != digest.md5) {
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
    bytes.map(Some).ok_or_else(|| StorageError::Invalid(format!("{what} is not {N} bytes in base64: {text}")))
}

/// A write, before its content is complete.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WriteRequest {
    /// Bucket.
    pub bucket: String,
    /// Object name.
    pub object: String,
    /// What the object will say about itself.
    pub attributes: ObjectAttributes,
    /// Checked when the content is complete; for a resumable upload when it starts as well.
    pub preconditions: Preconditions,
    /// Checked when the content is complete.
    pub expected: ExpectedChecksums,
}

/// A resumable upload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadRecord {
    /// The upload's id, hard to guess: whoever has it may write.
    pub id: String,
    /// What is being written.
    pub request: WriteRequest,
    /// When it started; a week later it ends.
    #[serde(with = "time::serde::rfc3339")]
    pub started_at: OffsetDateTime,
    /// What it became.
    pub finished: Option<ObjectRecord>,
}
