//! The buckets of one process.

use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use parking_lot::Mutex;

use super::limits::{self, QuotaRule, ReportedQuotas, ServiceQuotas};
use super::queue::Queue;
use super::refused::rate_limited;
use super::{Api, Key, OwnBuckets, SharedBuckets, waiting};
use crate::{CloudError, Kind};

/// How long what Service Usage reports counts. A quota is raised by people, on some day.
const REPORT_AGE_MAX_MS: u64 = 3_600_000;

/// Time before Service Usage is asked again after an error. Most often a permission is missing,
/// which is fine: the defaults count.
const AFTER_ERROR_MS: u64 = 600_000;

/// Time after which what was read before a wait may be stale.
pub const STALE: Duration = Duration::from_secs(1);

/// Paces the calls of a process. Clones share the buckets.
#[derive(Clone)]
pub struct Pacer(Arc<Inner>);

struct Inner {
    /// What counts where neither the settings nor Service Usage name a limit.
    unknown: Unknown,
    rules: OnceLock<Vec<QuotaRule>>,
    reported: Option<Arc<dyn ReportedQuotas>>,
    shared: OnceLock<Arc<dyn SharedBuckets>>,
    /// Used unless there are shared ones.
    own: Arc<dyn SharedBuckets>,
    /// By the name of the project as it is used, and the API.
    reports: Mutex<HashMap<(String, &'static str), Slot>>,
    queues: Mutex<HashMap<Key, Arc<Queue>>>,
    /// The same queues under the name of the project as it is used.
    named: Mutex<HashMap<Key, Arc<Queue>>>,
}

/// What is known about an API in a project, and the lock of the caller that reads it.
type Slot = Arc<tokio::sync::Mutex<Option<Report>>>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unknown {
    /// [`Api::default_per_minute`].
    Default,
    NoLimit,
}

#[derive(Clone)]
struct Report {
    quotas: Option<ServiceQuotas>,
    expires_at_ms: u64,
}

/// A bucket, as one process sees it: for metrics and for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BucketState {
    pub key: Key,
    /// Calls in a minute, as reported or set.
    pub ceiling: u32,
    /// Calls in a minute now; less after a 429.
    pub limit: u32,
    /// Tokens that are left in this minute, as this process last saw it.
    pub left: u32,
    /// Callers of this process that wait.
    pub waiting: usize,
    /// Tokens that this process has used.
    pub turns: u64,
    /// How long its callers have waited, in total.
    pub waited: Duration,
    /// Calls of this process that Google refused.
    pub refused: u64,
}

impl Pacer {
    /// Paces every call: by what is reported, or else by the defaults of Google.
    #[must_use]
    pub fn new(reported: Option<Arc<dyn ReportedQuotas>>) -> Self {
        Self::with(Unknown::Default, reported)
    }

    /// Paces the calls whose quotas are reported, and no others: a local cloud has those that it is
    /// started with.
    #[must_use]
    pub fn of_reported(reported: Arc<dyn ReportedQuotas>) -> Self {
        Self::with(Unknown::NoLimit, Some(reported))
    }

    /// Never delays a call.
    #[must_use]
    pub fn unlimited() -> Self {
        Self::with(Unknown::NoLimit, None)
    }

    fn with(unknown: Unknown, reported: Option<Arc<dyn ReportedQuotas>>) -> Self {
        Self(Arc::new(Inner {
            unknown,
            rules: OnceLock::new(),
            reported,
            shared: OnceLock::new(),
            own: Arc::new(OwnBuckets::default()),
            reports: Mutex::default(),
            queues: Mutex::default(),
            named: Mutex::default(),
        }))
    }

    /// Limits from the settings, before the first call.
    pub fn configure(&self, rules: Vec<QuotaRule>) {
        // A process has one set of settings.
        let _first = self.0.rules.set(rules);
    }

    /// Shares the buckets with other replicas, from before the first call on.
    pub fn share(&self, shared: Arc<dyn SharedBuckets>) {
        // A process has one ledger.
        let _first = self.0.shared.set(shared);
    }

    /// Waits until a call may be made, and returns how long that took: see [`STALE`]. A wait on
    /// behalf of a delivery holds no slot of the worker ([`waiting`]).
    pub async fn acquire(&self, key: Key) -> Duration {
        let buckets = self.0.buckets();
        let begun_ms = buckets.now_ms();
        let Some(queue) = self.0.queue(&key).await else { return Duration::ZERO };
        waiting::wait(key.api.quota(), Box::pin(queue.turn(buckets))).await;
        let took_ms = buckets.now_ms().saturating_sub(begun_ms);
        queue.turns.fetch_add(1, Ordering::Relaxed);
        queue.waited_ms.fetch_add(took_ms, Ordering::Relaxed);
        tracing::debug!(api = key.api.name(), took_ms, "the quota allows a call");
        Duration::from_millis(took_ms)
    }

    /// Learns from the result of a call that was paced.
    ///
    /// # Errors
    /// The result's own.
    pub fn note<T>(&self, key: &Key, result: Result<T, CloudError>) -> Result<T, CloudError> {
        if let Err(error) = &result
            && error.kind == Kind::ResourceExhausted
            && let Some(refusal) = rate_limited(error)
        {
            let (api, project, region) = (key.api.name(), &key.project, &key.region);
            tracing::warn!(api, project, region, ?refusal, "a quota is used up");
            let queue = self.0.named.lock().get(key).cloned();
            if let Some(queue) = queue {
                queue.note_refusal(self.0.buckets(), refusal);
            }
        }
        result
    }

    /// The buckets that this process has used.
    #[must_use]
    pub fn buckets(&self) -> Vec<BucketState> {
        let now_ms = self.0.buckets().now_ms();
        let queues: Vec<_> = self.0.queues.lock().values().cloned().collect();
        let states = queues.into_iter().map(|queue| {
            let (limit, left) = queue.seen(now_ms);
            BucketState {
                key: queue.key.clone(),
                ceiling: queue.ceiling.load(Ordering::Relaxed),
                limit,
                left,
                waiting: queue.waiting(),
                turns: queue.turns.load(Ordering::Relaxed),
                waited: Duration::from_millis(queue.waited_ms.load(Ordering::Relaxed)),
                refused: queue.refused.load(Ordering::Relaxed),
            }
        });
        states.collect()
    }

    /// The key under which replicas share a quota: that of the project's number, if that is known.
    pub async fn shared_key(&self, key: &Key) -> Key {
        self.0.resolve(key).await.0
    }

    /// The size of a quota, or `None` if there is no limit.
    pub async fn per_minute(&self, key: &Key) -> Option<u32> {
        self.0.resolve(key).await.1
    }
}

impl Default for Pacer {
    fn default() -> Self {
        Self::unlimited()
    }
}

impl Inner {
    fn buckets(&self) -> &Arc<dyn SharedBuckets> {
        self.shared.get().unwrap_or(&self.own)
    }

    /// The queue of a key, or `None` if there is no limit.
    async fn queue(&self, named: &Key) -> Option<Arc<Queue>> {
        if self.unknown == Unknown::NoLimit
            && self.reported.is_none()
            && self.rules.get().is_none_or(Vec::is_empty)
        {
            return None;
        }
        let (key, per_minute) = self.resolve(named).await;
        let per_minute = per_minute?;
        let queue = {
            let mut queues = self.queues.lock();
            Arc::clone(queues.entry(key.clone()).or_insert_with(|| Arc::new(Queue::new(key))))
        };
        queue.ceiling.store(per_minute, Ordering::Relaxed);
        self.named.lock().entry(named.clone()).or_insert_with(|| Arc::clone(&queue));
        Some(queue)
    }

    /// The key under the number of the project, and the size of the quota.
    async fn resolve(&self, named: &Key) -> (Key, Option<u32>) {
        let quotas = self.report(&named.project, named.api).await;
        let number = quotas.as_ref().map(|quotas| quotas.project_number.as_str());
        let project = number.filter(|number| !number.is_empty()).unwrap_or(&named.project);
        let key = Key { project: project.to_owned(), ..named.clone() };
        let rules = self.rules.get().map(Vec::as_slice).unwrap_or_default();
        let per_minute = limits::ruled(rules, named, number)
            .map(Some)
            .or_else(|| limits::reported(quotas.as_ref()?, named))
            .unwrap_or(match self.unknown {
                Unknown::Default => Some(named.api.default_per_minute()),
                Unknown::NoLimit => None,
            });
        (key, per_minute)
    }

    /// What Service Usage reports. One caller asks, and others that want the same wait for it.
    async fn report(&self, project: &str, api: Api) -> Option<ServiceQuotas> {
        let reported = self.reported.as_ref()?;
        let slot = {
            let mut reports = self.reports.lock();
            Arc::clone(reports.entry((project.to_owned(), api.service())).or_default())
        };
        let mut slot = slot.lock().await;
        let now_ms = self.buckets().now_ms();
        if let Some(report) = slot.as_ref().filter(|report| now_ms < report.expires_at_ms) {
            return report.quotas.clone();
        }
        let read = reported.read(project, api.service()).await;
        let (quotas, age) = match read {
            Ok(quotas) => (Some(quotas), REPORT_AGE_MAX_MS),
            Err(error) => {
                tracing::info!(%error, project, service = api.service(), "the quotas are not known");
                // What was known before is better than nothing.
                (slot.take().and_then(|before| before.quotas), AFTER_ERROR_MS)
            }
        };
        *slot = Some(Report { quotas: quotas.clone(), expires_at_ms: now_ms + age });
        quotas
    }
}

#[cfg(test)]
mod tests;
