//! The work of one project and region, played through with the buckets that pace the real calls.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use super::{Assumptions, HOP_MS, UPLOAD_MS, Work};
use crate::pacing::Bucket;

/// Time until a function that has ended makes room for the next one: half a round of batch-feeder.
const ROOM_MS: u64 = 500;

/// Spreads the times of builds evenly, in an order that does not repeat: the fractions of the
/// multiples of the golden ratio.
const GOLDEN: f64 = 0.618_033_988_749_895;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    /// The source of a function is stored.
    Stored(u32),
    /// A build may be submitted.
    Submitted(u32),
    BuildEnded(u32),
    /// The image of a function is there.
    Built(u32),
    /// A write of a function is made; the number of those that follow.
    Written(u32, u32),
    /// The next of this many writes of a function is due.
    Due(u32, u32),
    Ended,
}

/// The work of one project and region, played through.
pub(super) struct Play {
    work: Work,
    assumed: Assumptions,
    events: BinaryHeap<Reverse<(u64, u64, Event)>>,
    order: u64,
    admitted: u32,
    running: u32,
    queued: VecDeque<u32>,
    /// For each build: the functions that wait for it, or `None` once it has ended.
    waiting: Vec<Option<Vec<u32>>>,
    is_submitted: Vec<bool>,
    submits: Bucket,
    writes: Bucket,
}

impl Play {
    pub(super) fn new(work: Work, assumed: Assumptions) -> Self {
        let builds = usize::try_from(work.builds).unwrap_or(0);
        Self {
            work,
            assumed,
            events: BinaryHeap::new(),
            order: 0,
            admitted: 0,
            running: 0,
            queued: VecDeque::new(),
            waiting: vec![Some(Vec::new()); builds],
            is_submitted: vec![false; builds],
            submits: Bucket::default(),
            writes: Bucket::default(),
        }
    }

    /// When the functions end.
    pub(super) fn run(mut self) -> Vec<u64> {
        let mut ends = Vec::new();
        while self.admitted < self.work.functions.min(self.assumed.window.max(1)) {
            self.admit(0);
        }
        while let Some(Reverse((now, _, event))) = self.events.pop() {
            match event {
                Event::Stored(function) => self.stored(function, now),
                Event::Submitted(build) if self.running < self.assumed.concurrent_builds.max(1) => {
                    self.start_build(build, now);
                }
                Event::Submitted(build) => self.queued.push_back(build),
                Event::BuildEnded(build) => self.build_ended(build, now),
                Event::Built(function) => self.write(function, self.writes_of(function), now),
                Event::Due(function, writes) => self.write(function, writes, now),
                Event::Written(function, left) => {
                    let ready = millis(self.assumed.ready_seconds);
                    match left {
                        // The revision is ready before its policy is written.
                        1.. => self.at(now + ready, Event::Due(function, left)),
                        0 if self.writes_of(function) > 1 => self.at(now + HOP_MS, Event::Ended),
                        0 => self.at(now + ready + HOP_MS, Event::Ended),
                    }
                }
                Event::Ended => {
                    ends.push(now);
                    if self.admitted < self.work.functions {
                        self.admit(now + ROOM_MS);
                    }
                }
            }
        }
        ends
    }

    fn at(&mut self, time: u64, event: Event) {
        self.order += 1;
        self.events.push(Reverse((time, self.order, event)));
    }

    fn admit(&mut self, now: u64) {
        let function = self.admitted;
        self.admitted += 1;
        self.at(now + UPLOAD_MS + HOP_MS, Event::Stored(function));
    }

    fn stored(&mut self, function: u32, now: u64) {
        if self.work.builds == 0 {
            return self.at(now + HOP_MS, Event::Built(function));
        }
        let build = function % self.work.builds;
        let slot = usize::try_from(build).unwrap_or(0);
        match self.waiting.get_mut(slot) {
            Some(Some(waiting)) => waiting.push(function),
            Some(None) | None => return self.at(now + HOP_MS, Event::Built(function)),
        }
        if let Some(is_submitted) = self.is_submitted.get_mut(slot)
            && !std::mem::replace(is_submitted, true)
        {
            let at = token(&mut self.submits, now, self.assumed.submits_per_minute);
            self.at(at, Event::Submitted(build));
        }
    }

    fn start_build(&mut self, build: u32, now: u64) {
        self.running += 1;
        // The first one is the longest, which few builds would not have otherwise.
        let place = 1.0 - (f64::from(build) * GOLDEN).fract() * 2.0;
        let spread = if self.work.builds > 1 { self.assumed.build_spread } else { 0.0 };
        let takes = self.assumed.build_seconds * (1.0 + place * spread);
        self.at(now + millis(takes), Event::BuildEnded(build));
    }

    fn build_ended(&mut self, build: u32, now: u64) {
        self.running -= 1;
        if let Some(next) = self.queued.pop_front() {
            self.start_build(next, now);
        }
        let slot = usize::try_from(build).unwrap_or(0);
        let waiting = self.waiting.get_mut(slot).and_then(Option::take).unwrap_or_default();
        for function in waiting {
            self.at(now + HOP_MS, Event::Built(function));
        }
    }

    /// One, and another one for as many functions as there are more writes than functions.
    fn writes_of(&self, function: u32) -> u32 {
        1 + u32::from(function < self.work.writes.saturating_sub(self.work.functions))
    }

    fn write(&mut self, function: u32, writes: u32, now: u64) {
        let at = token(&mut self.writes, now, self.assumed.writes_per_minute);
        self.at(at, Event::Written(function, writes - 1));
    }
}

fn token(bucket: &mut Bucket, now: u64, per_minute: u32) -> u64 {
    // Buckets count from 1970, when nothing was called yet.
    const EPOCH_MS: u64 = 1_000_000;
    let times = bucket.take(EPOCH_MS + now, 1, per_minute);
    times.first().map_or(now, |at| at - EPOCH_MS)
}

fn millis(seconds: f64) -> u64 {
    u64::try_from(super::seconds(seconds).as_millis()).unwrap_or(u64::MAX)
}
