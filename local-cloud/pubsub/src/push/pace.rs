//! How fast an endpoint is sent messages:
//! <https://cloud.google.com/pubsub/docs/push#quotas-and-limits>.

use std::time::Duration;

/// Requests at a time to an endpoint that nothing is known of.
const FIRST_WINDOW: usize = 1;
/// Requests at a time at most: Google's 3,000 are for a cluster, this is for one process of the
/// same machine.
const LARGEST_WINDOW: usize = 100;
/// Wait after the first failure.
const SHORTEST_PAUSE: Duration = Duration::from_millis(100);
/// Wait after many failures in a row.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Slow start: one more request at a time for each success, half of them after a failure; and after
/// failures in a row a pause that doubles.
#[derive(Debug)]
pub(super) struct Pace {
    window: usize,
    failures: u32,
}

impl Pace {
    pub(super) fn new() -> Self {
        Self { window: FIRST_WINDOW, failures: 0 }
    }

    /// Requests that may be under way at a time.
    pub(super) fn window(&self) -> usize {
        self.window
    }

    pub(super) fn succeeded(&mut self) {
        self.window = (self.window + 1).min(LARGEST_WINDOW);
        self.failures = 0;
    }

    /// Returns how long nothing should be sent.
    pub(super) fn failed(&mut self) -> Duration {
        self.window = (self.window / 2).max(FIRST_WINDOW);
        let factor = 2_u32.checked_pow(self.failures).unwrap_or(u32::MAX);
        self.failures += 1;
        SHORTEST_PAUSE.saturating_mul(factor).min(LONGEST_PAUSE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn success_opens_the_window_and_failure_closes_it() {
        let mut pace = Pace::new();
        assert_eq!(pace.window(), 1);
        (0..200).for_each(|_| pace.succeeded());
        assert_eq!(pace.window(), 100);
        pace.failed();
        assert_eq!(pace.window(), 50);
        for _ in 0..10 {
            pace.failed();
        }
        assert_eq!(pace.window(), 1);
    }

    #[test]
    fn pauses_double_up_to_a_minute_and_end_with_a_success() {
        let mut pace = Pace::new();
        let milliseconds: Vec<u128> = (0..4).map(|_| pace.failed().as_millis()).collect();
        assert_eq!(milliseconds, [100, 200, 400, 800]);
        for _ in 0..40 {
            pace.failed();
        }
        assert_eq!(pace.failed(), Duration::from_secs(60));
        pace.succeeded();
        assert_eq!(pace.failed(), Duration::from_millis(100));
    }
}
