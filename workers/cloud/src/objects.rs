//! Cloud Storage as the fleet uses it: small documents with preconditions, and archives that
//! stream.

use std::collections::BTreeMap;
use std::path::Path;

use async_trait::async_trait;
use bytes::Bytes;
use time::OffsetDateTime;

use crate::CloudError;

/// Objects in buckets. A bucket is named without `gs://`.
#[async_trait]
pub trait Objects: Send + Sync {
    /// The newest generation of an object with its content, or `None`. For documents: at most 16
    /// MiB are read.
    async fn get(
        &self,
        bucket: &str,
        name: &str,
    ) -> Result<Option<(ObjectMeta, Bytes)>, CloudError>;

    /// What is known of an object without its content, or `None`.
    async fn head(&self, bucket: &str, name: &str) -> Result<Option<ObjectMeta>, CloudError>;

    /// Writes an object that must not exist yet (`ifGenerationMatch=0`). After an `Err` it may
    /// exist.
    async fn create(&self, bucket: &str, name: &str, content: Bytes)
    -> Result<Created, CloudError>;

    /// Replaces exactly that generation of an object (`ifGenerationMatch`). After an `Err` it may
    /// be replaced.
    async fn replace(
        &self,
        bucket: &str,
        name: &str,
        generation: i64,
        content: Bytes,
    ) -> Result<Replaced, CloudError>;

    /// All objects whose name starts with `prefix`, in name order. Follows pages to the end.
    async fn list(&self, bucket: &str, prefix: &str) -> Result<Vec<ObjectMeta>, CloudError>;

    /// Deletes an object; one that is not there is fine.
    async fn delete(&self, bucket: &str, name: &str) -> Result<(), CloudError>;

    /// Streams a file into an object that must not exist yet, with custom metadata. After an `Err`
    /// it may exist.
    async fn upload(
        &self,
        bucket: &str,
        name: &str,
        file: &Path,
        metadata: BTreeMap<String, String>,
    ) -> Result<Created, CloudError>;

    /// Streams one generation (0: the newest) into a new file and returns what was read. Fails with
    /// `InvalidArgument` once more than `limit_bytes` arrive.
    async fn download(
        &self,
        bucket: &str,
        name: &str,
        generation: i64,
        file: &Path,
        limit_bytes: u64,
    ) -> Result<ObjectMeta, CloudError>;

    /// Makes the bucket if it is missing, and checks that it belongs to the project: a bucket of
    /// that name that somebody else owns is `PermissionDenied`, never used.
    async fn ensure_bucket(&self, spec: &BucketSpec) -> Result<(), CloudError>;
}

/// One generation of an object, without its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectMeta {
    /// Object name.
    pub name: String,
    /// Generation, from 1.
    pub generation: i64,
    /// Bytes.
    pub size_bytes: u64,
    /// When this generation was made.
    pub created_at: OffsetDateTime,
    /// Custom metadata.
    pub metadata: BTreeMap<String, String>,
}

/// Whether a create-only write made the object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Created {
    /// It did, as this generation.
    New(i64),
    /// Somebody else had made it.
    Exists,
}

/// Whether a compare-and-swap took place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replaced {
    /// It did, as this generation.
    New(i64),
    /// The object had another generation, or was gone.
    Conflict,
}

/// A bucket to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BucketSpec {
    /// Bucket name.
    pub name: String,
    /// Project id that owns it.
    pub project: String,
    /// Region it is in.
    pub location: String,
    /// Labels to make it with.
    pub labels: BTreeMap<String, String>,
}
