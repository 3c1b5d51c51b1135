//! Pacing: delays calls before they are made, so that a batch stays within Google's request quotas.
//!
//! A 429 costs a round trip, a retry, and quota that all callers of the project share; a wait costs
//! nothing. Quotas are counted for each project and API, most of them also for each region, and so
//! are the buckets, under the number of the project.
//!
//! - [`bucket`]: one quota, as a pure state: which calls may be made when.
//! - [`limits`]: how large the quotas are: from the settings, from Service Usage, or by default.
//! - [`Pacer`]: the buckets of one process. The replicas of all workers share them, because their
//!   state is in the ledger ([`SharedBuckets`]): a process that needs tokens takes them from there
//!   by compare-and-swap, some seconds ahead. So no replica has to know how many there are, and
//!   what one that dies has taken is lost for seconds.
//! - [`forecast`]: how long a batch takes under these quotas, and [`expected`] what its work is.
//! - [`waiting`]: a wait inside the call of a client that does not hold a slot of the worker.

pub mod bucket;
pub mod expected;
pub mod forecast;
pub mod limits;
mod own;
mod pacer;
mod queue;
mod refused;
#[cfg(test)]
mod simulation;
pub mod waiting;

use async_trait::async_trait;

pub use bucket::Bucket;
pub use limits::{QuotaRule, ReportedLimit, ReportedQuotas, ServiceQuotas};
pub use own::OwnBuckets;
pub use pacer::{BucketState, Pacer, STALE};

/// An API whose quota a batch can exhaust.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Api {
    /// Writes of Cloud Run services and of their IAM policies.
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

/// Identifies a bucket.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    /// Number of the project, or its id where the number is not known.
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

/// The buckets of all replicas: a state for each key, with compare-and-swap, and a clock.
#[async_trait]
pub trait SharedBuckets: Send + Sync {
    /// The time by the clock that all replicas share, in milliseconds since 1970.
    fn now_ms(&self) -> u64;

    /// Waits until a time by that clock.
    async fn until(&self, at_ms: u64) {
        let wait = at_ms.saturating_sub(self.now_ms());
        tokio::time::sleep(std::time::Duration::from_millis(wait)).await;
    }

    /// Time between two writes of one bucket by this process.
    fn between_writes_ms(&self) -> u64;

    /// The state of a bucket and its generation, or `None` if it has none yet.
    async fn read(&self, key: &Key) -> Result<Option<(i64, Bucket)>, SharingError>;

    /// Replaces the state of this generation, or creates the first one. Returns the new generation,
    /// or `None` if another replica was faster. After an `Err` it may have been replaced.
    async fn swap(
        &self,
        key: &Key,
        generation: Option<i64>,
        bucket: &Bucket,
    ) -> Result<Option<i64>, SharingError>;
}

/// The shared state cannot be read or written. It is tried again until it can.
pub type SharingError = Box<dyn std::error::Error + Send + Sync>;
