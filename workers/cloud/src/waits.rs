//! Reports which tokens of Google's quotas the calls of a task took.
//!
//! The clients pace their calls deep inside a stage, which does not know how long that took, or who
//! was first. So the runner observes the task in which it handles a message.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use crate::pacing::Key;

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

/// Runs a future, and reports to the observer what it takes from the quotas. Tasks that the future
/// spawns are not observed.
pub async fn observed<T>(observer: Arc<dyn ObserveTokens>, future: impl Future<Output = T>) -> T {
    OBSERVER.scope(observer, future).await
}

/// Reports to the observer of this task, if there is one.
pub(crate) fn announce(taken: &TakenToken) {
    let _: Result<(), _> = OBSERVER.try_with(|observer| observer.taken(taken));
}

#[cfg(test)]
mod tests {
    use parking_lot::Mutex;

    use super::*;
    use crate::pacing::{Api, Pacer};

    #[derive(Default)]
    struct Seen(Mutex<Vec<TakenToken>>);

    impl ObserveTokens for Seen {
        fn taken(&self, taken: &TakenToken) {
            self.0.lock().push(taken.clone());
        }
    }

    #[tokio::test]
    async fn a_call_that_waits_says_which_position_it_has() {
        const BURST: usize = 10;
        const WAITING: usize = 3;
        let (pacer, seen) = (Pacer::new(None), Arc::new(Seen::default()));
        let key = Key::of_project("p", Api::BuildSubmits);
        let calls = (0..BURST + WAITING).map(|_| pacer.acquire(key.clone()));
        let calls = observed(Arc::clone(&seen) as _, futures::future::join_all(calls));
        let all_seen = async {
            while seen.0.lock().len() < BURST + WAITING {
                tokio::task::yield_now().await;
            }
        };
        // The last calls would wait for seconds.
        tokio::select! {
            _ = calls => {}
            () = all_seen => {}
        }
        let seen = seen.0.lock();
        let positions: Vec<u32> = seen.iter().map(|taken| taken.position).collect();
        assert_eq!(positions, [vec![0; BURST], vec![1, 2, 3]].concat());
        assert!(seen.iter().all(|taken| (taken.position == 0) == taken.wait.is_zero()));
    }

    #[test]
    fn every_quota_has_a_name_of_its_own() {
        let names: std::collections::BTreeSet<_> =
            Api::ALL.into_iter().flat_map(|api| [api.name(), api.quota()]).collect();
        assert_eq!(names.len(), 2 * Api::ALL.len());
    }
}
