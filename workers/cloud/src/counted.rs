//! Counts the requests to Cloud Storage: for metrics, and for tests and benchmarks of what a deployment
//! costs.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use parking_lot::Mutex;

use crate::{BucketOwner, BucketSpec, CloudError, Created, ObjectMeta, Objects, Replaced};

/// Objects on one page of a list, Cloud Storage's maximum: each page is a request.
const PAGE_OBJECTS: usize = 1_000;

/// Objects whose requests are counted, by operation and by the first segment of the object's name.
///
/// Counts each call as it is made: neither the retries of the clients behind it, nor the parts of
/// a resumable upload.
pub struct CountedObjects {
    objects: Arc<dyn Objects>,
    counts: Mutex<BTreeMap<(&'static str, String), usize>>,
}

impl CountedObjects {
    #[must_use]
    pub fn new(objects: Arc<dyn Objects>) -> Self {
        Self { objects, counts: Mutex::default() }
    }

    /// The requests since the last call of this function, as `OPERATION SEGMENT`.
    pub fn take(&self) -> BTreeMap<String, usize> {
        let counts = std::mem::take(&mut *self.counts.lock());
        counts
            .into_iter()
            .map(|((operation, segment), count)| (format!("{operation} {segment}"), count))
            .collect()
    }

    /// The requests so far by operation, or since the last call of [`CountedObjects::take`].
    pub fn by_operation(&self) -> BTreeMap<&'static str, u64> {
        let mut totals = BTreeMap::new();
        for ((operation, _), count) in self.counts.lock().iter() {
            *totals.entry(*operation).or_default() += u64::try_from(*count).unwrap_or(u64::MAX);
        }
        totals
    }

    fn count(&self, operation: &'static str, name: &str, requests: usize) {
        let segment = name.split('/').next().unwrap_or_default().to_owned();
        *self.counts.lock().entry((operation, segment)).or_default() += requests;
    }
}

#[async_trait]
impl Objects for CountedObjects {
    async fn get(&self, bucket: &str, name: &str) -> Result<Option<(i64, Bytes)>, CloudError> {
        self.count("get", name, 1);
        self.objects.get(bucket, name).await
    }

    async fn bucket_owner(&self, bucket: &str, project: &str) -> Result<BucketOwner, CloudError> {
        self.objects.bucket_owner(bucket, project).await
    }

    async fn default_key(&self, bucket: &str) -> Result<Option<String>, CloudError> {
        self.objects.default_key(bucket).await
    }

    async fn head(&self, bucket: &str, name: &str) -> Result<Option<ObjectMeta>, CloudError> {
        self.count("head", name, 1);
        self.objects.head(bucket, name).await
    }

    async fn create(
        &self,
        bucket: &str,
        name: &str,
        content: Bytes,
    ) -> Result<Created, CloudError> {
        self.count("create", name, 1);
        self.objects.create(bucket, name, content).await
    }

    async fn create_described(
        &self,
        bucket: &str,
        name: &str,
        content: Bytes,
        metadata: BTreeMap<String, String>,
    ) -> Result<Created, CloudError> {
        self.count("create", name, 1);
        self.objects.create_described(bucket, name, content, metadata).await
    }

    async fn replace(
        &self,
        bucket: &str,
        name: &str,
        generation: i64,
        content: Bytes,
    ) -> Result<Replaced, CloudError> {
        self.count("replace", name, 1);
        self.objects.replace(bucket, name, generation, content).await
    }

    async fn replace_described(
        &self,
        bucket: &str,
        name: &str,
        generation: i64,
        content: Bytes,
        metadata: BTreeMap<String, String>,
    ) -> Result<Replaced, CloudError> {
        self.count("replace", name, 1);
        self.objects.replace_described(bucket, name, generation, content, metadata).await
    }

    async fn list(&self, bucket: &str, prefix: &str) -> Result<Vec<ObjectMeta>, CloudError> {
        let listed = self.objects.list(bucket, prefix).await;
        let objects = listed.as_ref().map_or(0, Vec::len);
        self.count("list", prefix, objects / PAGE_OBJECTS + 1);
        listed
    }

    async fn delete(&self, bucket: &str, name: &str) -> Result<(), CloudError> {
        self.count("delete", name, 1);
        self.objects.delete(bucket, name).await
    }

    async fn upload(
        &self,
        bucket: &str,
        name: &str,
        file: &Path,
        metadata: BTreeMap<String, String>,
    ) -> Result<Created, CloudError> {
        self.count("upload", name, 1);
        self.objects.upload(bucket, name, file, metadata).await
    }

    async fn download(
        &self,
        bucket: &str,
        name: &str,
        generation: i64,
        file: &Path,
        limit_bytes: u64,
    ) -> Result<ObjectMeta, CloudError> {
        self.count("download", name, 1);
        self.objects.download(bucket, name, generation, file, limit_bytes).await
    }

    async fn ensure_bucket(&self, spec: &BucketSpec) -> Result<(), CloudError> {
        self.count("ensure bucket", "", 1);
        self.objects.ensure_bucket(spec).await
    }
}
