use std::collections::BTreeSet;

use super::*;
use crate::core::{AfterDisconnect, DeadLetter};

/// A small deterministic generator of numbers (xorshift), so that a failure names its seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

/// What a subscription still has to deliver, found by pulling until it is empty.
fn drain(core: &mut PubSub, subscription: &str, mut now: OffsetDateTime) -> BTreeSet<String> {
    let holder = core.connect(subscription, client("drain"), now).unwrap();
    let mut found = BTreeSet::new();
    let end = now + 24 * 3600 * SECOND;
    loop {
        let (got, leased) = core.pull(subscription, holder, 1000, now).unwrap();
        leased.into_iter().for_each(|event| core.apply(event));
        found.extend(texts(&got));
        if !got.is_empty() {
            let (_, settled) = core.acknowledge(subscription, &ack_ids(&got), now).unwrap();
            settled.into_iter().for_each(|event| core.apply(event));
            continue;
        }
        // Far above every lease and backoff, far below the retention.
        let Some(next) = core.next_wakeup().filter(|next| *next < end) else { return found };
        now = now.max(next);
        core.advance(now).into_iter().for_each(|event| core.apply(event));
    }
}

#[test]
fn every_message_is_acknowledged_or_still_there() {
    for seed in 1..=60 {
        let mut dice = Dice(u64::wrapping_mul(seed, 0x9e37_79b9_7f4a_7c15));
        let config = Subscription {
            ordered: seed % 2 == 0,
            exactly_once: seed % 7 == 0,
            retain_acked: seed % 4 == 0,
            retry: if seed % 3 == 0 { retry(1, 60) } else { None },
            dead_letter: (seed % 5 == 0)
                .then(|| DeadLetter { topic: DEAD_TOPIC.to_owned(), max_attempts: 5 }),
            ..subscription()
        };
        let mut bench = Bench::new(config);
        let mut expected = BTreeSet::new();
        let mut holders: Vec<(u64, Vec<Delivery>)> = Vec::new();
        for step in 0..400 {
            match dice.below(10) {
                0..3 => {
                    let text = format!("{seed}.{step}");
                    bench.publish_with_key(
                        &[&text],
                        ["", "k", "l"][usize::try_from(dice.below(3)).unwrap()],
                    );
                    expected.insert(text);
                }
                3 => holders.push((
                    bench.connect(Client { max_messages: Some(3), ..client("") }),
                    Vec::new(),
                )),
                4 => bench.pass(Duration::from_secs(dice.below(15))),
                5 if dice.below(10) == 0 => {
                    bench.replay_snapshot();
                    holders.clear();
                }
                _ if holders.is_empty() => {}
                action => {
                    let chosen = usize::try_from(dice.below(holders.len() as u64)).unwrap();
                    let (holder, held) = &mut holders[chosen];
                    match action {
                        5 | 6 => held.extend(bench.pull(*holder)),
                        7 if !held.is_empty() => {
                            let acked = held.split_off(held.len() / 2);
                            let receipt = bench.ack(&acked);
                            let taken = acked
                                .iter()
                                .filter(|delivery| receipt.taken.contains(&delivery.ack_id));
                            for text in texts(&taken.cloned().collect::<Vec<_>>()) {
                                expected.remove(&text);
                            }
                        }
                        8 if !held.is_empty() => {
                            let nacked = held.split_off(held.len() / 2);
                            bench.nack(&nacked);
                        }
                        _ => {
                            let after = match dice.below(3) {
                                0 => AfterDisconnect::KeepLeases,
                                1 => AfterDisconnect::KeepClaimed,
                                _ => AfterDisconnect::EndLeases,
                            };
                            let holder = *holder;
                            bench
                                .run(|core, now| {
                                    Ok(core.disconnect(SUBSCRIPTION, holder, after, now))
                                })
                                .unwrap();
                            holders.remove(chosen);
                        }
                    }
                }
            }
        }
        let now = bench.now;
        let mut left = drain(bench.core.core_mut(), DEAD_SUBSCRIPTION, now);
        left.extend(drain(bench.core.core_mut(), SUBSCRIPTION, now));
        let lost: Vec<&String> = expected.difference(&left).collect();
        assert!(lost.is_empty(), "seed {seed} lost {lost:?}");
    }
}
