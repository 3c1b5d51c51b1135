//! Replicas that share a bucket while others join, leave and die, at every point of what they do.
//!
//! A replica reads the shared state, takes tokens, and writes the state back unless another one was
//! faster. Each of these takes time; a token is used some time after it is due; clocks differ.
//! Whatever happens in between, no minute has more calls than the quota.

use std::collections::BTreeMap;

use super::bucket::Bucket;

const START_MS: u64 = 10_000_000;

/// Longest time of a request to the shared state, and between a token and its call.
const REQUEST_MS: u64 = 200;
const CALL_MS: u64 = 400;
/// How far a replica's clock is ahead or behind.
const SKEW_MS: u64 = 100;

/// A sequence of numbers that looks random, the same for each seed (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end.max(1)
    }
}

enum Step {
    Read,
    /// Writes back what it has computed from this generation.
    Swap {
        generation: u64,
        bucket: Bucket,
        times: Vec<u64>,
    },
}

struct Replica {
    /// Milliseconds that its clock is ahead, plus [`SKEW_MS`].
    ahead: u64,
    due_ms: u64,
    step: Step,
}

struct World {
    dice: Dice,
    shared: (u64, Bucket),
    replicas: BTreeMap<u64, Replica>,
    born: u64,
    calls: Vec<u64>,
    deaths_with_tokens: u32,
}

impl World {
    fn new(seed: u64) -> Self {
        let dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        let (shared, replicas) = ((0, Bucket::default()), BTreeMap::new());
        Self { dice, shared, replicas, born: 0, calls: Vec::new(), deaths_with_tokens: 0 }
    }

    fn join(&mut self, now_ms: u64) {
        self.born += 1;
        let ahead = self.dice.below(2 * SKEW_MS);
        let replica = Replica { ahead, due_ms: now_ms, step: Step::Read };
        self.replicas.insert(self.born, replica);
    }

    /// One dies at any point, without notice.
    fn die(&mut self) {
        let at = self.dice.below(self.replicas.len() as u64);
        let id = self.replicas.keys().nth(usize::try_from(at).unwrap()).copied();
        if let Some(replica) = id.and_then(|id| self.replicas.remove(&id)) {
            self.deaths_with_tokens += u32::from(matches!(replica.step, Step::Swap { .. }));
        }
    }

    fn act(&mut self, id: u64, now_ms: u64, ceiling: u32) {
        let pause = 1 + self.dice.below(REQUEST_MS);
        let wanted = 1 + u32::try_from(self.dice.below(40)).unwrap();
        let dies_after_swap = self.dice.below(10) == 0;
        let Some(replica) = self.replicas.get_mut(&id) else { return };
        let own_ms = now_ms + replica.ahead - SKEW_MS;
        let step = std::mem::replace(&mut replica.step, Step::Read);
        replica.due_ms = now_ms + pause;
        match step {
            Step::Read => {
                let (generation, mut bucket) = self.shared.clone();
                let times = bucket.take(own_ms, wanted, ceiling);
                replica.step = Step::Swap { generation, bucket, times };
            }
            Step::Swap { generation, .. } if generation != self.shared.0 => {}
            Step::Swap { generation, bucket, times } => {
                self.shared = (generation + 1, bucket);
                let ahead = replica.ahead;
                if dies_after_swap {
                    self.replicas.remove(&id);
                    self.deaths_with_tokens += 1;
                    return;
                }
                // It waits until its tokens are half used before it takes more.
                let last = times.last().copied().unwrap_or(own_ms);
                replica.due_ms += last.saturating_sub(own_ms) / 2;
                for at in times {
                    let due = (at + SKEW_MS - ahead).max(now_ms);
                    let called = due + self.dice.below(CALL_MS);
                    self.calls.push(called);
                }
            }
        }
    }

    fn run(&mut self, until_ms: u64, ceiling: u32) {
        let mut now_ms = START_MS;
        self.join(now_ms);
        while now_ms < until_ms {
            match self.dice.below(400) {
                0 if self.replicas.len() < 6 => self.join(now_ms),
                1 => self.die(),
                _ => {}
            }
            if self.replicas.is_empty() {
                self.join(now_ms);
            }
            let due: Vec<u64> = self
                .replicas
                .iter()
                .filter(|(_, replica)| replica.due_ms <= now_ms)
                .map(|(id, _)| *id)
                .collect();
            for id in due {
                self.act(id, now_ms, ceiling);
            }
            now_ms += 50;
        }
    }
}

#[test]
fn the_sum_of_all_replicas_never_exceeds_one_bucket_in_a_minute() {
    for ceiling in [1, 7, 60, 180] {
        for seed in 1..=12 {
            let mut world = World::new(seed);
            world.run(START_MS + 15 * 60_000, ceiling);
            let World { mut calls, born, deaths_with_tokens, .. } = world;
            calls.sort_unstable();
            for (at, begin) in calls.iter().enumerate() {
                let within = calls[at..].iter().take_while(|call| **call < begin + 60_000).count();
                assert!(
                    within <= ceiling as usize,
                    "{within} of {ceiling} from {begin}, seed {seed}, {born} replicas"
                );
            }
            assert!(born > 5 && deaths_with_tokens > 0, "replicas came and went: {born}");
            // What the dead took is lost, and nothing else.
            let used = calls.len() as f64 / (15.0 * f64::from(ceiling));
            assert!(used > 0.5, "{used} of the quota {ceiling}, seed {seed}");
        }
    }
}
