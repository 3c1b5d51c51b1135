//! One quota, as a pure state. Times are milliseconds since 1970, by the clock that all replicas
//! share.
//!
//! The state holds when the calls of the last minute were made and those of the next seconds will
//! be. A call gets the earliest time at which neither a minute nor a sixth of one has more calls
//! than its share: the first is the quota, and the second spreads the calls, so that a caller that
//! comes later does not wait for a minute.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The minute of a quota, and a margin. A call reaches Google some time after its token, usually
/// after a few reads: that time may be so much shorter for the last call of a minute than for the
/// first, and the clocks of two replicas differ by some milliseconds. Each second of margin costs a
/// sixtieth of the quota.
const WINDOW_MS: u64 = 61_000;

/// The calls are spread over this many parts of a minute.
const PARTS: u32 = 6;

/// Calls that may be made immediately after a pause. A single deployment should not wait, nor
/// should ten that an operator starts by hand.
const BURST: u32 = 10;

/// How far ahead tokens are taken, beyond the first. What a replica has taken and does not use is
/// lost, and what others have taken delays a new caller.
pub const HORIZON_MS: u64 = 10_000;

/// Calls within this time are noted as one entry, which keeps the state of a large quota small.
const TICK_MS: u64 = 100;

/// How a quota falls after a 429, in percent. It was used by others, too, so some of it is left.
const LEFT_AFTER_REFUSAL_PERCENT: u32 = 70;

/// Refusals of calls that were on their way together count as one.
const REFUSALS_TOGETHER_MS: u64 = 10_000;

/// Time between two steps in which a quota rises again, each by a twentieth of its ceiling.
const STEP_MS: u64 = 60_000;
const STEPS: u32 = 20;

/// How long nothing is called after a 429 that does not say when to try again, and the longest time
/// that one may ask for.
const PAUSE_MS: u64 = 5_000;
const PAUSE_MAX_MS: u64 = 120_000;

/// How long the limit that a 429 names counts. A quota may have been raised since.
const NAMED_LIMIT_MS: u64 = 3_600_000;

/// The state of a quota.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bucket {
    /// Calls that may be made in a minute now.
    limit: u32,
    /// What the limit may rise to.
    ceiling: u32,
    /// When the limit last changed.
    changed_ms: u64,
    /// Nothing is called before.
    blocked_until_ms: u64,
    /// The limit that a 429 named, and when.
    named: Option<(u32, u64)>,
    /// When calls are made, and how many, in this order.
    calls: Vec<(u64, u32)>,
}

/// A call that Google refused because a quota is used up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Refusal {
    /// `ErrorInfo.metadata.quota_limit_value`.
    pub limit: Option<u32>,
    /// `RetryInfo.retry_delay`.
    pub retry_after: Option<Duration>,
}

impl Bucket {
    /// Takes tokens for calls, and returns when each of them may be made, in this order. At least
    /// one, and no more than are due soon. `ceiling` is the size of the quota; 0 counts as 1,
    /// because a call that waited for ever would hang.
    pub fn take(&mut self, now_ms: u64, wanted: u32, ceiling: u32) -> Vec<u64> {
        self.adjust(now_ms, ceiling);
        let mut times = Vec::new();
        for _ in 0..wanted {
            let at = self.next(now_ms);
            if !times.is_empty() && at > now_ms + HORIZON_MS {
                break;
            }
            match self.calls.last_mut() {
                // Moving an entry to a later time only makes others wait longer.
                Some((last, count)) if at < *last + TICK_MS && at >= now_ms => {
                    *last = at.max(*last);
                    *count += 1;
                }
                Some(_) | None => self.calls.push((at, 1)),
            }
            times.push(at);
        }
        times
    }

    /// Learns from a refusal: down at once, and up again in steps.
    pub fn refused(&mut self, now_ms: u64, refusal: Refusal, ceiling: u32) {
        self.adjust(now_ms, ceiling);
        let pause = refusal.retry_after.map_or(PAUSE_MS, |pause| {
            u64::try_from(pause.as_millis()).unwrap_or(PAUSE_MAX_MS).min(PAUSE_MAX_MS)
        });
        self.blocked_until_ms = self.blocked_until_ms.max(now_ms + pause);
        if let Some(limit) = refusal.limit {
            self.named = Some((limit, now_ms));
        }
        let is_new = now_ms >= self.changed_ms + REFUSALS_TOGETHER_MS || self.changed_ms == 0;
        match refusal.limit.filter(|limit| *limit < self.limit) {
            Some(limit) => self.limit = limit.max(1),
            None if is_new => self.limit = (self.limit * LEFT_AFTER_REFUSAL_PERCENT / 100).max(1),
            None => return,
        }
        self.changed_ms = now_ms;
    }

    /// Calls that may be made in a minute now.
    #[must_use]
    pub fn limit(&self) -> u32 {
        self.limit
    }

    /// What the limit may rise to.
    #[must_use]
    pub fn ceiling(&self) -> u32 {
        self.ceiling
    }

    /// Nothing is called before this time, because of a refusal.
    #[must_use]
    pub fn blocked_until_ms(&self) -> u64 {
        self.blocked_until_ms
    }

    /// The state as the next caller would find it: without old calls, and with the limit that has
    /// risen since the last one.
    #[must_use]
    pub fn at(&self, now_ms: u64) -> Self {
        let mut next = self.clone();
        next.adjust(now_ms, self.ceiling);
        next
    }

    /// How many calls were made in the minute before `now_ms`, and how many have tokens for later.
    #[must_use]
    pub fn calls(&self, now_ms: u64) -> (u32, u32) {
        let recent = self.calls.iter().filter(|(at, _)| at + WINDOW_MS > now_ms);
        recent.fold((0, 0), |(made, later), (at, count)| {
            if *at <= now_ms { (made + count, later) } else { (made, later + count) }
        })
    }

    /// Calls that may still be made in the minute before `now_ms`.
    #[must_use]
    pub fn left(&self, now_ms: u64) -> u32 {
        let recent = self.calls.iter().filter(|(at, _)| at + WINDOW_MS > now_ms);
        self.limit.saturating_sub(recent.map(|(_, count)| count).sum())
    }

    /// Forgets old calls, and lets the limit follow its ceiling.
    fn adjust(&mut self, now_ms: u64, ceiling: u32) {
        self.calls.retain(|(at, _)| at + WINDOW_MS > now_ms);
        self.named = self.named.filter(|(_, at)| at + NAMED_LIMIT_MS > now_ms);
        let ceiling = self.named.map_or(ceiling, |(named, _)| named.min(ceiling)).max(1);
        if self.limit == 0 || self.limit == self.ceiling || self.limit > ceiling {
            self.limit = ceiling;
        }
        self.ceiling = ceiling;
        if self.limit < ceiling {
            let steps = now_ms.saturating_sub(self.changed_ms) / STEP_MS;
            let rise = u64::from((ceiling / STEPS).max(1)) * steps;
            let rise = u32::try_from(rise).unwrap_or(u32::MAX);
            self.limit = self.limit.saturating_add(rise).min(ceiling);
            self.changed_ms += steps * STEP_MS;
        }
    }

    /// When the next call may be made.
    fn next(&self, now_ms: u64) -> u64 {
        let last = self.calls.last().map_or(0, |(at, _)| *at);
        let part = self.limit.div_ceil(PARTS).max(BURST);
        let after = |count: u32, window: u64| self.nth_last(count).map_or(0, |at| at + window);
        [
            self.blocked_until_ms,
            last,
            after(self.limit, WINDOW_MS),
            after(part, WINDOW_MS / u64::from(PARTS)),
        ]
        .into_iter()
        .fold(now_ms, u64::max)
    }

    /// When the n-th call from the end is made, if there are so many.
    fn nth_last(&self, n: u32) -> Option<u64> {
        let mut seen = 0;
        self.calls.iter().rev().find_map(|(at, count)| {
            seen += count;
            (seen >= n).then_some(*at)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: u64 = 1_000_000;

    /// Takes one token after the other, without a horizon.
    fn calls(bucket: &mut Bucket, count: usize, ceiling: u32) -> Vec<u64> {
        (0..count).flat_map(|_| bucket.take(START, 1, ceiling)).collect()
    }

    fn most_in_a_minute(calls: &[u64]) -> usize {
        let within =
            |begin: &u64| calls.iter().filter(|at| (*begin..*begin + 60_000).contains(*at)).count();
        calls.iter().map(within).max().unwrap_or(0)
    }

    #[test]
    fn no_minute_has_more_calls_than_the_quota() {
        for ceiling in [1, 2, 7, 10, 60, 75, 600] {
            let made = calls(&mut Bucket::default(), 1_500, ceiling);
            assert!(made.is_sorted());
            assert_eq!(most_in_a_minute(&made), ceiling as usize, "{ceiling}");
            // The quota is used: each full minute takes no longer than the window.
            let minutes = (made[1_499] - START).div_ceil(WINDOW_MS);
            assert!(minutes <= 1_500_u64.div_ceil(u64::from(ceiling)), "{ceiling}: {minutes}");
        }
    }

    #[test]
    fn a_burst_is_immediate_and_more_calls_are_spread() {
        let made = calls(&mut Bucket::default(), 60, 60);
        assert_eq!(made.iter().filter(|at| **at == START).count(), 10);
        for (part, calls) in made.chunks(10).enumerate() {
            assert_eq!(calls[0], START + part as u64 * (WINDOW_MS / 6), "{part}");
        }
    }

    #[test]
    fn tokens_are_taken_for_the_next_seconds_only() {
        let mut bucket = Bucket::default();
        let first = bucket.take(START, 500, 60);
        assert_eq!(first.len(), 10);
        let second = bucket.take(START, 500, 60);
        assert!(second.len() == 1 && second[0] > START + HORIZON_MS, "at least one: {second:?}");
    }

    #[test]
    fn a_limit_of_zero_is_one_call_each_minute() {
        let made = calls(&mut Bucket::default(), 2, 0);
        assert_eq!(made, [START, START + WINDOW_MS]);
    }

    #[test]
    fn a_refusal_lowers_the_limit_at_once_and_it_rises_in_steps() {
        let mut bucket = Bucket::default();
        bucket.take(START, 1, 100);
        bucket.refused(START, Refusal::default(), 100);
        assert_eq!(bucket.limit(), 70);
        // Others were on their way.
        bucket.refused(START + 50, Refusal::default(), 100);
        assert_eq!(bucket.limit(), 70);
        assert!(bucket.take(START + 100, 1, 100)[0] >= START + PAUSE_MS, "nothing for a while");
        bucket.take(START + STEP_MS, 1, 100);
        assert_eq!(bucket.limit(), 75);
        bucket.take(START + 20 * STEP_MS, 1, 100);
        assert_eq!(bucket.limit(), 100);
    }

    #[test]
    fn a_refusal_names_the_limit_and_the_time() {
        let mut bucket = Bucket::default();
        bucket.take(START, 1, 100);
        let told = Refusal { limit: Some(30), retry_after: Some(Duration::from_secs(40)) };
        bucket.refused(START, told, 100);
        assert_eq!(bucket.limit(), 30);
        assert_eq!(bucket.take(START, 1, 100), [START + 40_000]);
        bucket.take(START + 30 * STEP_MS, 1, 100);
        assert_eq!(bucket.limit(), 30, "as long as it was told");
        bucket.take(START + 100 * STEP_MS, 1, 100);
        assert_eq!(bucket.limit(), 100);
    }

    #[test]
    fn a_state_that_was_not_written_for_a_while_is_read_as_the_next_caller_finds_it() {
        let mut bucket = Bucket::default();
        bucket.take(START, 10, 60);
        bucket.take(START, 1, 60);
        assert_eq!(bucket.calls(START), (10, 1));
        assert_eq!(bucket.calls(START + 20_000), (11, 0));
        bucket.refused(START, Refusal::default(), 60);
        let later = bucket.at(START + 80_000);
        assert_eq!(later.calls(START + 80_000), (0, 0));
        assert_eq!((bucket.limit(), later.limit(), later.ceiling()), (42, 45, 60));
        assert_eq!(bucket.blocked_until_ms(), START + PAUSE_MS);
    }

    #[test]
    fn another_ceiling_counts_at_once() {
        let mut bucket = Bucket::default();
        bucket.take(START, 1, 60);
        bucket.take(START, 1, 30);
        assert_eq!(bucket.limit(), 30);
        bucket.take(START, 1, 90);
        assert_eq!(bucket.limit(), 90);
        assert_eq!(bucket.left(START), 87);
    }

    #[test]
    fn the_state_of_a_large_quota_is_small() {
        let mut bucket = Bucket::default();
        calls(&mut bucket, 3_000, 3_000);
        let size = serde_json::to_vec(&bucket).unwrap().len();
        assert!(size < 16_384, "{size}");
    }
}
