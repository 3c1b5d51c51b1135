//! The sweep: what it finds is handed off item by item, so that one that fails keeps nothing else
//! waiting.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::stream::{self, StreamExt as _};
use longshore_cloud::Bus;
use longshore_ledger::Ledger;
use parking_lot::Mutex;
use time::OffsetDateTime;
use tokio::time::Instant;
use tracing::Instrument as _;

use crate::handoff::publisher::{HandoffError, HandoffPublisher, Origin};
use crate::health::Health;
use crate::telemetry::chain;
use crate::{Found, Stage, traces};

/// Maximum number of items in progress. A build with many waiters is one item.
const ITEMS_AT_ONCE: usize = 8;

/// Failures of an item in a row after which it is left alone for a while. Before, every sweep
/// retries it, because most errors are gone by then.
const PROMPT_RETRIES: u32 = 3;

/// First and longest time for which a failing item is left alone. An operator who repairs it waits
/// no longer than this.
const FIRST_PAUSE: Duration = Duration::from_secs(60);
const LONGEST_PAUSE: Duration = Duration::from_secs(3_600);

/// Maximum number of failing items that are remembered. If there are more, the rest is retried by
/// every sweep.
const ITEMS_MAX: usize = 10_000;

/// What fails in a sweep. It remembers failing items only, to log each of them once and to retry it
/// ever more rarely; what has to be done is in the ledger.
#[derive(Default)]
pub struct SweepLog {
    failing: Mutex<BTreeMap<String, Setback>>,
    /// The number of failing items in the last report.
    reported: AtomicUsize,
    health: Health,
}

struct Setback {
    times: u32,
    retry_at: Instant,
}

impl SweepLog {
    /// Whether an item is to be handled in this sweep. Also tells the health endpoint that the sweep
    /// makes progress.
    pub fn is_due(&self, item: &str) -> bool {
        self.health.swept();
        self.failing.lock().get(item).is_none_or(|setback| setback.retry_at <= Instant::now())
    }

    /// Notes that an item failed. Logged at the first failure in a row.
    pub fn failed(&self, item: &str, error: &(dyn std::error::Error + 'static)) {
        self.health.swept();
        let mut failing = self.failing.lock();
        let times = failing.get(item).map_or(0, |setback| setback.times) + 1;
        let error = chain(error);
        match times {
            1 => tracing::error!(error, item, "the sweep cannot handle an item; it is retried"),
            _ => tracing::debug!(error, item, times, "the sweep still cannot handle an item"),
        }
        if failing.len() < ITEMS_MAX || failing.contains_key(item) {
            let retry_at = Instant::now() + pause(times);
            failing.insert(item.to_owned(), Setback { times, retry_at });
        }
    }

    /// Notes that an item was handled.
    pub fn succeeded(&self, item: &str) {
        self.health.swept();
        if self.failing.lock().remove(item).is_some() {
            tracing::info!(item, "the sweep can handle the item again");
        }
    }

    /// Reports the number of failing items if it has changed, and forgets items that no sweep finds
    /// any more.
    fn report(&self) {
        let now = Instant::now();
        self.failing.lock().retain(|_, setback| now < setback.retry_at + LONGEST_PAUSE);
        let failing = self.failing();
        if self.reported.swap(failing, Ordering::Relaxed) != failing {
            tracing::warn!(failing, "items that the sweep cannot handle");
        }
    }

    /// The number of items that failed when they were last handled.
    #[must_use]
    pub fn failing(&self) -> usize {
        self.failing.lock().len()
    }
}

/// How long an item is left alone after this many failures in a row.
fn pause(times: u32) -> Duration {
    match times.checked_sub(PROMPT_RETRIES) {
        None | Some(0) => Duration::ZERO,
        Some(more) => (FIRST_PAUSE * 2_u32.saturating_pow(more.min(16) - 1)).min(LONGEST_PAUSE),
    }
}

/// Sweeps for a stage.
pub struct Sweeper<S> {
    stage: Arc<S>,
    handoffs: HandoffPublisher,
    log: SweepLog,
    /// Tells the records of this process from those of other replicas.
    replica: uuid::Uuid,
}

impl<S: Stage> Sweeper<S> {
    /// `project` is the project of the fleet's topics.
    pub fn new(
        stage: Arc<S>,
        bus: Arc<dyn Bus>,
        ledger: Ledger,
        fleet: &str,
        project: &str,
    ) -> Self {
        let handoffs = HandoffPublisher::new(bus, ledger, fleet, project, S::NAME);
        Self::of(stage, handoffs, Health::default())
    }

    pub(crate) fn of(stage: Arc<S>, handoffs: HandoffPublisher, health: Health) -> Self {
        let log = SweepLog { health, ..SweepLog::default() };
        Self { stage, handoffs, log, replica: uuid::Uuid::new_v4() }
    }

    /// Sweeps once. Every error is logged and retried by a later sweep.
    pub async fn sweep(&self) {
        const WHOLE: &str = "everything";
        self.log.health.swept();
        let found = match self.stage.sweep(&self.log).await {
            Ok(found) => found,
            Err(error) => return self.log.failed(WHOLE, &error),
        };
        self.log.succeeded(WHOLE);
        let items = stream::iter(found).for_each_concurrent(ITEMS_AT_ONCE, async |found| {
            let item = name(&found);
            if !self.log.is_due(&item) {
                return;
            }
            let (what, deployments) = match &found {
                Found::Handoff(handoff) => ("deployment", std::slice::from_ref(handoff)),
                Found::Wake(wake) => ("build", &wake.handoffs[..]),
            };
            let span = traces::swept(what, &item, deployments.iter().map(|one| &one.trace));
            self.handoffs.metrics.recovered(what);
            let moved = async {
                tracing::info!(item, "found by the sweep");
                match self.publish(found).await {
                    Ok(()) => self.log.succeeded(&item),
                    Err(error) => self.log.failed(&item, &error),
                }
            };
            moved.instrument(span).await;
        });
        items.await;
        self.log.report();
        self.handoffs.metrics.sweep_failing(self.log.failing());
    }

    /// What fails in the sweeps of this process.
    #[must_use]
    pub fn log(&self) -> &SweepLog {
        &self.log
    }

    async fn publish(&self, found: Found<S::Out>) -> Result<(), HandoffError> {
        let now = OffsetDateTime::now_utc();
        let origin = Origin {
            input: format!("sweep/{}", self.replica),
            published_at: now,
            started_at: now,
            attempt: None,
            waited_ms: 0,
            waited_for: None,
            requester: None,
            noted_requester: None,
            is_sweep: true,
        };
        match found {
            Found::Handoff(handoff) => self.handoffs.publish(&[handoff], &origin).await,
            Found::Wake(wake) => self.handoffs.wake(&wake, &origin).await,
        }
    }
}

/// The name of an item in logs. The same for every sweep that finds it.
fn name<M>(found: &Found<M>) -> String {
    match found {
        Found::Handoff(handoff) => format!("deployment {}", handoff.deployment),
        Found::Wake(wake) => format!("waiters of build {}", wake.build),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failing_item_is_retried_at_once_and_then_ever_more_rarely() {
        let pauses = [0, 0, 0, 60, 120, 240, 480, 960, 1_920, 3_600, 3_600];
        for (times, expected) in (1..).zip(pauses) {
            assert_eq!(pause(times), Duration::from_secs(expected), "{times}");
        }
        assert_eq!(pause(u32::MAX), LONGEST_PAUSE);
    }

    #[test]
    fn an_item_fails_until_it_succeeds_and_affects_no_other_item() {
        let log = SweepLog::default();
        let error = std::io::Error::other("broken");
        for _ in 0..=PROMPT_RETRIES {
            assert!(log.is_due("a"));
            log.failed("a", &error);
        }
        assert!(!log.is_due("a"));
        assert!(log.is_due("b"));
        assert_eq!(log.failing(), 1);
        log.succeeded("a");
        assert!(log.is_due("a"));
        assert_eq!(log.failing(), 0);
    }
}
