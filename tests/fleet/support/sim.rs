//! The storage core of the local cloud behind the fleet's trait, without sockets and files, for
//! simulated processes that crash on request.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use longshore_cloud::{
    BucketOwner, BucketSpec, CloudError, Created, Kind, ObjectMeta, Objects, Replaced,
};
use longshore_local_storage::core::Core;
use longshore_local_storage::{
    BucketAttributes, ListQuery, Memory, ObjectAttributes, ObjectRecord, ObjectReference,
    Preconditions, Service, StorageError, WriteRequest,
};
use time::OffsetDateTime;

const BUCKET: &str = "ledger";

/// The bucket, as one simulated process uses it.
#[derive(Clone)]
pub(crate) struct SimObjects {
    store: Arc<Service<Memory>>,
    /// Number of writes until the process crashes. Every later call fails.
    writes_left: Arc<AtomicUsize>,
    /// How far the bucket's clock is ahead of this machine's.
    ahead: time::Duration,
    /// Number of downloads, by all processes.
    downloads: Arc<AtomicUsize>,
    /// Number of downloads in progress, and the highest one so far.
    downloading: Arc<(AtomicUsize, AtomicUsize)>,
}

impl SimObjects {
    pub(crate) fn new() -> Self {
        let store = Service::in_memory(Core::new("demo-project", 1));
        store
            .ensure_bucket(
                BUCKET,
                "demo-project",
                BucketAttributes::default(),
                OffsetDateTime::UNIX_EPOCH,
            )
            .unwrap();
        Self {
            store: Arc::new(store),
            writes_left: Arc::new(AtomicUsize::new(usize::MAX)),
            ahead: time::Duration::ZERO,
            downloads: Arc::default(),
            downloading: Arc::default(),
        }
    }

    /// The bucket, as a process sees it on a machine whose clock is behind by this much.
    pub(crate) fn ahead_by(&self, ahead: time::Duration) -> Self {
        Self { ahead, ..self.clone() }
    }

    /// Another process on the same bucket, which crashes after this number of writes.
    pub(crate) fn dying_after(&self, writes: usize) -> Self {
        Self { writes_left: Arc::new(AtomicUsize::new(writes)), ..self.clone() }
    }

    /// The number of downloads so far.
    pub(crate) fn downloads(&self) -> usize {
        self.downloads.load(Ordering::SeqCst)
    }

    /// The highest number of concurrent downloads so far.
    pub(crate) fn concurrent_downloads(&self) -> usize {
        self.downloading.1.load(Ordering::SeqCst)
    }

    pub(crate) fn ledger(&self) -> longshore_ledger::Ledger {
        longshore_ledger::Ledger::new(Arc::new(self.clone()), BUCKET)
    }

    fn alive(&self) -> Result<(), CloudError> {
        match self.writes_left.load(Ordering::SeqCst) {
            0 => Err(CloudError::new("call", "a dead process", Kind::Unavailable)),
            _ => Ok(()),
        }
    }

    fn read(&self, bucket: &str, name: &str) -> Result<Option<(ObjectRecord, Bytes)>, CloudError> {
        self.alive()?;
        match self.store.read(bucket, name, 0, &Preconditions::default()) {
            Ok((record, mut content)) => {
                let mut bytes = Vec::new();
                content.read_to_end(&mut bytes).unwrap();
                Ok(Some((record, Bytes::from(bytes))))
            }
            Err(StorageError::NoObject { .. }) => Ok(None),
            Err(error) => Err(CloudError::caused("get", name, Kind::Internal, error)),
        }
    }

    fn write(
        &self,
        bucket: &str,
        name: &str,
        content: &[u8],
        generation_match: i64,
        metadata: BTreeMap<String, String>,
    ) -> Result<Option<i64>, CloudError> {
        self.alive()?;
        let request = WriteRequest {
            bucket: bucket.to_owned(),
            object: name.to_owned(),
            attributes: ObjectAttributes { metadata, ..ObjectAttributes::default() },
            preconditions: Preconditions {
                generation_match: Some(generation_match),
                ..Preconditions::default()
            },
            ..WriteRequest::default()
        };
        match self.store.put(&request, content, OffsetDateTime::now_utc() + self.ahead) {
            Ok(record) => {
                self.writes_left.fetch_sub(1, Ordering::SeqCst);
                self.alive()?;
                Ok(Some(record.generation))
            }
            Err(StorageError::Precondition) => Ok(None),
            Err(error) => Err(CloudError::caused("write", name, Kind::Internal, error)),
        }
    }
}

/// Lets concurrent processes take turns before each call.
async fn interleave() {
    tokio::task::yield_now().await;
}

fn meta(record: &ObjectRecord) -> ObjectMeta {
    ObjectMeta {
        name: record.name.clone(),
        generation: record.generation,
        size_bytes: record.digest.size_bytes,
        created_at: record.created_at,
        metadata: record.attributes.metadata.clone(),
        kms_key_version: record.kms_key_version.clone(),
    }
}

#[async_trait]
impl Objects for SimObjects {
    async fn get(&self, bucket: &str, name: &str) -> Result<Option<(i64, Bytes)>, CloudError> {
        interleave().await;
        Ok(self.read(bucket, name)?.map(|(record, content)| (record.generation, content)))
    }

    async fn head(&self, bucket: &str, name: &str) -> Result<Option<ObjectMeta>, CloudError> {
        Ok(self.read(bucket, name)?.map(|(record, _)| meta(&record)))
    }

    async fn create(
        &self,
        bucket: &str,
        name: &str,
        content: Bytes,
    ) -> Result<Created, CloudError> {
        self.create_described(bucket, name, content, BTreeMap::new()).await
    }

    async fn create_described(
        &self,
        bucket: &str,
        name: &str,
        content: Bytes,
        metadata: BTreeMap<String, String>,
    ) -> Result<Created, CloudError> {
        interleave().await;
        let written = self.write(bucket, name, &content, 0, metadata)?;
        Ok(written.map_or(Created::Exists, Created::New))
    }

    async fn replace(
        &self,
        bucket: &str,
        name: &str,
        generation: i64,
        content: Bytes,
    ) -> Result<Replaced, CloudError> {
        self.replace_described(bucket, name, generation, content, BTreeMap::new()).await
    }

    async fn replace_described(
        &self,
        bucket: &str,
        name: &str,
        generation: i64,
        content: Bytes,
        metadata: BTreeMap<String, String>,
    ) -> Result<Replaced, CloudError> {
        let written = self.write(bucket, name, &content, generation, metadata)?;
        Ok(written.map_or(Replaced::Conflict, Replaced::New))
    }

    async fn list(&self, bucket: &str, prefix: &str) -> Result<Vec<ObjectMeta>, CloudError> {
        interleave().await;
        self.alive()?;
        let query =
            ListQuery { prefix: prefix.to_owned(), page_size: 1_000, ..ListQuery::default() };
        let page = self.store.list(bucket, &query).unwrap();
        assert!(page.next_page_token.is_empty(), "a simulation needs only one page");
        Ok(page.items.iter().map(meta).collect())
    }

    async fn delete(&self, bucket: &str, name: &str) -> Result<(), CloudError> {
        interleave().await;
        self.alive()?;
        match self.store.delete(&ObjectReference::live(bucket, name), OffsetDateTime::now_utc()) {
            Ok(()) | Err(StorageError::NoObject { .. }) => Ok(()),
            Err(error) => Err(CloudError::caused("delete", name, Kind::Internal, error)),
        }
    }

    async fn upload(
        &self,
        bucket: &str,
        name: &str,
        file: &Path,
        metadata: BTreeMap<String, String>,
    ) -> Result<Created, CloudError> {
        let content = std::fs::read(file).unwrap();
        let written = self.write(bucket, name, &content, 0, metadata)?;
        Ok(written.map_or(Created::Exists, Created::New))
    }

    async fn download(
        &self,
        bucket: &str,
        name: &str,
        generation: i64,
        file: &Path,
        limit_bytes: u64,
    ) -> Result<ObjectMeta, CloudError> {
        self.alive()?;
        let (now, highest) = &*self.downloading;
        highest.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        // Long enough for every other task to get as far.
        for _ in 0..1_000 {
            tokio::task::yield_now().await;
        }
        now.fetch_sub(1, Ordering::SeqCst);
        match self.store.read(bucket, name, generation, &Preconditions::default()) {
            Ok((record, _)) if record.digest.size_bytes > limit_bytes => {
                Err(CloudError::new("download", name, Kind::InvalidArgument))
            }
            Ok((record, mut content)) => {
                self.downloads.fetch_add(1, Ordering::SeqCst);
                std::io::copy(&mut content, &mut std::fs::File::create_new(file).unwrap()).unwrap();
                Ok(meta(&record))
            }
            Err(error) => Err(CloudError::caused("download", name, Kind::NotFound, error)),
        }
    }

    async fn ensure_bucket(&self, spec: &BucketSpec) -> Result<(), CloudError> {
        self.alive()?;
        let (attributes, now) = (BucketAttributes::default(), OffsetDateTime::now_utc());
        self.store.ensure_bucket(&spec.name, &spec.project, attributes, now).unwrap();
        Ok(())
    }

    async fn bucket_owner(&self, bucket: &str, project: &str) -> Result<BucketOwner, CloudError> {
        self.alive()?;
        let number = self.store.project_number(project).unwrap();
        Ok(match self.store.bucket(bucket, &Preconditions::default()) {
            Ok(record) if record.project_number == number => BucketOwner::Project,
            Ok(_) => BucketOwner::Other,
            Err(_) => BucketOwner::Missing,
        })
    }

    async fn default_key(&self, bucket: &str) -> Result<Option<String>, CloudError> {
        self.alive()?;
        let record = self.store.bucket(bucket, &Preconditions::default()).ok();
        Ok(record.map(|record| record.attributes.default_kms_key.clone()))
    }
}
