//! A queue whose tasks Cloud Tasks sends to a function.

use std::collections::BTreeSet;
use std::time::Duration;

use super::Member;
use super::ownership::owned_id;
use crate::ids::FunctionRef;

/// A queue of Cloud Tasks in the region of the function. `None` leaves a field to its default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueTrigger {
    /// Distinguishes the queues of a function.
    pub name: String,
    /// Maximum number of tasks sent in a second.
    pub max_dispatches_per_second: Option<Rate>,
    /// Maximum number of tasks that are being answered, 1 to 5000.
    pub max_concurrent_dispatches: Option<u32>,
    pub retry: QueueRetry,
    /// Who may add tasks.
    pub enqueuers: BTreeSet<Member>,
    /// Email address of the account that the requests are made as.
    pub account: Option<String>,
}

impl QueueTrigger {
    /// Resource name of the queue. It depends on the fleet, the function and the trigger's name only,
    /// so those that add tasks can rely on it, and a change of any other field keeps the tasks.
    #[must_use]
    pub fn resource(&self, fleet: &str, at: &FunctionRef) -> String {
        let id = owned_id(fleet, at, &self.name);
        format!("projects/{}/locations/{}/queues/{id}", at.project, at.region)
    }
}

/// How Cloud Tasks retries: `google.cloud.tasks.v2.RetryConfig`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QueueRetry {
    pub max_attempts: Option<Attempts>,
    /// Time after which nothing is retried. `None` for no limit.
    pub max_duration: Option<Duration>,
    pub minimum_backoff: Option<Duration>,
    pub maximum_backoff: Option<Duration>,
    /// How often the wait doubles, at least 1.
    pub max_doublings: Option<u32>,
}

/// How often a task is attempted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempts {
    /// Until it succeeds, or is too old.
    Unlimited,
    /// At most so often, at least once.
    AtMost(u32),
}

/// Tasks in a second: more than 0, and at most 500.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate(f64);

/// A rate is never NaN.
impl Eq for Rate {}

impl Rate {
    /// The maximum of Cloud Tasks, which is its default (`google.cloud.tasks.v2.RateLimits`).
    pub const MAX: Self = Self(500.0);

    /// `None` if it is out of range.
    #[must_use]
    pub fn new(per_second: f64) -> Option<Self> {
        (per_second > 0.0 && per_second <= Self::MAX.0).then_some(Self(per_second))
    }

    #[must_use]
    pub fn per_second(self) -> f64 {
        self.0
    }
}
