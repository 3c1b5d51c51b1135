//! The quotas that all replicas of all workers share: [`SharedBuckets`] in the ledger.
//!
//! Each quota is one object that is replaced by compare-and-swap. Cloud Storage takes one write of it a
//! second (<https://cloud.google.com/storage/quotas#objects>), so a replica takes tokens for some
//! seconds at a time.

use std::collections::BTreeMap;

use async_trait::async_trait;
use futures::stream::{self, StreamExt as _};
use longshore_cloud::pacing::{Bucket, Key, SharedBuckets, SharingError};
use longshore_cloud::{Created, Replaced};

use crate::store::READS_AT_ONCE;
use crate::{Ledger, LedgerError, names};

/// Time between two writes of one quota by this process.
const BETWEEN_WRITES_MS: u64 = 1_000;

impl Ledger {
    /// All quotas that replicas share, in the order of their names. One that cannot be read does not
    /// hide the others. Takes one list call, and one read for each quota.
    pub async fn list_quotas(
        &self,
    ) -> Result<Vec<(Key, Result<Bucket, LedgerError>)>, LedgerError> {
        let listed = self.list(names::QUOTAS).await?;
        let keys: Vec<Key> = listed.iter().filter_map(|meta| names::quota_of(&meta.name)).collect();
        let read = stream::iter(keys).map(async |key| {
            let bucket = self.read::<Bucket>(&names::quota(&key)).await.transpose()?;
            Some((key, bucket.map(|(bucket, _)| bucket)))
        });
        let read: Vec<_> = read.buffered(READS_AT_ONCE).collect().await;
        Ok(read.into_iter().flatten().collect())
    }
}

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

#[cfg(test)]
mod tests {
    use longshore_cloud::pacing::Api;

    use super::*;

    #[test]
    fn the_name_of_a_quota_says_which_one_it_is() {
        for api in Api::ALL {
            for region in ["", "europe-west1"] {
                let key = Key { project: "123".to_owned(), region: region.to_owned(), api };
                assert_eq!(names::quota_of(&names::quota(&key)), Some(key));
            }
        }
        for other in ["quotas/123/global/of-a-newer-version", "quotas/123/run-writes", "open/1"] {
            assert_eq!(names::quota_of(other), None, "{other}");
        }
    }
}
