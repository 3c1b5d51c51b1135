//! Log lines that many sources could repeat without end, such as one for each failed accept of each
//! port, are written once for each interval.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Long enough that the log stays readable, and short enough that a fault that lasts is seen.
const INTERVAL: Duration = Duration::from_secs(10);

/// One kind of log line.
#[derive(Debug)]
pub struct Seldom(Mutex<State>);

#[derive(Debug)]
struct State {
    last: Option<Instant>,
    omitted: u64,
}

impl Seldom {
    #[expect(clippy::new_without_default, reason = "values of this type are statics")]
    #[must_use]
    pub const fn new() -> Self {
        Self(Mutex::new(State { last: None, omitted: 0 }))
    }

    /// Whether the line is to be written now, and if so, how many were omitted since the last one.
    pub fn due(&self) -> Option<u64> {
        self.due_at(Instant::now())
    }

    fn due_at(&self, now: Instant) -> Option<u64> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.last.is_some_and(|last| now.saturating_duration_since(last) < INTERVAL) {
            state.omitted += 1;
            return None;
        }
        state.last = Some(now);
        Some(std::mem::take(&mut state.omitted))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_written_once_for_each_interval_and_says_how_many_were_omitted() {
        let seldom = Seldom::new();
        let now = Instant::now();
        assert_eq!(seldom.due_at(now), Some(0));
        for _ in 0..1000 {
            assert_eq!(seldom.due_at(now + INTERVAL / 2), None);
        }
        assert_eq!(seldom.due_at(now + INTERVAL), Some(1000));
        assert_eq!(seldom.due_at(now + 2 * INTERVAL), Some(0));
    }
}
