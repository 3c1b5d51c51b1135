use super::*;

fn seek(bench: &mut Bench, time: OffsetDateTime) {
    bench.run(|core, now| core.seek(SUBSCRIPTION, time, now)).unwrap();
}

/// Publishes a message now, one a minute later, and one another minute later; returns the time of
/// the second.
fn publish_three(bench: &mut Bench) -> OffsetDateTime {
    bench.publish(&["1"]);
    bench.pass(60 * SECOND);
    let second = bench.now;
    bench.publish(&["2"]);
    bench.pass(60 * SECOND);
    bench.publish(&["3"]);
    second
}

#[test]
fn a_seek_settles_older_messages_and_leaves_the_rest() {
    let mut bench = Bench::new(subscription());
    let holder = bench.connect(client("a"));
    let second = publish_three(&mut bench);
    seek(&mut bench, second);
    assert_eq!(texts(&bench.pull(holder)), ["2", "3"]);
    let future = bench.now + SECOND;
    seek(&mut bench, future);
    bench.pass(3600 * SECOND);
    assert!(bench.pull(holder).is_empty(), "a time in the future purges everything");
}

#[test]
fn leased_messages_are_delivered_again_at_once() {
    for ordered in [false, true] {
        let mut bench = Bench::new(Subscription { ordered, ..subscription() });
        let holder = bench.connect(client("a"));
        let start = bench.now;
        bench.publish(&["1", "2"]);
        let got = bench.pull(holder);
        assert_eq!(texts(&got), ["1", "2"]);
        seek(&mut bench, start);
        let expected: &[&str] = if ordered { &[] } else { &["1", "2"] };
        assert_eq!(texts(&bench.pull(holder)), expected, "ordered: {ordered}");
        // The acknowledgements of the first deliveries count, however late.
        bench.ack(&got);
        bench.pass(3600 * SECOND);
        assert!(bench.pull(holder).is_empty());
    }
}

#[test]
fn acknowledged_messages_come_back_when_subscription_or_topic_retains_them() {
    for (by_subscription, by_topic) in [(true, false), (false, true), (true, true), (false, false)]
    {
        let mut bench =
            Bench::new(Subscription { retain_acked: by_subscription, ..subscription() });
        let retention = by_topic.then_some(600 * SECOND);
        bench
            .run(|core, _| {
                core.update_topic(Topic { name: TOPIC.to_owned(), retention, ..Topic::default() })
            })
            .unwrap();
        let holder = bench.connect(client("a"));
        let second = publish_three(&mut bench);
        let got = bench.pull(holder);
        bench.ack(&got);
        bench.replay_snapshot();
        let holder = bench.connect(client("a"));
        assert!(bench.pull(holder).is_empty());
        seek(&mut bench, second);
        let expected: &[&str] = if by_subscription || by_topic { &["2", "3"] } else { &[] };
        let again = bench.pull(holder);
        assert_eq!(texts(&again), expected, "subscription {by_subscription}, topic {by_topic}");
        if let Some(again) = again.first() {
            assert_eq!(again.message, got[1].message, "the same message, not a copy");
        }
    }
}

#[test]
fn messages_older_than_the_retention_do_not_come_back() {
    let mut bench =
        Bench::new(Subscription { retain_acked: true, retention: 600 * SECOND, ..subscription() });
    let holder = bench.connect(client("a"));
    let start = bench.now;
    publish_three(&mut bench);
    let got = bench.pull(holder);
    bench.ack(&got);
    bench.pass(500 * SECOND);
    seek(&mut bench, start);
    assert_eq!(texts(&bench.pull(holder)), ["2", "3"]);
}

#[test]
fn a_new_subscription_can_seek_to_what_its_topic_retains() {
    let mut bench = Bench::new(subscription());
    bench.run(|core, _| core.delete_subscription(SUBSCRIPTION)).unwrap();
    let retention = Some(Duration::from_secs(31 * 24 * 3600));
    bench
        .run(|core, _| {
            core.update_topic(Topic { name: TOPIC.to_owned(), retention, ..Topic::default() })
        })
        .unwrap();
    let start = bench.now;
    bench.publish(&["1", "2"]);
    bench.pass(Duration::from_secs(8 * 24 * 3600));
    bench.run(|core, _| core.create_subscription(subscription())).unwrap();
    let holder = bench.connect(client("a"));
    assert!(bench.pull(holder).is_empty());
    seek(&mut bench, start);
    assert_eq!(texts(&bench.pull(holder)), ["1", "2"], "the topic's retention is the longer one");
}

#[test]
fn a_seek_brings_ordered_messages_back_in_order() {
    let mut bench =
        Bench::new(Subscription { ordered: true, retain_acked: true, ..subscription() });
    let holder = bench.connect(client("a"));
    let start = bench.now;
    bench.publish_with_key(&["1", "2", "3"], "k");
    let got = bench.pull(holder);
    bench.ack(&got[..1]);
    bench.ack(&got[2..]);
    seek(&mut bench, start);
    bench.pass(10 * SECOND);
    assert_eq!(texts(&bench.pull(holder)), ["1", "2", "3"]);
}

#[test]
fn a_seek_survives_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("journal");
    let config = Subscription { retain_acked: true, ..subscription() };
    let mut bench = Bench::on(Durable::open(&path, PubSub::default()).unwrap(), config);
    let holder = bench.connect(client("a"));
    let second = publish_three(&mut bench);
    let got = bench.pull(holder);
    bench.ack(&got);
    seek(&mut bench, second);
    bench.restart(&path);
    let holder = bench.connect(client("a"));
    assert_eq!(texts(&bench.pull(holder)), ["2", "3"]);
}

#[test]
fn a_detached_subscription_is_empty_and_rejects_its_clients() {
    let mut bench = Bench::new(Subscription { retain_acked: true, ..subscription() });
    let holder = bench.connect(client("a"));
    bench.publish(&["1"]);
    bench.core.core_mut().take_awakened();
    bench.run(|core, _| core.detach(SUBSCRIPTION)).unwrap();
    assert_eq!(bench.core.core_mut().take_awakened(), [SUBSCRIPTION]);
    bench.publish(&["2"]);
    bench.replay_snapshot();
    assert!(bench.core.subscription(SUBSCRIPTION).unwrap().detached);
    assert_eq!(bench.core.topic_subscriptions(TOPIC).unwrap().count(), 0);
    let now = bench.now;
    for refused in [
        bench.core.core_mut().connect(SUBSCRIPTION, client("a"), now).map(|_| ()),
        bench.run(|core, now| core.seek(SUBSCRIPTION, now, now)),
    ] {
        assert!(matches!(refused, Err(Refusal::FailedPrecondition(_))), "{refused:?}");
    }
    let gone = bench.core.core_mut().pull(SUBSCRIPTION, holder, 1, now);
    assert!(gone.is_err());
}

#[test]
fn a_push_subscription_cannot_be_pulled_nor_a_pull_subscription_pushed() {
    let push =
        crate::core::Push { endpoint: "http://127.0.0.1:1/".to_owned(), ..Default::default() };
    let mut bench = Bench::new(subscription());
    let holder = bench.connect(client("a"));
    bench.publish(&["1"]);
    bench.run(|core, _| core.modify_push(SUBSCRIPTION, Some(push))).unwrap();
    let now = bench.now;
    let refused = bench.core.core_mut().pull(SUBSCRIPTION, holder, 1, now);
    assert!(matches!(refused, Err(Refusal::FailedPrecondition(_))), "{refused:?}");
    let pusher = || Client { pushes: true, ..client("") };
    let holder = bench.connect(pusher());
    assert_eq!(texts(&bench.pull(holder)), ["1"]);
    bench.run(|core, _| core.modify_push(SUBSCRIPTION, None)).unwrap();
    let refused = bench.core.core_mut().connect(SUBSCRIPTION, pusher(), now);
    assert!(matches!(refused, Err(Refusal::FailedPrecondition(_))), "{refused:?}");
}
