//! Results that several requests need at the same time, or shortly after each other, are made once.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// How long a result is reused after it was made. Longer than a batch of requests of one pipeline
/// takes, and short enough that a source that was deleted is soon missed.
const KEPT_FOR: Duration = Duration::from_secs(10 * 60);

/// Results by what determines them, bounded by their bytes. The oldest are dropped first.
pub(crate) struct Recent<K, V> {
    bytes_max: u64,
    entries: Mutex<HashMap<K, Entry<V>>>,
}

struct Entry<V> {
    slot: Arc<Slot<V>>,
    bytes: u64,
    since: Instant,
}

/// One result. The holder of the lock makes it.
struct Slot<V> {
    value: tokio::sync::Mutex<Option<Arc<V>>>,
    has_failed: AtomicBool,
}

impl<K: Clone + Eq + Hash, V> Recent<K, V> {
    pub(crate) fn new(bytes_max: u64) -> Self {
        Self { bytes_max, entries: Mutex::default() }
    }

    /// The result for this key. It is made unless it is known; a caller that comes while it is made
    /// waits for it.
    ///
    /// # Errors
    /// Those of `make`. They are not kept: callers that waited try by themselves.
    pub(crate) async fn get_or_make<E>(
        &self,
        key: K,
        bytes: impl FnOnce(&V) -> u64,
        make: impl Future<Output = Result<V, E>>,
    ) -> Result<Arc<V>, E> {
        let slot = self.slot(&key);
        let mut value = slot.value.lock().await;
        if let Some(value) = &*value {
            return Ok(Arc::clone(value));
        }
        if slot.has_failed.load(Ordering::Relaxed) {
            // Not one after the other: a failure may take long.
            drop(value);
            return make.await.map(Arc::new);
        }
        match make.await {
            Ok(made) => {
                let made = Arc::new(made);
                *value = Some(Arc::clone(&made));
                self.keep(&key, &slot, bytes(&made));
                Ok(made)
            }
            Err(error) => {
                slot.has_failed.store(true, Ordering::Relaxed);
                self.forget(&key, &slot);
                Err(error)
            }
        }
    }

    fn slot(&self, key: &K) -> Arc<Slot<V>> {
        let mut entries = self.entries.lock();
        let is_fresh = |entry: &Entry<V>| entry.since.elapsed() < KEPT_FOR;
        entries.retain(|_, entry| is_fresh(entry) || Arc::strong_count(&entry.slot) > 1);
        let entry = entries.entry(key.clone()).or_insert_with(|| Entry {
            slot: Arc::new(Slot {
                value: tokio::sync::Mutex::new(None),
                has_failed: AtomicBool::new(false),
            }),
            bytes: 0,
            since: Instant::now(),
        });
        Arc::clone(&entry.slot)
    }

    fn keep(&self, key: &K, slot: &Arc<Slot<V>>, bytes: u64) {
        let mut entries = self.entries.lock();
        let entry = entries.get_mut(key).filter(|entry| Arc::ptr_eq(&entry.slot, slot));
        if let Some(entry) = entry {
            (entry.bytes, entry.since) = (bytes, Instant::now());
        }
        while entries.values().map(|entry| entry.bytes).sum::<u64>() > self.bytes_max {
            let made = entries.iter().filter(|(_, entry)| entry.bytes > 0);
            let oldest = made.min_by_key(|(_, entry)| entry.since).map(|(key, _)| key.clone());
            let Some(oldest) = oldest else { return };
            entries.remove(&oldest);
        }
    }

    fn forget(&self, key: &K, slot: &Arc<Slot<V>>) {
        let mut entries = self.entries.lock();
        if entries.get(key).is_some_and(|entry| Arc::ptr_eq(&entry.slot, slot)) {
            entries.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::pin::pin;

    use futures::poll;

    use super::*;

    /// A result that is its own size.
    async fn made(recent: &Recent<&'static str, u64>, key: &'static str, value: u64) -> u64 {
        let make = async { Ok::<_, ()>(value) };
        *recent.get_or_make(key, |value| *value, make).await.unwrap()
    }

    #[tokio::test]
    async fn callers_at_the_same_time_share_one_result() {
        let (recent, times) = (Recent::new(100), Cell::new(0));
        let (send, receive) = tokio::sync::watch::channel(false);
        let caller = async || {
            let mut receive = receive.clone();
            let make = async {
                times.set(times.get() + 1);
                receive.wait_for(|is_open| *is_open).await.unwrap();
                Ok::<_, ()>(7_u64)
            };
            *recent.get_or_make("key", |value| *value, make).await.unwrap()
        };
        let (mut one, mut two) = (pin!(caller()), pin!(caller()));
        assert!(poll!(one.as_mut()).is_pending() && poll!(two.as_mut()).is_pending());
        send.send(true).unwrap();
        assert_eq!((one.await, two.await, caller().await), (7, 7, 7));
        assert_eq!(times.get(), 1);
    }

    #[tokio::test]
    async fn a_caller_that_gives_up_leaves_the_work_to_the_next_one() {
        let recent = Recent::new(100);
        {
            let never = recent.get_or_make("key", |value| *value, std::future::pending());
            let mut never = pin!(never);
            let pending: std::task::Poll<Result<Arc<u64>, ()>> = poll!(never.as_mut());
            assert!(pending.is_pending());
        }
        assert_eq!(made(&recent, "key", 1).await, 1);
    }

    #[tokio::test]
    async fn a_failure_is_not_kept_and_those_who_waited_try_by_themselves() {
        let recent = Recent::new(100);
        let (fail, failing) = tokio::sync::oneshot::channel::<()>();
        let mut first = pin!(recent.get_or_make("key", |value| *value, async {
            failing.await.unwrap();
            Err::<u64, _>("failed")
        }));
        assert!(poll!(first.as_mut()).is_pending());
        let mut waiting = pin!(made(&recent, "key", 2));
        assert!(poll!(waiting.as_mut()).is_pending());
        fail.send(()).unwrap();
        assert_eq!(first.await.unwrap_err(), "failed");
        assert_eq!(waiting.await, 2);
        assert_eq!(made(&recent, "key", 3).await, 3);
        assert_eq!(made(&recent, "key", 4).await, 3);
    }

    #[tokio::test]
    async fn the_oldest_results_are_dropped_when_all_together_are_too_large() {
        let recent = Recent::new(100);
        for (key, bytes) in [("a", 40), ("b", 40), ("c", 40)] {
            assert_eq!(made(&recent, key, bytes).await, bytes);
        }
        assert_eq!(made(&recent, "b", 1).await, 40);
        assert_eq!(made(&recent, "c", 1).await, 40);
        assert_eq!(made(&recent, "a", 2).await, 2);
        assert_eq!(made(&recent, "large", 101).await, 101);
        assert_eq!(made(&recent, "large", 5).await, 5);
    }
}
