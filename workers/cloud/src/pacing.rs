//! Pacing: delays calls before they are made, so that a batch stays within Google's request quotas.
//!
//! A 429 costs a round trip, a retry, and quota that all callers of the project share; a wait costs
//! nothing. Quotas are counted for each project and API, most of them also for each region, and so
//! are the buckets. Each process has its own buckets: a fleet with several copies of a worker
//! divides the quota among them, or requests a higher one from Google.

use std::collections::HashMap;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

use crate::waits::{self, TakenToken};

const MINUTE: Duration = Duration::from_secs(60);

/// Calls that may be made immediately after a pause. A quota is counted by the minute, so the burst
/// and the steady rate must fit into it together. A single deployment should not wait, nor should
/// ten that an operator starts by hand.
const BURST: u32 = 10;

/// Cloud Run Admin API, write requests of a project and region: the lowest default observed
/// (<https://cloud.google.com/run/quotas>).
const RUN_WRITES_PER_MINUTE: u32 = 60;
/// Cloud Build, `CreateRequestsPerMinutePerProject`: 60 on the projects observed
/// (<https://cloud.google.com/build/quotas>).
const BUILD_SUBMITS_PER_MINUTE: u32 = 60;
/// Cloud Build, `GetRequestsPerMinutePerProject`, which also counts gets of operations: 60 on new
/// projects.
const BUILD_GETS_PER_MINUTE: u32 = 60;
/// Cloud Build, list requests of a project. The documentation names no default, so it is assumed to
/// be that of gets.
const BUILD_LISTS_PER_MINUTE: u32 = 60;
/// Cloud Functions API, write requests of a project and region
/// (<https://cloud.google.com/functions/quotas>).
const FUNCTION_WRITES_PER_MINUTE: u32 = 60;
/// Cloud Scheduler, write requests of a project (<https://cloud.google.com/scheduler/quotas>).
const SCHEDULER_WRITES_PER_MINUTE: u32 = 500;
/// Cloud Tasks, requests that create, change and delete queues of a project. The documentation no
/// longer names them; 100 was the default (<https://cloud.google.com/tasks/docs/quotas>).
const QUEUE_WRITES_PER_MINUTE: u32 = 100;

/// Eventarc, write requests of a project (<https://cloud.google.com/eventarc/docs/quotas>).
const EVENTARC_WRITES_PER_MINUTE: u32 = 600;

/// An API whose quota a batch can exhaust.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Api {
    /// Writes of Cloud Run services.
    RunWrites,
    /// Submissions of builds.
    BuildSubmits,
    /// Gets of builds.
    BuildGets,
    /// Pages of lists of builds.
    BuildLists,
    /// Writes of functions.
    FunctionWrites,
    /// Writes of triggers of Eventarc.
    EventarcWrites,
    /// Writes of jobs of Cloud Scheduler.
    SchedulerWrites,
    /// Writes of queues of Cloud Tasks.
    QueueWrites,
}

impl Api {
    /// The quota of the API.
    #[must_use]
    pub fn limit(self) -> Limit {
        let per_minute = match self {
            Self::RunWrites => RUN_WRITES_PER_MINUTE,
            Self::BuildSubmits => BUILD_SUBMITS_PER_MINUTE,
            Self::BuildGets => BUILD_GETS_PER_MINUTE,
            Self::BuildLists => BUILD_LISTS_PER_MINUTE,
            Self::FunctionWrites => FUNCTION_WRITES_PER_MINUTE,
            Self::EventarcWrites => EVENTARC_WRITES_PER_MINUTE,
            Self::SchedulerWrites => SCHEDULER_WRITES_PER_MINUTE,
            Self::QueueWrites => QUEUE_WRITES_PER_MINUTE,
        };
        Limit { per_minute, burst: BURST }
    }
}

/// Identifies a bucket.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    pub project: String,
    /// Empty for a quota that covers all regions of the project.
    pub region: String,
    pub api: Api,
}

impl Key {
    /// A quota that covers all regions of a project.
    #[must_use]
    pub fn of_project(project: &str, api: Api) -> Self {
        Self { project: project.to_owned(), region: String::new(), api }
    }

    /// The same, for the project of a resource such as `projects/P/locations/R/jobs/J`.
    #[must_use]
    pub fn of_resource(name: &str, api: Api) -> Self {
        Self::of_project(name.split('/').nth(1).unwrap_or_default(), api)
    }
}

/// A request quota.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Maximum number of calls within any minute.
    pub per_minute: u32,
    /// How many of these may be made immediately after a pause.
    pub burst: u32,
}

/// A token bucket without a clock. Times are durations since an epoch that the caller chooses.
///
/// It hands out reservations: a call takes its token at once and learns how long to wait before it
/// uses it. So waiting calls proceed in their order of arrival, and none has to ask again.
#[derive(Clone, Debug)]
pub struct Bucket {
    /// Time to refill one token.
    interval: Duration,
    /// How far ahead of the steady rate the bucket may be.
    tolerance: Duration,
    /// When the bucket is full again.
    full_at: Duration,
}

impl Bucket {
    /// Creates a full bucket. A limit of 0 means one call each minute, because a call that waited
    /// for ever would hang.
    #[must_use]
    pub fn new(limit: Limit) -> Self {
        let burst = limit.burst.clamp(1, limit.per_minute.max(1));
        let steady = limit.per_minute.saturating_sub(burst).max(1);
        let interval = MINUTE / steady;
        Self { interval, tolerance: interval * (burst - 1), full_at: Duration::ZERO }
    }

    /// Takes a token, and returns how long to wait from `now` before using it.
    pub fn reserve(&mut self, now: Duration) -> Duration {
        let full_at = self.full_at.max(now);
        self.full_at = full_at + self.interval;
        full_at.saturating_sub(self.tolerance).saturating_sub(now)
    }

    /// The position of a call that waits this long, from 1; 0 if it does not wait.
    #[must_use]
    pub fn position(&self, wait: Duration) -> u32 {
        let ahead = wait.as_nanos().div_ceil(self.interval.as_nanos().max(1));
        u32::try_from(ahead).unwrap_or(u32::MAX)
    }

    /// How many calls may be made at `now` without a wait.
    #[must_use]
    pub fn tokens(&self, now: Duration) -> u32 {
        let room = (now + self.tolerance + self.interval).saturating_sub(self.full_at.max(now));
        let tokens = room.as_nanos() / self.interval.as_nanos().max(1);
        u32::try_from(tokens).unwrap_or(u32::MAX)
    }
}

/// The buckets of one process.
#[derive(Debug)]
pub struct Pacer {
    buckets: Option<Mutex<HashMap<Key, Bucket>>>,
    epoch: Instant,
}

impl Pacer {
    /// Paces every call by [`Api::limit`].
    #[must_use]
    pub fn new() -> Self {
        Self { buckets: Some(Mutex::new(HashMap::new())), epoch: Instant::now() }
    }

    /// Never delays a call: a local cloud has no quotas.
    #[must_use]
    pub fn unlimited() -> Self {
        Self { buckets: None, epoch: Instant::now() }
    }

    /// Waits until a call may be made. A caller that gives up while waiting has used its token.
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

    /// Takes the token of a call, and returns how long to wait before the call is made.
    pub fn reserve(&self, key: Key) -> Duration {
        let Some(buckets) = &self.buckets else { return Duration::ZERO };
        let limit = key.api.limit();
        let taken = {
            let mut buckets = buckets.lock();
            let bucket = buckets.entry(key.clone()).or_insert_with(|| Bucket::new(limit));
            let wait = bucket.reserve(self.epoch.elapsed());
            TakenToken { key, wait, position: bucket.position(wait) }
        };
        waits::announce(&taken);
        taken.wait
    }

    /// How many calls each bucket allows now without a wait.
    #[must_use]
    pub fn tokens(&self) -> Vec<(Key, u32)> {
        let Some(buckets) = &self.buckets else { return Vec::new() };
        let now = self.epoch.elapsed();
        buckets.lock().iter().map(|(key, bucket)| (key.clone(), bucket.tokens(now))).collect()
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
    fn a_bucket_grants_its_burst_at_once_and_then_one_token_at_a_time() {
        // 40 a minute, of which 10 at once: the other 30 follow, one every two seconds.
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
    fn a_bucket_knows_how_many_tokens_it_has() {
        let mut bucket = Bucket::new(Limit { per_minute: 40, burst: 10 });
        let start = seconds(1_000);
        assert_eq!(bucket.tokens(start), 10);
        for left in (0..10).rev() {
            assert_eq!((bucket.reserve(start), bucket.tokens(start)), (Duration::ZERO, left));
        }
        bucket.reserve(start);
        assert_eq!(bucket.tokens(start + seconds(3)), 0);
        assert_eq!(bucket.tokens(start + seconds(4)), 1);
        assert_eq!(bucket.tokens(start + seconds(3_600)), 10);
    }

    #[test]
    fn a_bucket_refills_up_to_its_burst() {
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
    fn a_limit_of_zero_is_one_call_each_minute() {
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
    async fn an_unlimited_pacer_never_delays_a_call() {
        let pacer = Pacer::unlimited();
        let key = Key { project: "p".to_owned(), region: "r".to_owned(), api: Api::RunWrites };
        let waits =
            (0..1_000).map(|_| pacer.reserve(key.clone())).filter(|wait| !wait.is_zero()).count();
        assert_eq!(waits, 0);
    }
}
