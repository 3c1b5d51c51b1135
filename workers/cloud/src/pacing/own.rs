//! Buckets that one process does not share.

use std::collections::HashMap;
use std::time::SystemTime;

use async_trait::async_trait;
use parking_lot::Mutex;

use super::{Bucket, Key, SharedBuckets, SharingError};

/// Buckets in memory, by the clock of this machine.
#[derive(Debug, Default)]
pub struct OwnBuckets(Mutex<HashMap<Key, (i64, Bucket)>>);

impl OwnBuckets {
    fn swap_now(&self, key: &Key, generation: Option<i64>, bucket: &Bucket) -> Option<i64> {
        let mut buckets = self.0.lock();
        if buckets.get(key).map(|(current, _)| *current) != generation {
            return None;
        }
        let next = generation.unwrap_or(0) + 1;
        buckets.insert(key.clone(), (next, bucket.clone()));
        Some(next)
    }
}

#[async_trait]
impl SharedBuckets for OwnBuckets {
    fn now_ms(&self) -> u64 {
        let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        u64::try_from(since_1970.unwrap_or_default().as_millis()).unwrap_or(u64::MAX)
    }

    fn between_writes_ms(&self) -> u64 {
        0
    }

    async fn read(&self, key: &Key) -> Result<Option<(i64, Bucket)>, SharingError> {
        Ok(self.0.lock().get(key).cloned())
    }

    async fn swap(
        &self,
        key: &Key,
        generation: Option<i64>,
        bucket: &Bucket,
    ) -> Result<Option<i64>, SharingError> {
        Ok(self.swap_now(key, generation, bucket))
    }
}
