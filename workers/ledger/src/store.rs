//! The ledger's bucket, and reading and writing JSON in it.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use longshore_cloud::{Created, ObjectMeta, Objects};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::LedgerError;
use crate::clock_offset::ClockOffset;

/// Maximum number of concurrent reads for one listing: a thousand entries take seconds.
pub(crate) const READS_AT_ONCE: usize = 32;

/// The ledger of one fleet.
#[derive(Clone)]
pub struct Ledger {
    objects: Arc<dyn Objects>,
    bucket: String,
    pub(crate) clock: ClockOffset,
}

impl Ledger {
    /// The bucket must exist by the first call.
    #[must_use]
    pub fn new(objects: Arc<dyn Objects>, bucket: impl Into<String>) -> Self {
        Self { objects, bucket: bucket.into(), clock: ClockOffset::default() }
    }

    #[must_use]
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    pub(crate) async fn read<T: DeserializeOwned>(
        &self,
        name: &str,
    ) -> Result<Option<(T, i64)>, LedgerError> {
        let Some((generation, content)) =
            self.objects.get(&self.bucket, name).await.map_err(LedgerError::Cloud)?
        else {
            return Ok(None);
        };
        let unreadable = |source| LedgerError::Unreadable { name: name.to_owned(), source };
        Ok(Some((serde_json::from_slice(&content).map_err(unreadable)?, generation)))
    }

    pub(crate) async fn exists(&self, name: &str) -> Result<bool, LedgerError> {
        let found = self.objects.head(&self.bucket, name).await;
        Ok(found.map_err(LedgerError::Cloud)?.is_some())
    }

    /// Creates an entry, unless it exists.
    pub(crate) async fn create<T: Serialize>(
        &self,
        name: &str,
        document: &T,
    ) -> Result<Created, LedgerError> {
        let content = encode(name, document)?;
        self.objects.create(&self.bucket, name, content).await.map_err(LedgerError::Cloud)
    }

    /// Creates an entry whose metadata list calls return, unless it exists.
    pub(crate) async fn create_described<T: Serialize>(
        &self,
        name: &str,
        document: &T,
        metadata: BTreeMap<String, String>,
    ) -> Result<Created, LedgerError> {
        let content = encode(name, document)?;
        self.objects
            .create_described(&self.bucket, name, content, metadata)
            .await
            .map_err(LedgerError::Cloud)
    }

    /// Creates an entry, or reads the one that exists.
    pub(crate) async fn create_or_read<T: Serialize + DeserializeOwned + Clone>(
        &self,
        name: &str,
        document: &T,
    ) -> Result<(T, Created), LedgerError> {
        self.create_described_or_read(name, document, BTreeMap::new()).await
    }

    /// Creates an entry whose metadata list calls return, or reads the one that exists.
    pub(crate) async fn create_described_or_read<T: Serialize + DeserializeOwned + Clone>(
        &self,
        name: &str,
        document: &T,
        metadata: BTreeMap<String, String>,
    ) -> Result<(T, Created), LedgerError> {
        match self.create_described(name, document, metadata).await? {
            Created::New(generation) => Ok((document.clone(), Created::New(generation))),
            Created::Exists => {
                let found = self
                    .read(name)
                    .await?
                    .ok_or_else(|| LedgerError::Missing { name: name.to_owned() })?;
                Ok((found.0, Created::Exists))
            }
        }
    }

    /// Replaces an entry, and its metadata, if it still has this generation.
    pub(crate) async fn replace<T: Serialize>(
        &self,
        name: &str,
        generation: i64,
        document: &T,
        metadata: BTreeMap<String, String>,
    ) -> Result<longshore_cloud::Replaced, LedgerError> {
        let content = encode(name, document)?;
        self.objects
            .replace_described(&self.bucket, name, generation, content, metadata)
            .await
            .map_err(LedgerError::Cloud)
    }

    pub(crate) async fn head_of(&self, name: &str) -> Result<Option<ObjectMeta>, LedgerError> {
        self.objects.head(&self.bucket, name).await.map_err(LedgerError::Cloud)
    }

    pub(crate) async fn list(&self, prefix: &str) -> Result<Vec<ObjectMeta>, LedgerError> {
        self.objects.list(&self.bucket, prefix).await.map_err(LedgerError::Cloud)
    }

    pub(crate) async fn delete(&self, name: &str) -> Result<(), LedgerError> {
        self.objects.delete(&self.bucket, name).await.map_err(LedgerError::Cloud)
    }
}

fn encode<T: Serialize>(name: &str, document: &T) -> Result<Bytes, LedgerError> {
    let unwritable = |source| LedgerError::Unwritable { name: name.to_owned(), source };
    serde_json::to_vec(document).map(Bytes::from).map_err(unwritable)
}
