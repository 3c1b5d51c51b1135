//! The state of a bucket, an object and a resumable upload.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;

use super::{Digest, ExpectedChecksums, Preconditions, Version};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BucketRecord {
    /// Unique across all projects.
    pub name: String,
    pub project_number: u64,
    pub attributes: BucketAttributes,
    /// Version of the attributes, from 1.
    pub metageneration: i64,
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// Time of the last change of the attributes.
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub changed_at: Option<OffsetDateTime>,
}

impl BucketRecord {
    /// Changes with the metageneration.
    #[must_use]
    pub fn etag(&self) -> String {
        self.metageneration.to_string()
    }

    /// Time of the last change, or of the creation.
    #[must_use]
    pub fn updated_at(&self) -> OffsetDateTime {
        self.changed_at.unwrap_or(self.created_at)
    }
}

/// The settings of a bucket.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BucketAttributes {
    /// In capitals, such as `US-CENTRAL1`; empty: `US`. Cannot be changed.
    pub location: String,
    /// Default storage class; empty: `STANDARD`. Stored and returned; has no effect.
    pub storage_class: String,
    pub labels: BTreeMap<String, String>,
    /// Uniform bucket-level access. Stored and returned; access is never restricted.
    pub uniform_access: bool,
    /// `enforced` or `inherited`. Stored and returned; has no effect.
    pub public_access_prevention: String,
    /// Whether replaced and deleted generations are kept.
    #[serde(default)]
    pub versioning: bool,
    /// Whether new objects get an event-based hold.
    #[serde(default)]
    pub default_event_based_hold: bool,
    /// Full name of the Cloud KMS key that protects new objects; empty: none.
    #[serde(default)]
    pub default_kms_key: String,
    /// Fields of the JSON resource that are stored and returned and have no effect: `cors`,
    /// `lifecycle` …
    #[serde(default)]
    pub recorded: BTreeMap<String, Value>,
}

/// One generation of an object, without its content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectRecord {
    pub bucket: String,
    pub name: String,
    /// Unique, and increasing across all objects: microseconds since 1970, or the last generation
    /// plus one when the clock does not advance.
    pub generation: i64,
    /// Version of the attributes, from 1.
    pub metageneration: i64,
    pub digest: Digest,
    pub attributes: ObjectAttributes,
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// Time of the last change of the attributes.
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub changed_at: Option<OffsetDateTime>,
    /// When it stopped being the live generation. Only a bucket with versioning keeps it then.
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub noncurrent_at: Option<OffsetDateTime>,
    /// Number of components of a composite object, counted across all compositions; `None`: it was
    /// uploaded.
    #[serde(default)]
    pub components: Option<u32>,
    /// Full name of the version of the Cloud KMS key that protects the content; empty: none.
    #[serde(default)]
    pub kms_key_version: String,
}

impl ObjectRecord {
    /// The version that preconditions compare.
    #[must_use]
    pub fn version(&self) -> Version {
        Version { generation: self.generation, metageneration: self.metageneration }
    }

    /// Changes with the generation and the metageneration.
    #[must_use]
    pub fn etag(&self) -> String {
        BASE64_STANDARD.encode(format!("{}/{}", self.generation, self.metageneration))
    }

    /// The tag of the XML API: the MD5 of content that was uploaded as a whole and has no key of
    /// its own, and [`ObjectRecord::etag`] otherwise.
    /// <https://cloud.google.com/storage/docs/hashes-etags#etags>
    #[must_use]
    pub fn content_tag(&self) -> String {
        match self.digest.md5 {
            Some(md5) if self.kms_key_version.is_empty() => {
                md5.iter().map(|byte| format!("{byte:02x}")).collect()
            }
            Some(_) | None => self.etag(),
        }
    }

    /// Time of the last change, or of the creation.
    #[must_use]
    pub fn updated_at(&self) -> OffsetDateTime {
        self.changed_at.unwrap_or(self.created_at)
    }
}

/// The metadata that a writer can set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectAttributes {
    pub content_type: String,
    /// `gzip` or empty. Readers that do not accept gzip get gzip content decompressed.
    pub content_encoding: String,
    pub content_disposition: String,
    pub content_language: String,
    /// Returned to readers; nothing is cached here.
    pub cache_control: String,
    /// Empty: the bucket's. Stored and returned; has no effect.
    pub storage_class: String,
    pub metadata: BTreeMap<String, String>,
    /// A time of the writer's choice. Once set, it can only advance.
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub custom_time: Option<OffsetDateTime>,
    /// While `true`, the object cannot be deleted or replaced. `None`: it was never set.
    #[serde(default)]
    pub temporary_hold: Option<bool>,
    /// The same, as an independent switch.
    #[serde(default)]
    pub event_based_hold: Option<bool>,
}

/// A generation of an object, with preconditions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ObjectReference {
    pub bucket: String,
    pub object: String,
    /// 0: the live generation.
    pub generation: i64,
    pub preconditions: Preconditions,
}

/// A write, before its content is complete.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WriteRequest {
    pub bucket: String,
    pub object: String,
    pub attributes: ObjectAttributes,
    /// Checked when the content is complete; for a resumable upload, at its start as well.
    pub preconditions: Preconditions,
    /// Checked when the content is complete.
    pub expected: ExpectedChecksums,
    /// Full name of the Cloud KMS key that protects the object; empty: the bucket's default key.
    #[serde(default)]
    pub kms_key: String,
}

/// A resumable upload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadRecord {
    /// Hard to guess, because any caller that knows it may write.
    pub id: String,
    pub request: WriteRequest,
    /// The upload expires one week later.
    #[serde(with = "time::serde::rfc3339")]
    pub started_at: OffsetDateTime,
    /// The object, once the upload is complete.
    pub finished: Option<ObjectRecord>,
}
