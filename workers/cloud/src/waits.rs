//! Tells whoever handles a message which tokens its calls took from Google's quotas.
//!
//! The clients pace their calls deep inside a stage, which does not know how long that took, or who
//! was first. So the runner observes the task in which it handles a message.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use crate::pacing::{Api, Key};

/// A token that a call took from a bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakenToken {
    pub key: Key,
    /// How long the call waits for it.
    pub wait: Duration,
    /// The position of the call among those that wait, from 1; 0 if it does not wait.
    pub position: u32,
}

/// Observes the tokens that calls take.
pub trait ObserveTokens: Send + Sync {
    /// Must return at once.
    fn taken(&self, taken: &TakenToken);
}

tokio::task_local! {
    static OBSERVER: Arc<dyn ObserveTokens>;
}

/// Runs a future, and tells the observer what it takes from the quotas. Tasks that the future spawns
/// are not observed.
pub async fn observed<T>(observer: Arc<dyn ObserveTokens>, future: impl Future<Output = T>) -> T {
    OBSERVER.scope(observer, future).await
}

/// Tells the observer of this task, if there is one.
pub(crate) fn announce(taken: &TakenToken) {
    let _: Result<(), _> = OBSERVER.try_with(|observer| observer.taken(taken));
}

impl Api {
    /// Every API with a quota.
    pub const ALL: [Self; 8] = [
        Self::RunWrites,
        Self::BuildSubmits,
        Self::BuildGets,
        Self::BuildLists,
        Self::FunctionWrites,
        Self::EventarcWrites,
        Self::SchedulerWrites,
        Self::QueueWrites,
    ];

    /// The name in metrics and in the ledger.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RunWrites => "run-writes",
            Self::BuildSubmits => "build-submits",
            Self::BuildGets => "build-gets",
            Self::BuildLists => "build-lists",
            Self::FunctionWrites => "function-writes",
            Self::EventarcWrites => "eventarc-writes",
            Self::SchedulerWrites => "scheduler-writes",
            Self::QueueWrites => "queue-writes",
        }
    }

    /// The name of the quota for people.
    #[must_use]
    pub fn quota(self) -> &'static str {
        match self {
            Self::RunWrites => "write quota of Cloud Run",
            Self::BuildSubmits => "quota of build submissions",
            Self::BuildGets => "read quota of Cloud Build",
            Self::BuildLists => "list quota of Cloud Build",
            Self::FunctionWrites => "write quota of the Cloud Functions API",
            Self::EventarcWrites => "write quota of Eventarc",
            Self::SchedulerWrites => "write quota of Cloud Scheduler",
            Self::QueueWrites => "quota of queue changes of Cloud Tasks",
        }
    }
}

#[cfg(test)]
mod tests {
    use parking_lot::Mutex;

    use super::*;
    use crate::pacing::Pacer;

    #[derive(Default)]
    struct Seen(Mutex<Vec<TakenToken>>);

    impl ObserveTokens for Seen {
        fn taken(&self, taken: &TakenToken) {
            self.0.lock().push(taken.clone());
        }
    }

    #[tokio::test]
    async fn a_call_that_waits_says_which_position_it_has() {
        let (pacer, seen) = (Pacer::new(), Arc::new(Seen::default()));
        let key = Key::of_project("p", Api::BuildSubmits);
        let burst = Api::BuildSubmits.limit().burst;
        let calls = async {
            for _ in 0..burst + 3 {
                pacer.reserve(key.clone());
            }
        };
        observed(Arc::clone(&seen) as _, calls).await;
        pacer.reserve(key.clone());
        let seen = seen.0.lock();
        let positions: Vec<u32> = seen.iter().map(|taken| taken.position).collect();
        let (at_once, waiting) = positions.split_at(burst as usize);
        assert!(at_once.iter().all(|position| *position == 0), "{positions:?}");
        assert_eq!(waiting, [1, 2, 3]);
        assert!(seen.iter().all(|taken| (taken.position == 0) == taken.wait.is_zero()));
    }

    #[test]
    fn every_quota_has_a_name_of_its_own() {
        let names: std::collections::BTreeSet<_> =
            Api::ALL.into_iter().flat_map(|api| [api.as_str(), api.quota()]).collect();
        assert_eq!(names.len(), 2 * Api::ALL.len());
    }
}
