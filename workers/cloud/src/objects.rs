//! Cloud Storage as the fleet uses it: small documents with preconditions, and streamed archives.

use std::collections::BTreeMap;
use std::path::Path;

use async_trait::async_trait;
use bytes::Bytes;
use longshore_messages::StorageObject;
use time::OffsetDateTime;

use crate::CloudError;

/// Objects in buckets. Bucket names have no `gs://`.
#[async_trait]
pub trait Objects: Send + Sync {
    /// Reads the newest generation of a document, or `None` if it does not exist. `InvalidArgument`
    /// if it is larger than 16 MiB. Takes one request: the response to a read of the content names
    /// the generation.
    async fn get(&self, bucket: &str, name: &str) -> Result<Option<(i64, Bytes)>, CloudError>;

    /// Returns the metadata of an object, or `None` if it does not exist.
    async fn head(&self, bucket: &str, name: &str) -> Result<Option<ObjectMeta>, CloudError>;

    /// Whether this generation of an object does not exist any more: it was deleted, or replaced.
    async fn has_lost(&self, object: &StorageObject) -> Result<bool, CloudError> {
        let found = self.head(&object.bucket, &object.object).await?;
        Ok(found.is_none_or(|found| found.generation != object.generation))
    }

    /// Creates an object (`ifGenerationMatch=0`). After an `Err` it may have been created.
    async fn create(&self, bucket: &str, name: &str, content: Bytes)
    -> Result<Created, CloudError>;

    /// Like [`Objects::create`], with custom metadata, which [`Objects::list`] returns without a
    /// read of each object. Cloud Storage accepts 8 KiB of it
    /// (<https://cloud.google.com/storage/quotas#objects>).
    async fn create_described(
        &self,
        bucket: &str,
        name: &str,
        content: Bytes,
        metadata: BTreeMap<String, String>,
    ) -> Result<Created, CloudError>;

    /// Replaces one generation of an object (`ifGenerationMatch`). After an `Err` it may have been
    /// replaced.
    async fn replace(
        &self,
        bucket: &str,
        name: &str,
        generation: i64,
        content: Bytes,
    ) -> Result<Replaced, CloudError>;

    /// Like [`Objects::replace`], with custom metadata, as for [`Objects::create_described`].
    async fn replace_described(
        &self,
        bucket: &str,
        name: &str,
        generation: i64,
        content: Bytes,
        metadata: BTreeMap<String, String>,
    ) -> Result<Replaced, CloudError>;

    /// Returns all objects whose names start with `prefix`, sorted by name. Reads all pages.
    async fn list(&self, bucket: &str, prefix: &str) -> Result<Vec<ObjectMeta>, CloudError>;

    /// Deletes an object. Succeeds if it does not exist.
    async fn delete(&self, bucket: &str, name: &str) -> Result<(), CloudError>;

    /// Creates an object from a file, with custom metadata. After an `Err` it may have been
    /// created.
    async fn upload(
        &self,
        bucket: &str,
        name: &str,
        file: &Path,
        metadata: BTreeMap<String, String>,
    ) -> Result<Created, CloudError>;

    /// Streams one generation (0 for the newest) into a new file and returns its metadata.
    /// `InvalidArgument` if the file exists, or once more than `limit_bytes` have arrived.
    async fn download(
        &self,
        bucket: &str,
        name: &str,
        generation: i64,
        file: &Path,
        limit_bytes: u64,
    ) -> Result<ObjectMeta, CloudError>;

    /// Creates the bucket if it does not exist, and checks that it belongs to the project.
    /// `PermissionDenied` if another project owns a bucket of that name.
    async fn ensure_bucket(&self, spec: &BucketSpec) -> Result<(), CloudError>;

    /// Whether a bucket belongs to a project. A name of a bucket does not say that, so the project
    /// is asked for its buckets, which takes `storage.buckets.list` on it. Takes one call for a
    /// bucket of the project, and two for any other.
    async fn bucket_owner(&self, bucket: &str, project: &str) -> Result<BucketOwner, CloudError>;

    /// Returns the key of Cloud KMS that protects what is written to a bucket, or `None` if the
    /// bucket does not exist. Empty: Google manages the keys.
    async fn default_key(&self, bucket: &str) -> Result<Option<String>, CloudError>;
}

/// Metadata of one generation of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectMeta {
    pub name: String,
    /// From 1.
    pub generation: i64,
    pub size_bytes: u64,
    /// When this generation was created.
    pub created_at: OffsetDateTime,
    pub metadata: BTreeMap<String, String>,
    /// Version of the key of Cloud KMS that protects its content, or empty.
    pub kms_key_version: String,
}

/// Result of a create-only write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Created {
    /// The write succeeded as this generation.
    New(i64),
    /// The object already existed.
    Exists,
}

/// Result of a compare-and-swap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replaced {
    /// The write succeeded as this generation.
    New(i64),
    /// The object had another generation, or did not exist.
    Conflict,
}

/// Who owns a bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BucketOwner {
    /// The project that was asked.
    Project,
    /// Another project, or one that the caller cannot see.
    Other,
    /// The bucket does not exist.
    Missing,
}

/// A bucket to create.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BucketSpec {
    pub name: String,
    /// Id of the project that owns it.
    pub project: String,
    /// Region.
    pub location: String,
    pub labels: BTreeMap<String, String>,
    /// Key of Cloud KMS that protects its objects by default, or empty.
    pub default_key: String,
}
