//! The items that fail in a sweep, and when each is retried.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

use crate::health::Health;
use crate::telemetry::chain;

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
    /// A log that reports progress of the sweep to the health endpoint.
    pub(crate) fn of(health: Health) -> Self {
        Self { health, ..Self::default() }
    }

    /// Tells the health endpoint that the sweep makes progress.
    pub(crate) fn swept(&self) {
        self.health.swept();
    }

    /// Handles an item if it is due. `None` if it is not, or if it fails, which must not affect the
    /// other items.
    pub async fn item<T, E: std::error::Error + 'static>(
        &self,
        item: &str,
        work: impl Future<Output = Result<T, E>>,
    ) -> Option<T> {
        if !self.is_due(item) {
            return None;
        }
        match work.await {
            Ok(done) => {
                self.succeeded(item);
                Some(done)
            }
            Err(error) => {
                self.failed(item, &error);
                None
            }
        }
    }

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
    pub(crate) fn report(&self) {
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
