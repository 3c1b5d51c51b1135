//! Pacing: holds a call back, before it is made, so that a batch stays under Google's request
//! quotas.
//!
//! A 429 costs a round trip, a retry and the quota of everybody else in the project; a wait costs
//! nothing. Quotas count per project, most of them also per region, and API, therefore so do the
//! buckets. Each process has its own: a fleet with several copies of a worker divides the quota
//! among them, or asks Google for more.

use std::collections::HashMap;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

const MINUTE: Duration = Duration::from_secs(60);

/// Calls that may be made at once after a pause. A quota is counted by the minute, so a burst has
/// to fit into it together with the steady rate: one deployment alone should not wait, and ten at a
/// time are what an operator starts by hand.
const BURST: u32 = 10;

/// Cloud Run Admin API, write requests of a project and region: the lowest default that projects
/// are seen with (<https://cloud.google.com/run/quotas>).
const RUN_WRITES_PER_MINUTE: u32 = 60;
/// Cloud Build, `CreateRequestsPerMinutePerProject`: 60 on projects seen in use
/// (<https://cloud.google.com/build/quotas>).
const BUILD_SUBMITS_PER_MINUTE: u32 = 60;
/// Cloud Build, `GetRequestsPerMinutePerProject`, which also counts gets of operations: 60 on new
/// projects.
const BUILD_GETS_PER_MINUTE: u32 = 60;
/// Cloud Functions API, write requests of a project and region
/// (<https://cloud.google.com/functions/quotas>).
const FUNCTION_WRITES_PER_MINUTE: u32 = 60;

/// An API with a quota that a batch can reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Api {
    /// Writes of Cloud Run services.
    RunWrites,
    /// Submitted builds.
    BuildSubmits,
    /// Gets of builds.
    BuildGets,
    /// Writes of functions.
    FunctionWrites,
}

impl Api {
    /// The quota that is kept to.
    #[must_use]
    pub fn limit(self) -> Limit {
        let per_minute = match self {
            Self::RunWrites => RUN_WRITES_PER_MINUTE,
            Self::BuildSubmits => BUILD_SUBMITS_PER_MINUTE,
            Self::BuildGets => BUILD_GETS_PER_MINUTE,
            Self::FunctionWrites => FUNCTION_WRITES_PER_MINUTE,
        };
        Limit { per_minute, burst: BURST }
    }
}

/// What one bucket is for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    /// Project id.
    pub project: String,
    /// Region; empty for a quota that counts the project as a whole.
    pub region: String,
    /// API.
    pub api: Api,
}

/// How many calls fit into a minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Most calls within any minute.
    pub per_minute: u32,
    /// Of these, how many at once after a pause.
    pub burst: u32,
}

/// A token bucket without a clock: times are durations since an epoch of the caller's.
///
/// It gives reservations: a call that has to wait is told how long, and its token is taken. So
/// waiting calls go in the order in which they came, and nobody asks twice.
#[derive(Clone, Debug)]
pub struct Bucket {
    /// Time for one token to come back.
    interval: Duration,
    /// How far ahead of the steady rate the bucket may be.
    tolerance: Duration,
    /// When the bucket is full again.
    full_at: Duration,
}

impl Bucket {
    /// A full bucket. A limit of nothing is one call each minute, because a call that waits for
    /// ever is a hang.
    #[must_use]
    pub fn new(limit: Limit) -> Self {
        let burst = limit.burst.clamp(1, limit.per_minute.max(1));
        let steady = limit.per_minute.saturating_sub(burst).max(1);
        let interval = MINUTE / steady;
        Self { interval, tolerance: interval * (burst - 1), full_at: Duration::ZERO }
    }

    /// Takes a token and returns how long to wait from `now` before using it.
    pub fn reserve(&mut self, now: Duration) -> Duration {
        let full_at = self.full_at.max(now);
        self.full_at = full_at + self.interval;
        full_at.saturating_sub(self.tolerance).saturating_sub(now)
    }
}

/// The buckets of one process.
#[derive(Debug)]
pub struct Pacer {
    buckets: Option<Mutex<HashMap<Key, Bucket>>>,
    epoch: Instant,
}

impl Pacer {
    /// Paces every call after [`Api::limit`].
    #[must_use]
    pub fn new() -> Self {
        Self { buckets: Some(Mutex::new(HashMap::new())), epoch: Instant::now() }
    }

    /// Lets every call through: a local cloud has no quotas.
    #[must_use]
    pub fn unlimited() -> Self {
        Self { buckets: None, epoch: Instant::now() }
    }

    /// Waits until a call may be made. A caller that gives up while waiting has spent its turn.
    pub async fn acquire(&self, key: Key) {
        let wait = self.reserve(key);
        if !wait.is_zero() {
            tracing::debug!(
                wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX),
                "waiting for quota"
            );
            tokio::time::sleep(wait).await;
        }
    }

    fn reserve(&self, key: Key) -> Duration {
        let Some(buckets) = &self.buckets else { return Duration::ZERO };
        let limit = key.api.limit();
        let mut buckets = buckets.lock();
        buckets.entry(key).or_insert_with(|| Bucket::new(limit)).reserve(self.epoch.elapsed())
    }
}

impl Default for Pacer {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Api, Bucket, Key, Limit, Pacer};

    const fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_bucket_gives_its_burst_at_once_and_then_one_token_after_the_other() {
        // 40 a minute, of which 10 at once: the other 30 come every two seconds.
        let mut bucket = Bucket::new(Limit { per_minute: 40, burst: 10 });
        let start = seconds(1_000);
        for _ in 0..10 {
            assert_eq!(bucket.reserve(start), Duration::ZERO);
        }
        for (now, wait) in [
            (start, seconds(2)),
            (start, seconds(4)),
            (start + seconds(1), seconds(5)),
            (start + seconds(8), Duration::ZERO),
            (start + seconds(8), seconds(2)),
        ] {
            assert_eq!(bucket.reserve(now), wait, "at {now:?}");
        }
    }

    #[test]
    fn a_bucket_fills_up_again_and_no_further() {
        let mut bucket = Bucket::new(Limit { per_minute: 40, burst: 10 });
        for _ in 0..10 {
            bucket.reserve(seconds(0));
        }
        let later = seconds(3_600);
        let immediate = (0..40).filter(|_| bucket.reserve(later).is_zero()).count();
        assert_eq!(immediate, 10);
    }

    #[test]
    fn no_minute_has_more_calls_than_the_quota() {
        for (per_minute, burst) in [(60, 10), (60, 60), (60, 1), (2, 1), (7, 3)] {
            let mut bucket = Bucket::new(Limit { per_minute, burst });
            let calls: Vec<_> = (0..500).map(|_| bucket.reserve(seconds(0))).collect();
            for (first, begin) in calls.iter().enumerate() {
                let within =
                    calls[first..].iter().take_while(|call| **call < *begin + seconds(60)).count();
                assert!(
                    within <= per_minute as usize,
                    "{per_minute}/{burst}: {within} from {begin:?}"
                );
            }
        }
    }

    #[test]
    fn a_limit_of_nothing_is_one_call_each_minute() {
        let mut bucket = Bucket::new(Limit { per_minute: 0, burst: 0 });
        assert_eq!(
            [bucket.reserve(seconds(0)), bucket.reserve(seconds(0))],
            [seconds(0), seconds(60)]
        );
    }

    #[test]
    fn a_bucket_is_for_one_project_region_and_api() {
        let pacer = Pacer::new();
        let key = |project: &str, region: &str, api| Key {
            project: project.to_owned(),
            region: region.to_owned(),
            api,
        };
        let busy = key("p", "r", Api::BuildSubmits);
        let drained = (0..20).filter(|_| pacer.reserve(busy.clone()).is_zero()).count();
        assert!((10..20).contains(&drained), "{drained}");
        for other in [
            key("q", "r", Api::BuildSubmits),
            key("p", "s", Api::BuildSubmits),
            key("p", "r", Api::RunWrites),
        ] {
            assert!(pacer.reserve(other.clone()).is_zero(), "{other:?}");
        }
    }

    #[tokio::test]
    async fn an_unlimited_pacer_lets_everything_through() {
        let pacer = Pacer::unlimited();
        let key = Key { project: "p".to_owned(), region: "r".to_owned(), api: Api::RunWrites };
        let waits =
            (0..1_000).map(|_| pacer.reserve(key.clone())).filter(|wait| !wait.is_zero()).count();
        assert_eq!(waits, 0);
    }
}
