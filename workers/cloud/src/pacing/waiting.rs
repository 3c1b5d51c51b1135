//! The waits for quotas inside the calls of clients, on behalf of a delivery.
//!
//! A worker handles a bounded number of inputs. One that waits for the quota of its project must not
//! keep others out, and an operator wants to know what it waits for. The calls are deep inside a
//! stage, so the runner puts into the task of each handling how its calls wait, and they find that
//! here.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;

use super::Key;

/// A token that a call took from a bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakenToken {
    pub key: Key,
    /// How long the call waits for it.
    pub wait: Duration,
    /// The position of the call among those that wait, from 1; 0 if it does not wait.
    pub position: u32,
}

tokio::task_local! {
    static WAITING: Arc<dyn Waits>;
}

/// How the calls of a handling wait.
pub trait Waits: Send + Sync {
    /// Waits without holding what others need.
    fn wait<'a>(&'a self, reason: &'static str, awaited: BoxFuture<'a, ()>) -> BoxFuture<'a, ()>;

    /// A call has taken a token, and may still have to wait for it. Must return at once.
    fn taken(&self, taken: &TakenToken);
}

/// Runs work whose calls wait for quotas in this way. It does not reach tasks that the work spawns.
pub fn with<T>(waits: Arc<dyn Waits>, work: impl Future<Output = T>) -> impl Future<Output = T> {
    WAITING.scope(waits, work)
}

/// Waits in the way of the current handling, if there is one.
pub(super) async fn wait(reason: &'static str, awaited: BoxFuture<'_, ()>) {
    match WAITING.try_with(Arc::clone) {
        Ok(waits) => waits.wait(reason, awaited).await,
        Err(_outside) => awaited.await,
    }
}

/// Reports a token to the current handling, if there is one.
pub(super) fn announce(taken: &TakenToken) {
    let _: Result<(), _> = WAITING.try_with(|waits| waits.taken(taken));
}

#[cfg(test)]
mod tests {
    use parking_lot::Mutex;

    use super::*;
    use crate::pacing::{Api, Pacer};

    #[derive(Default)]
    struct Seen(Mutex<Vec<TakenToken>>);

    impl Waits for Seen {
        fn wait<'a>(&'a self, _: &'static str, awaited: BoxFuture<'a, ()>) -> BoxFuture<'a, ()> {
            awaited
        }

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
        let calls = with(Arc::clone(&seen) as _, futures::future::join_all(calls));
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
}
