use super::*;

fn ordered() -> Subscription {
    Subscription { ordered: true, ..subscription() }
}

#[test]
fn messages_of_a_key_are_delivered_without_waiting_for_acknowledgements() {
    let mut bench = Bench::new(ordered());
    let holder = bench.connect(client("a"));
    bench.publish_with_key(&["1", "2", "3"], "k");
    assert_eq!(texts(&bench.pull(holder)), ["1", "2", "3"]);
}

#[test]
fn a_failure_redelivers_later_messages_of_the_same_key_only() {
    for retry in [None, retry(10, 600)] {
        let mut bench = Bench::new(Subscription { retry, ..ordered() });
        let holder = bench.connect(Client { lease: 600 * SECOND, ..client("a") });
        bench.publish_with_key(&["1", "2", "3"], "k");
        bench.publish_with_key(&["other"], "l");
        bench.publish(&["unordered"]);
        let got = bench.pull(holder);
        bench.nack(&got[1..2]);
        bench.publish_with_key(&["4"], "k");
        if retry.is_some() {
            assert!(bench.pull(holder).is_empty(), "nothing of the key before its backoff");
            bench.pass(10 * SECOND);
        }
        assert_eq!(texts(&bench.pull(holder)), ["2", "3", "4"]);
    }
}

#[test]
fn a_later_failure_does_not_overtake_an_earlier_one() {
    let mut bench = Bench::new(Subscription { retry: retry(10, 600), ..ordered() });
    let holder = bench.connect(Client { lease: 600 * SECOND, ..client("a") });
    bench.publish_with_key(&["1", "2"], "k");
    let got = bench.pull(holder);
    bench.nack(&got[1..]);
    bench.pass(9 * SECOND);
    bench.nack(&got[..1]);
    bench.pass(9 * SECOND);
    assert!(bench.pull(holder).is_empty());
    bench.pass(SECOND);
    assert_eq!(texts(&bench.pull(holder)), ["1", "2"]);
}

#[test]
fn a_key_belongs_to_one_client_while_that_holds_its_messages() {
    let mut bench = Bench::new(ordered());
    let (a, b) = (
        bench.connect(Client { max_messages: Some(1), ..client("a") }),
        bench.connect(client("b")),
    );
    bench.publish_with_key(&["1", "2"], "k");
    bench.publish_with_key(&["other"], "l");
    let got = bench.pull(a);
    assert_eq!(texts(&got), ["1"]);
    assert_eq!(texts(&bench.pull(b)), ["other"]);
    bench.core.core_mut().take_awakened();
    bench.ack(&got);
    assert_eq!(bench.core.core_mut().take_awakened(), [SUBSCRIPTION]);
    assert_eq!(texts(&bench.pull(b)), ["2"]);
}

#[test]
fn a_subscription_without_ordering_ignores_keys() {
    let mut bench = Bench::new(subscription());
    let holder = bench.connect(client("a"));
    bench.publish_with_key(&["1", "2"], "k");
    let got = bench.pull(holder);
    bench.nack(&got[..1]);
    assert_eq!(texts(&bench.pull(holder)), ["1"]);
}

#[test]
fn a_failure_redelivers_later_messages_that_were_acknowledged() {
    for by_expiry in [false, true] {
        let mut bench = Bench::new(ordered());
        let holder = bench.connect(client("a"));
        bench.publish_with_key(&["1", "2", "3"], "k");
        let got = bench.pull(holder);
        bench.ack(&got[1..]);
        assert!(bench.pull(holder).is_empty());
        if by_expiry {
            bench.pass(10 * SECOND)
        } else {
            drop(bench.nack(&got[..1]))
        }
        let again = bench.pull(holder);
        assert_eq!(texts(&again), ["1", "2", "3"]);
        bench.ack(&again);
        bench.pass(3600 * SECOND);
        assert!(bench.pull(holder).is_empty());
    }
}

#[test]
fn messages_acknowledged_out_of_order_are_dropped_with_the_first() {
    let mut bench = Bench::new(ordered());
    let holder = bench.connect(client("a"));
    bench.publish_with_key(&["1", "2", "3"], "k");
    let got = bench.pull(holder);
    bench.ack(&got[1..]);
    bench.replay_snapshot();
    let holder = bench.connect(client("a"));
    let again = bench.pull(holder);
    assert_eq!(texts(&again), ["1"], "a restart is not a failure");
    bench.ack(&again);
    let stored = bench
        .core
        .snapshot()
        .into_iter()
        .filter(|event| matches!(event, Event::Stored { .. }))
        .count();
    assert_eq!(stored, 0);
}

#[test]
fn a_push_gets_one_message_of_a_key_at_a_time_and_in_order_after_a_failure() {
    let push =
        crate::core::Push { endpoint: "http://127.0.0.1:1/".to_owned(), ..Default::default() };
    for retry in [None, retry(10, 600)] {
        let mut bench = Bench::new(Subscription { push: Some(push.clone()), retry, ..ordered() });
        let holder = bench.connect(Client { pushes: true, lease: 600 * SECOND, ..client("a") });
        bench.publish_with_key(&["k1", "k2", "k3"], "k");
        bench.publish_with_key(&["l1", "l2"], "l");
        bench.publish(&["unordered 1", "unordered 2"]);
        let got = bench.pull(holder);
        assert_eq!(texts(&got), ["k1", "l1", "unordered 1", "unordered 2"]);
        assert!(bench.pull(holder).is_empty());
        bench.core.core_mut().take_awakened();
        bench.ack(&got[1..2]);
        assert_eq!(bench.core.core_mut().take_awakened(), [SUBSCRIPTION]);
        assert_eq!(texts(&bench.pull(holder)), ["l2"]);
        bench.nack(&got[..1]);
        if retry.is_some() {
            assert!(bench.pull(holder).is_empty(), "nothing of the key before its backoff");
            bench.pass(10 * SECOND);
        }
        for expected in ["k1", "k2", "k3"] {
            let got = bench.pull(holder);
            assert_eq!(texts(&got), [expected]);
            bench.ack(&got);
        }
    }
}
