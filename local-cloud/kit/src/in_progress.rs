//! The work of a service that goes on in the background, by the resource that it is for. A reset
//! ends the work of the resources that it removes, and waits for that.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::state::Scope;

/// The work that is in progress.
#[derive(Clone, Debug, Default)]
pub struct InProgress(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    works: Mutex<Works>,
    /// Notified of every end.
    ended: watch::Sender<()>,
}

impl Default for Shared {
    fn default() -> Self {
        Self { works: Mutex::default(), ended: watch::Sender::new(()) }
    }
}

#[derive(Debug, Default)]
struct Works {
    /// The resource, and what cancels the work.
    running: BTreeMap<u64, (String, CancellationToken)>,
    next: u64,
}

/// One piece of work. It has ended when this is dropped.
#[derive(Debug)]
pub struct Work {
    all: Arc<Shared>,
    number: u64,
    /// Cancelled when the work must end.
    pub cancelled: CancellationToken,
}

impl InProgress {
    /// Begins work for the resource `projects/P/…`, which also ends when `stopping` is cancelled.
    #[must_use]
    pub fn begin(&self, resource: &str, stopping: &CancellationToken) -> Work {
        let cancelled = stopping.child_token();
        let mut works = self.0.works.lock();
        let number = works.next;
        works.next += 1;
        works.running.insert(number, (resource.to_owned(), cancelled.clone()));
        Work { all: Arc::clone(&self.0), number, cancelled }
    }

    /// Cancels the work for the resources in the scope, and waits until it has ended. Work that
    /// begins later goes on.
    pub async fn end(&self, scope: &Scope) {
        let mut ended = self.0.ended.subscribe();
        let mut waited_for = BTreeSet::new();
        for (number, (resource, cancelled)) in &self.0.works.lock().running {
            if scope.has(resource) {
                cancelled.cancel();
                waited_for.insert(*number);
            }
        }
        while self.0.works.lock().running.keys().any(|number| waited_for.contains(number)) {
            // The sender is in `self`, so it is not closed.
            let _ = ended.changed().await;
        }
    }
}

impl Work {
    /// Does the work. `None` if it was cancelled.
    pub async fn run<F: Future>(self, work: F) -> Option<F::Output> {
        self.cancelled.run_until_cancelled(work).await
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        self.all.works.lock().running.remove(&self.number);
        self.all.ended.send_replace(());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_work_of_a_project_ends_and_other_work_goes_on() {
        let (all, stopping) = (InProgress::default(), CancellationToken::new());
        let one = all.begin("projects/one/tasks/t", &stopping);
        let two = all.begin("projects/two/tasks/t", &stopping);
        let goes_on = two.cancelled.clone();
        let running = tokio::spawn(one.run(std::future::pending::<()>()));
        all.end(&Scope::Project("one".to_owned())).await;
        assert_eq!(running.await.unwrap(), None);
        assert!(!goes_on.is_cancelled());
        let running = tokio::spawn(two.run(std::future::pending::<()>()));
        all.end(&Scope::Everything).await;
        assert_eq!(running.await.unwrap(), None);
        all.end(&Scope::Everything).await;
    }
}
