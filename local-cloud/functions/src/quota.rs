//! The quota of writes. Google allows 60 in a minute for each project and region, and does not raise
//! it (<https://cloud.google.com/functions/quotas>).

use std::collections::{HashMap, VecDeque};

use crate::names::Location;

/// Google's limit.
pub const WRITES_PER_MINUTE: usize = 60;

const WINDOW_SECONDS: i64 = 60;

/// The writes of the last minute. A restart forgets them.
#[derive(Debug)]
pub(crate) struct Quota {
    limit: Option<usize>,
    writes: HashMap<Location, VecDeque<i64>>,
}

impl Quota {
    /// `None`: no limit.
    pub(crate) fn new(limit: Option<usize>) -> Self {
        Self { limit, writes: HashMap::new() }
    }

    /// Counts a write at a time in seconds, and returns whether it is allowed. A refused write does
    /// not count.
    pub(crate) fn take(&mut self, location: &Location, now_seconds: i64) -> bool {
        let Some(limit) = self.limit else { return true };
        let writes = self.writes.entry(location.clone()).or_default();
        while writes.front().is_some_and(|first| now_seconds - first >= WINDOW_SECONDS) {
            writes.pop_front();
        }
        if writes.len() >= limit {
            return false;
        }
        writes.push_back(now_seconds);
        true
    }
}

/// What Google says when the quota is used up.
pub(crate) fn exceeded(project_number: u64) -> String {
    format!(
        "Quota exceeded for quota metric 'Write requests' and limit 'Write requests per minute per \
         region' of service 'cloudfunctions.googleapis.com' for consumer \
         'project_number:{project_number}'."
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_has_sixty_writes_in_each_region() {
        let place = |id: &str| Location { project: "p".to_owned(), id: id.to_owned() };
        let mut quota = Quota::new(Some(WRITES_PER_MINUTE));
        assert!((0..60).all(|second| quota.take(&place("a"), 100 + second)));
        assert!(!quota.take(&place("a"), 159));
        assert!(quota.take(&place("b"), 159));
        assert!(quota.take(&place("a"), 160), "the first write was a minute ago");
        assert!(!quota.take(&place("a"), 160));
        let mut none = Quota::new(None);
        assert!((0..1000).all(|_| none.take(&place("a"), 1)));
    }
}
