//! A ledger's bucket in memory.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;

use async_trait::async_trait;
use bytes::Bytes;
use longshore_cloud::{
    BucketOwner, BucketSpec, CloudError, Created, Kind, ObjectMeta, Objects, Replaced,
};
use time::OffsetDateTime;

/// A ledger's bucket.
#[derive(Default)]
pub(super) struct Bucket(pub(super) Mutex<BTreeMap<String, (i64, Bytes)>>);

pub(super) fn meta(name: &str, generation: i64) -> ObjectMeta {
    ObjectMeta {
        name: name.to_owned(),
        generation,
        size_bytes: 0,
        created_at: OffsetDateTime::UNIX_EPOCH,
        metadata: BTreeMap::new(),
        kms_key_version: String::new(),
    }
}

pub(super) fn unused(operation: &'static str) -> CloudError {
    CloudError::new(operation, "this test", Kind::Unimplemented)
}

#[async_trait]
impl Objects for Bucket {
    async fn get(&self, _: &str, name: &str) -> Result<Option<(i64, Bytes)>, CloudError> {
        Ok(self.0.lock().unwrap().get(name).cloned())
    }
    async fn head(&self, bucket: &str, name: &str) -> Result<Option<ObjectMeta>, CloudError> {
        Ok(self.get(bucket, name).await?.map(|(generation, _)| meta(name, generation)))
    }
    async fn create(&self, _: &str, name: &str, content: Bytes) -> Result<Created, CloudError> {
        let mut objects = self.0.lock().unwrap();
        if objects.contains_key(name) {
            return Ok(Created::Exists);
        }
        objects.insert(name.to_owned(), (1, content));
        Ok(Created::New(1))
    }
    async fn create_described(
        &self,
        bucket: &str,
        name: &str,
        content: Bytes,
        _: BTreeMap<String, String>,
    ) -> Result<Created, CloudError> {
        self.create(bucket, name, content).await
    }
    async fn replace(
        &self,
        _: &str,
        name: &str,
        generation: i64,
        content: Bytes,
    ) -> Result<Replaced, CloudError> {
        match self.0.lock().unwrap().get_mut(name) {
            Some(object) if object.0 == generation => {
                *object = (generation + 1, content);
                Ok(Replaced::New(generation + 1))
            }
            _ => Ok(Replaced::Conflict),
        }
    }
    async fn replace_described(
        &self,
        bucket: &str,
        name: &str,
        generation: i64,
        content: Bytes,
        _: BTreeMap<String, String>,
    ) -> Result<Replaced, CloudError> {
        self.replace(bucket, name, generation, content).await
    }
    async fn list(&self, _: &str, prefix: &str) -> Result<Vec<ObjectMeta>, CloudError> {
        let objects = self.0.lock().unwrap();
        Ok(objects
            .iter()
            .filter(|(name, _)| name.starts_with(prefix))
            .map(|(name, (generation, _))| meta(name, *generation))
            .collect())
    }
    async fn delete(&self, _: &str, name: &str) -> Result<(), CloudError> {
        self.0.lock().unwrap().remove(name);
        Ok(())
    }
    async fn upload(
        &self,
        _: &str,
        _: &str,
        _: &Path,
        _: BTreeMap<String, String>,
    ) -> Result<Created, CloudError> {
        Err(unused("upload"))
    }
    async fn download(
        &self,
        _: &str,
        _: &str,
        _: i64,
        _: &Path,
        _: u64,
    ) -> Result<ObjectMeta, CloudError> {
        Err(unused("download"))
    }
    async fn ensure_bucket(&self, _: &BucketSpec) -> Result<(), CloudError> {
        Err(unused("ensure bucket"))
    }
    async fn bucket_owner(&self, _: &str, _: &str) -> Result<BucketOwner, CloudError> {
        Err(unused("list buckets"))
    }
    async fn default_key(&self, _: &str) -> Result<Option<String>, CloudError> {
        Err(unused("get bucket"))
    }
}
