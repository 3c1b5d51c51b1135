//! A wait for a quota inside the call of a client, on behalf of a delivery.
//!
//! A worker handles a bounded number of inputs. One that waits for the quota of its project must not
//! keep others out, so the runner gives each handling a way to wait without its slot, and the calls in
//! it find that way here.

use std::future::Future;
use std::sync::Arc;

use futures::future::BoxFuture;

tokio::task_local! {
    static WAITING: Arc<dyn Waits>;
}

/// Waits without holding what others need.
pub trait Waits: Send + Sync {
    fn wait<'a>(&'a self, reason: &'static str, awaited: BoxFuture<'a, ()>) -> BoxFuture<'a, ()>;
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
