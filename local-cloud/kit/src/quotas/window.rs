//! The calls of the last minute.

use std::collections::VecDeque;
use std::time::{Duration, SystemTime};

const MINUTE: Duration = Duration::from_secs(60);

/// When the calls of the last minute were made.
#[derive(Debug, Default)]
pub(super) struct Window(VecDeque<SystemTime>);

impl Window {
    /// How long to wait before one more call, or `None` if it may be made now.
    pub(super) fn wait(&mut self, limit: u32, now: SystemTime) -> Option<Duration> {
        // A clock that was set back must not keep calls for longer than a minute.
        let is_past = |at: &SystemTime| now.duration_since(*at).is_ok_and(|age| age >= MINUTE);
        while self.0.front().is_some_and(is_past) {
            self.0.pop_front();
        }
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        if self.0.len() < limit {
            return None;
        }
        // Once that one is older than a minute, there is room. No call has room for a limit of 0.
        let leaves = self.0.len().checked_sub(limit).and_then(|at| self.0.get(at));
        let age = leaves.map_or(Duration::ZERO, |at| now.duration_since(*at).unwrap_or_default());
        Some(MINUTE.saturating_sub(age))
    }

    pub(super) fn count(&mut self, now: SystemTime) {
        self.0.push_back(now);
    }
}
