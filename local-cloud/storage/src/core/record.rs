//! What is known of a bucket, an object and an upload under way.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;

use super::{Digest, ExpectedChecksums, Preconditions, Version};

/// A bucket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BucketRecord {
    /// Name, unique over all projects.
    pub name: String,
    /// Number of the project that owns it.
    pub project_number: u64,
    /// Everything that the one who made it chose, or somebody changed later.
    pub attributes: BucketAttributes,
    /// Version of the attributes, from 1.
    pub metageneration: i64,
    /// When it was made.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// When its attributes were changed last.
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub changed_at: Option<OffsetDateTime>,
}

impl BucketRecord {
    /// When it was made or changed last.
    #[must_use]
    pub fn updated_at(&self) -> OffsetDateTime {
        self.changed_at.unwrap_or(self.created_at)
    }
}

/// What can be chosen about a bucket.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BucketAttributes {
    /// Location in capitals, such as `US-CENTRAL1`; empty: `US`. Cannot be changed.
    pub location: String,
    /// Default storage class; empty: `STANDARD`. Kept and told, without an effect.
    pub storage_class: String,
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// Whether access is uniform. Kept and told: nobody is refused here.
    pub uniform_access: bool,
    /// `enforced` or `inherited`; kept and told.
    pub public_access_prevention: String,
    /// Whether a replaced or deleted generation is kept.
    #[serde(default)]
    pub versioning: bool,
    /// Whether new objects begin with an event-based hold.
    #[serde(default)]
    pub default_event_based_hold: bool,
    /// Fields of the JSON resource that are kept and told, without an effect: `cors`, `lifecycle` …
    #[serde(default)]
    pub recorded: BTreeMap<String, Value>,
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
    /// What the writer said about the content, or somebody changed later.
    pub attributes: ObjectAttributes,
    /// When this generation was made.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// When its attributes were changed last.
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub changed_at: Option<OffsetDateTime>,
    /// When it stopped being the live one. Only a bucket with versioning keeps such a generation.
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub noncurrent_at: Option<OffsetDateTime>,
    /// Of how many objects it was composed, counted over all compositions; `None`: it was uploaded.
    #[serde(default)]
    pub components: Option<u32>,
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

    /// When it was made or changed last.
    #[must_use]
    pub fn updated_at(&self) -> OffsetDateTime {
        self.changed_at.unwrap_or(self.created_at)
    }
}

/// What is said about an object's content.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectAttributes {
    /// Media type.
    pub content_type: String,
    /// `gzip` or empty. Readers that do not accept gzip get a gzip content decompressed.
    pub content_encoding: String,
    /// Told to readers.
    pub content_disposition: String,
    /// Told to readers.
    pub content_language: String,
    /// Told to readers; nothing is cached here.
    pub cache_control: String,
    /// Storage class; empty: the bucket's. Kept and told, without an effect.
    pub storage_class: String,
    /// Custom metadata.
    pub metadata: BTreeMap<String, String>,
    /// A time that means something to the writer. Once set it never goes back.
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub custom_time: Option<OffsetDateTime>,
    /// Whether the object cannot be deleted or replaced until somebody lifts the hold.
    #[serde(default)]
    pub temporary_hold: bool,
    /// The same, for a reason of its own.
    #[serde(default)]
    pub event_based_hold: bool,
}

/// Names a generation of an object, and what must be true of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ObjectReference {
    /// Bucket.
    pub bucket: String,
    /// Object name.
    pub object: String,
    /// Generation; 0: the live one.
    pub generation: i64,
    /// Preconditions.
    pub preconditions: Preconditions,
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
