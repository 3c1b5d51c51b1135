//! The rate of requests to an endpoint:
//! <https://cloud.google.com/pubsub/docs/push#quotas-and-limits>.

use std::time::Duration;

/// Number of parallel requests to an endpoint at first.
const FIRST_WINDOW: usize = 1;
/// Maximum number of parallel requests. Google's 3,000 are for a cluster, this is for one process
/// on the same machine.
const LARGEST_WINDOW: usize = 100;
/// Pause after the first failure.
const SHORTEST_PAUSE: Duration = Duration::from_millis(100);
/// Maximum pause after consecutive failures.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Slow start: each success adds one parallel request, a failure halves their number. Consecutive
/// failures double the pause.
#[derive(Debug)]
pub(super) struct Pace {
    window: usize,
    failures: u32,
}

impl Pace {
    pub(super) fn new() -> Self {
        Self { window: FIRST_WINDOW, failures: 0 }
    }

    /// Maximum number of parallel requests.
    pub(super) fn window(&self) -> usize {
        self.window
    }

    pub(super) fn succeeded(&mut self) {
        self.window = (self.window + 1).min(LARGEST_WINDOW);
        self.failures = 0;
    }

    /// Returns the pause before the next request.
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
    fn pauses_double_up_to_a_minute_until_a_success() {
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
