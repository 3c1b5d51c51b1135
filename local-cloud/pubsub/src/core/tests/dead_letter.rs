use super::*;
use crate::core::DeadLetter;

fn with_dead_letters(max_attempts: u32) -> Subscription {
    Subscription {
        dead_letter: Some(DeadLetter { topic: DEAD_TOPIC.to_owned(), max_attempts }),
        ..subscription()
    }
}

fn pull_dead(bench: &mut Bench) -> Vec<Delivery> {
    let core = bench.core.core_mut();
    let holder = core.connect(DEAD_SUBSCRIPTION, client("a"), bench.now).unwrap();
    core.pull(DEAD_SUBSCRIPTION, holder, 10, bench.now).unwrap().0
}

#[test]
fn a_message_that_fails_too_often_is_forwarded_with_its_history() {
    let mut bench = Bench::new(with_dead_letters(5));
    let holder = bench.connect(client("a"));
    bench.publish(&["poison"]);
    let published_at = bench.now;
    for attempt in 1..=5 {
        let got = bench.pull(holder);
        assert_eq!(got[0].attempt, Some(attempt));
        assert!(pull_dead(&mut bench).is_empty(), "attempt {attempt}");
        // An expired lease counts like a negative acknowledgement.
        if attempt % 2 == 0 { drop(bench.nack(&got)) } else { bench.pass(10 * SECOND) }
    }
    assert!(bench.pull(holder).is_empty());
    let dead = pull_dead(&mut bench);
    assert_eq!(texts(&dead), ["poison"]);
    let attributes = &dead[0].message.attributes;
    assert_eq!(attributes["CloudPubSubDeadLetterSourceDeliveryCount"], "5");
    assert_eq!(attributes["CloudPubSubDeadLetterSourceSubscription"], "worker");
    assert_eq!(attributes["CloudPubSubDeadLetterSourceSubscriptionProject"], "p");
    let time = published_at.format(&time::format_description::well_known::Rfc3339).unwrap();
    assert_eq!(attributes["CloudPubSubDeadLetterSourceTopicPublishTime"], time);
}

#[test]
fn without_a_dead_letter_policy_attempts_are_not_reported() {
    let mut bench = Bench::new(subscription());
    let holder = bench.connect(client("a"));
    bench.publish(&["1"]);
    assert_eq!(bench.pull(holder)[0].attempt, None);
}

#[test]
fn a_message_is_kept_while_its_dead_letter_topic_is_missing() {
    let mut bench = Bench::new(with_dead_letters(5));
    let holder = bench.connect(client("a"));
    bench.publish(&["poison"]);
    bench.run(|core, _| core.delete_topic(DEAD_TOPIC)).unwrap();
    for attempt in 1..=7 {
        let got = bench.pull(holder);
        assert_eq!(got[0].attempt, Some(attempt));
        bench.nack(&got);
    }
}

#[test]
fn failures_are_counted_across_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("journal");
    let mut bench =
        Bench::on(Durable::open(&path, PubSub::default()).unwrap(), with_dead_letters(5));
    let holder = bench.connect(client("a"));
    bench.publish(&["poison"]);
    for _ in 0..3 {
        let got = bench.pull(holder);
        bench.nack(&got);
    }
    bench.core = Durable::open(&path, PubSub::default()).unwrap();
    let holder = bench.connect(client("a"));
    assert_eq!(bench.pull(holder)[0].attempt, Some(4));
}
