//! The quotas that all replicas of all workers share: [`SharedBuckets`] in the ledger.
//!
//! Each quota is one object that is replaced by compare-and-swap. Cloud Storage takes one write of it a
//! second (<https://cloud.google.com/storage/quotas#objects>), so a replica takes tokens for some
//! seconds at a time.

use std::collections::BTreeMap;

use async_trait::async_trait;
use longshore_cloud::pacing::{Bucket, Key, SharedBuckets, SharingError};
use longshore_cloud::{Created, Replaced};

use crate::{Ledger, names};

/// Time between two writes of one quota by this process.
const BETWEEN_WRITES_MS: u64 = 1_000;

#[async_trait]
impl SharedBuckets for Ledger {
    fn now_ms(&self) -> u64 {
        u64::try_from(self.now().unix_timestamp_nanos() / 1_000_000).unwrap_or_default()
    }

    fn between_writes_ms(&self) -> u64 {
        BETWEEN_WRITES_MS
    }

    async fn read(&self, key: &Key) -> Result<Option<(i64, Bucket)>, SharingError> {
        let found = self.read::<Bucket>(&names::quota(key)).await?;
        Ok(found.map(|(bucket, generation)| (generation, bucket)))
    }

    async fn swap(
        &self,
        key: &Key,
        generation: Option<i64>,
        bucket: &Bucket,
    ) -> Result<Option<i64>, SharingError> {
        let name = names::quota(key);
        let Some(generation) = generation else {
            return Ok(match self.create(&name, bucket).await? {
                Created::New(generation) => Some(generation),
                Created::Exists => None,
            });
        };
        let replaced = self.replace(&name, generation, bucket, BTreeMap::new()).await?;
        Ok(match replaced {
            Replaced::New(generation) => Some(generation),
            Replaced::Conflict => None,
        })
    }
}
