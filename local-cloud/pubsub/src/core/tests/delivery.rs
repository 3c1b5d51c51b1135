use super::*;
use crate::core::{AfterDisconnect, Filter};

#[test]
fn a_message_goes_to_one_client_until_it_is_acknowledged() {
    let mut bench = Bench::new(subscription());
    let (a, b) = (bench.connect(client("a")), bench.connect(client("b")));
    bench.publish(&["1", "2"]);
    let got = bench.pull(a);
    assert_eq!(texts(&got), ["1", "2"]);
    assert!(bench.pull(b).is_empty());
    bench.ack(&got);
    bench.pass(3600 * SECOND);
    assert!(bench.pull(b).is_empty());
}

#[test]
fn an_expired_lease_redelivers_the_message_and_an_extended_one_does_not() {
    let mut bench = Bench::new(subscription());
    let holder = bench.connect(client("a"));
    bench.publish(&["extended", "forgotten"]);
    let got = bench.pull(holder);
    bench.modify(&got[..1], 60 * SECOND);
    bench.pass(9 * SECOND);
    assert!(bench.pull(holder).is_empty());
    bench.pass(SECOND);
    assert_eq!(texts(&bench.pull(holder)), ["forgotten"]);
    bench.pass(49 * SECOND);
    assert_eq!(texts(&bench.pull(holder)), ["forgotten"]);
    bench.pass(SECOND);
    assert_eq!(texts(&bench.pull(holder)), ["extended"]);
}

#[test]
fn the_next_wakeup_is_when_the_first_lease_ends() {
    let mut bench = Bench::new(subscription());
    let holder = bench.connect(client("a"));
    assert_eq!(bench.core.next_wakeup(), None);
    bench.publish(&["1"]);
    let got = bench.pull(holder);
    assert_eq!(bench.core.next_wakeup(), Some(bench.now + 10 * SECOND));
    bench.modify(&got, 20 * SECOND);
    assert_eq!(bench.core.next_wakeup(), Some(bench.now + 20 * SECOND));
}

#[test]
fn a_negative_acknowledgement_without_retry_policy_redelivers_at_once() {
    let mut bench = Bench::new(subscription());
    let holder = bench.connect(client("a"));
    bench.publish(&["1"]);
    let got = bench.pull(holder);
    bench.core.core_mut().take_awakened();
    bench.nack(&got);
    assert_eq!(bench.core.core_mut().take_awakened(), [SUBSCRIPTION]);
    let again = bench.pull(holder);
    assert_eq!(again[0].message, got[0].message);
    assert_ne!(again[0].ack_id, got[0].ack_id);
}

#[test]
fn the_backoff_doubles_from_minimum_to_maximum() {
    let mut bench = Bench::new(Subscription { retry: retry(10, 35), ..subscription() });
    let holder = bench.connect(client("a"));
    bench.publish(&["1"]);
    for wait in [10, 20, 35, 35] {
        let got = bench.pull(holder);
        assert_eq!(got.len(), 1);
        bench.nack(&got);
        bench.pass((wait - 1) * SECOND);
        assert!(bench.pull(holder).is_empty(), "before {wait} s");
        bench.pass(SECOND);
    }
    assert_eq!(bench.pull(holder).len(), 1);
}

#[test]
fn a_stale_lease_may_acknowledge_a_message_but_neither_extend_nor_return_it() {
    let mut bench = Bench::new(subscription());
    let holder = bench.connect(client("a"));
    bench.publish(&["1"]);
    let old = bench.pull(holder);
    bench.pass(10 * SECOND);
    let new = bench.pull(holder);
    bench.nack(&old);
    assert!(bench.pull(holder).is_empty(), "an old lease returned it");
    bench.modify(&old, 600 * SECOND);
    bench.pass(10 * SECOND);
    assert_eq!(bench.pull(holder).len(), 1, "an old lease extended it");
    bench.ack(&old);
    bench.ack(&new);
    bench.pass(10 * SECOND);
    assert!(bench.pull(holder).is_empty());
}

#[test]
fn a_client_gets_no_more_than_its_limits_until_it_acknowledges() {
    let mut bench = Bench::new(subscription());
    let few = bench.connect(Client { max_messages: Some(2), ..client("few") });
    bench.publish(&["1", "2", "3", "4", "5"]);
    let got = bench.pull(few);
    assert_eq!(texts(&got), ["1", "2"]);
    assert!(bench.pull(few).is_empty());
    bench.modify(&got, 60 * SECOND);
    bench.ack(&got[..1]);
    assert_eq!(texts(&bench.pull(few)), ["3"]);
    let small = bench.connect(Client { max_bytes: Some(1), ..client("small") });
    assert_eq!(texts(&bench.pull(small)), ["4"]);
    assert!(bench.pull(small).is_empty());
    bench.pass(10 * SECOND);
    assert_eq!(texts(&bench.pull(small)), ["3"], "an expired lease frees capacity");
}

#[test]
fn a_response_stays_below_the_limit_of_every_client() {
    let mut bench = Bench::new(subscription());
    let holder = bench.connect(client("a"));
    let large = "x".repeat(600 * 1024);
    bench.publish(&[&large, &large, &"y".repeat(3 * 1024 * 1024), "small"]);
    assert_eq!(bench.pull(holder).len(), 1);
    assert_eq!(bench.pull(holder).len(), 1);
    assert_eq!(bench.pull(holder).len(), 1);
    assert_eq!(texts(&bench.pull(holder)), ["small"]);
}

#[test]
fn a_client_that_closes_its_stream_keeps_its_leases_and_one_that_is_gone_does_not() {
    let mut bench = Bench::new(Subscription { retry: retry(5, 60), ..subscription() });
    let (a, b) = (bench.connect(client("a")), bench.connect(client("b")));
    bench.publish(&["1"]);
    let got = bench.pull(a);
    bench
        .run(|core, now| Ok(core.disconnect(SUBSCRIPTION, a, AfterDisconnect::KeepLeases, now)))
        .unwrap();
    bench.modify(&got, 30 * SECOND);
    bench.pass(29 * SECOND);
    assert!(bench.pull(b).is_empty());
    bench.pass(SECOND);
    bench.pass(5 * SECOND);
    assert_eq!(bench.pull(b).len(), 1);
    bench
        .run(|core, now| Ok(core.disconnect(SUBSCRIPTION, b, AfterDisconnect::EndLeases, now)))
        .unwrap();
    let c = bench.connect(client("c"));
    bench.pass(9 * SECOND);
    assert!(bench.pull(c).is_empty(), "a lost client is a failed delivery, with its backoff");
    bench.pass(SECOND);
    assert_eq!(bench.pull(c).len(), 1);
}

#[test]
fn a_closed_stream_returns_the_messages_that_its_client_has_never_named() {
    let mut bench = Bench::new(subscription());
    let (a, b) = (bench.connect(for_a_minute("a")), bench.connect(for_a_minute("b")));
    bench.publish(&["extended", "claimed late", "unread", "acknowledged"]);
    let got = bench.pull(a);
    bench.modify(&got[..1], 60 * SECOND);
    bench.ack(&got[3..]);
    close(&mut bench, a);
    assert!(bench.pull(b).is_empty());
    bench.modify(&got[1..2], 60 * SECOND);
    bench.pass(SECOND);
    let again = bench.pull(b);
    assert_eq!(texts(&again), ["unread"]);
    bench.ack(&again);
    bench.pass(58 * SECOND);
    assert!(bench.pull(b).is_empty());
    bench.pass(SECOND);
    assert_eq!(texts(&bench.pull(b)), ["extended", "claimed late"]);
}

#[test]
fn a_closed_stream_keeps_the_leases_of_a_client_that_does_not_claim_on_receipt() {
    let mut bench = Bench::new(subscription());
    let (a, b) = (bench.connect(client("a")), bench.connect(client("b")));
    bench.publish(&["extended late", "unnamed", "acknowledged"]);
    let got = bench.pull(a);
    bench.ack(&got[2..]);
    bench.pass(7 * SECOND);
    bench.modify(&got[..1], 10 * SECOND);
    close(&mut bench, a);
    bench.pass(2 * SECOND);
    assert!(bench.pull(b).is_empty());
    bench.pass(SECOND);
    assert_eq!(texts(&bench.pull(b)), ["unnamed"]);
}

/// A client whose messages are leased for a minute, as those of Google's client for Go are.
fn for_a_minute(id: &str) -> Client {
    Client { lease: 60 * SECOND, ..client(id) }
}

fn close(bench: &mut Bench, holder: u64) {
    bench
        .run(|core, now| {
            Ok(core.disconnect(SUBSCRIPTION, holder, AfterDisconnect::KeepClaimed, now))
        })
        .unwrap();
}

#[test]
fn a_receipt_counts_although_the_message_was_settled_before_it() {
    type Settle = fn(&mut Bench, &[Delivery]) -> Receipt;
    let table: [(&str, Settle, &[&str]); 2] =
        [("acknowledged", Bench::ack, &["unread"]), ("returned", Bench::nack, &["1", "unread"])];
    for (what, settle, unread) in table {
        let mut bench = Bench::new(subscription());
        let (a, b) = (bench.connect(for_a_minute("a")), bench.connect(for_a_minute("b")));
        bench.publish(&["1"]);
        let got = bench.pull(a);
        settle(&mut bench, &got);
        bench.publish(&["unread"]);
        assert_eq!(texts(&bench.pull(a)), unread, "{what}");
        bench.modify(&got, 60 * SECOND);
        close(&mut bench, a);
        bench.pass(SECOND);
        assert_eq!(texts(&bench.pull(b)), unread, "{what}");
    }
}

#[test]
fn a_closed_stream_returns_the_messages_that_its_client_has_returned_before() {
    let mut bench = Bench::new(subscription());
    let (a, b) = (bench.connect(client("a")), bench.connect(client("b")));
    bench.publish(&["returned", "expired"]);
    let got = bench.pull(a);
    bench.nack(&got[..1]);
    bench.pass(10 * SECOND);
    bench.publish(&["new"]);
    assert_eq!(texts(&bench.pull(a)), ["returned", "expired", "new"]);
    close(&mut bench, a);
    bench.pass(SECOND);
    let again = bench.pull(b);
    assert_eq!(texts(&again), ["returned"]);
    bench.nack(&again);
    let c = bench.connect(client("c"));
    assert_eq!(texts(&bench.pull(c)), ["returned"]);
    close(&mut bench, c);
    bench.pass(SECOND);
    assert!(bench.pull(b).is_empty(), "another client returned it");
    bench.pass(8 * SECOND);
    assert_eq!(texts(&bench.pull(b)), ["expired", "new"]);
    bench.pass(SECOND);
    assert_eq!(texts(&bench.pull(b)), ["returned"]);
}

#[test]
fn the_receipt_of_a_busy_client_may_take_seconds() {
    let mut bench = Bench::new(subscription());
    let (a, b) = (bench.connect(for_a_minute("a")), bench.connect(for_a_minute("b")));
    bench.publish(&["extended", "unread"]);
    let got = bench.pull(a);
    bench.pass(10 * SECOND);
    bench.modify(&got[..1], 60 * SECOND);
    close(&mut bench, a);
    bench.pass(SECOND);
    assert_eq!(texts(&bench.pull(b)), ["unread"]);
}

#[test]
fn a_client_that_claims_on_receipt_does_so_on_all_its_streams() {
    let mut bench = Bench::new(subscription());
    let (earlier, first) = (bench.connect(for_a_minute("a")), bench.connect(for_a_minute("a")));
    bench.publish(&["extended"]);
    let got = bench.pull(first);
    bench.modify(&got, 60 * SECOND);
    let later = bench.connect(for_a_minute("a"));
    close(&mut bench, first);
    let other = bench.connect(for_a_minute("b"));
    for stream in [earlier, later] {
        bench.publish(&["unread"]);
        assert_eq!(texts(&bench.pull(stream)), ["unread"]);
        close(&mut bench, stream);
        bench.pass(SECOND);
        let got = bench.pull(other);
        assert_eq!(texts(&got), ["unread"]);
        bench.ack(&got);
    }
}

#[test]
fn a_closed_stream_keeps_all_leases_under_exactly_once_delivery() {
    let mut bench = Bench::new(Subscription { exactly_once: true, ..subscription() });
    let (a, b) = (bench.connect(client("a")), bench.connect(client("b")));
    bench.publish(&["1"]);
    bench.pull(a);
    close(&mut bench, a);
    bench.pass(9 * SECOND);
    assert!(bench.pull(b).is_empty());
    bench.pass(SECOND);
    assert_eq!(texts(&bench.pull(b)), ["1"]);
}

#[test]
fn a_message_older_than_the_retention_is_dropped() {
    let mut bench = Bench::new(Subscription { retention: 600 * SECOND, ..subscription() });
    let holder = bench.connect(client("a"));
    bench.publish(&["old"]);
    bench.pass(599 * SECOND);
    bench.publish(&["young"]);
    bench.pass(SECOND);
    assert_eq!(texts(&bench.pull(holder)), ["young"]);
}

#[test]
fn every_subscription_gets_the_messages_that_its_filter_selects() {
    let filter = Filter::parse("attributes.kind = \"build\"").unwrap();
    let mut bench = Bench::new(Subscription { filter, ..subscription() });
    let all = "projects/p/subscriptions/all";
    bench.run(|core, _| core.create_subscription(Subscription::new(all, TOPIC))).unwrap();
    for kind in ["build", "image"] {
        let attributes = [("kind".to_owned(), kind.to_owned())].into();
        let draft = Draft { data: kind.into(), attributes, ..Draft::default() };
        bench.run(|core, now| Ok(core.publish(TOPIC, vec![draft], now)?.events)).unwrap();
    }
    let holder = bench.connect(client("a"));
    assert_eq!(texts(&bench.pull(holder)), ["build"]);
    let core = bench.core.core_mut();
    let holder = core.connect(all, client("a"), bench.now).unwrap();
    assert_eq!(texts(&core.pull(all, holder, 10, bench.now).unwrap().0), ["build", "image"]);
}

#[test]
fn subscriptions_of_a_deleted_topic_keep_their_messages() {
    let mut bench = Bench::new(subscription());
    bench.publish(&["1"]);
    bench.run(|core, _| core.delete_topic(TOPIC)).unwrap();
    assert_eq!(bench.core.subscription(SUBSCRIPTION).unwrap().topic, "_deleted-topic_");
    let holder = bench.connect(client("a"));
    assert_eq!(texts(&bench.pull(holder)), ["1"]);
}

#[test]
fn a_deleted_subscription_wakes_and_rejects_its_clients() {
    let mut bench = Bench::new(subscription());
    let holder = bench.connect(client("a"));
    bench.run(|core, _| core.delete_subscription(SUBSCRIPTION)).unwrap();
    assert_eq!(bench.core.core_mut().take_awakened(), [SUBSCRIPTION]);
    bench.run(|core, _| core.create_subscription(subscription())).unwrap();
    let refused = bench.core.core_mut().pull(SUBSCRIPTION, holder, 1, bench.now);
    assert!(
        matches!(refused, Err(Refusal::NotFound(_))),
        "a new subscription with the same name is a different one"
    );
}

/// A client that stays connected, such as a streaming pull.
fn streaming(id: &str) -> Client {
    Client { must_speak: true, ..client(id) }
}

#[test]
fn a_frozen_client_gets_no_more_messages_after_a_lease_has_expired() {
    let mut bench = Bench::new(subscription());
    let (frozen, healthy) = (bench.connect(streaming("a")), bench.connect(streaming("b")));
    bench.publish(&["1"]);
    assert_eq!(texts(&bench.pull(frozen)), ["1"]);
    bench.pass(10 * SECOND);
    bench.publish(&["2"]);
    assert!(bench.pull(frozen).is_empty());
    let got = bench.pull(healthy);
    assert_eq!(texts(&got), ["1", "2"]);
    bench.ack(&got);
    bench.publish(&["3"]);
    assert!(bench.pull(frozen).is_empty());
}

#[test]
fn a_client_that_speaks_again_gets_messages_again() {
    type Speak = fn(&mut Bench, u64, &[Delivery]);
    let table: [(&str, Speak); 4] = [
        ("a request", |bench, holder, _| bench.core.core_mut().hear(SUBSCRIPTION, holder)),
        ("a late acknowledgement", |bench, _, late| drop(bench.ack(late))),
        ("a late extension", |bench, _, late| drop(bench.modify(late, 60 * SECOND))),
        ("a late return", |bench, _, late| drop(bench.nack(late))),
    ];
    for (what, speak) in table {
        let mut bench = Bench::new(subscription());
        let holder = bench.connect(streaming("a"));
        bench.publish(&["1"]);
        let late = bench.pull(holder);
        bench.pass(10 * SECOND);
        bench.publish(&["2"]);
        assert!(bench.pull(holder).is_empty(), "{what}");
        bench.core.core_mut().take_awakened();
        speak(&mut bench, holder, &late);
        assert_eq!(bench.core.core_mut().take_awakened(), [SUBSCRIPTION], "{what}");
        assert!(texts(&bench.pull(holder)).contains(&"2".to_owned()), "{what}");
    }
}

#[test]
fn a_client_whose_messages_another_one_has_handled_since_is_heard() {
    let mut bench = Bench::new(subscription());
    let (slow, other) = (bench.connect(streaming("a")), bench.connect(streaming("b")));
    bench.publish(&["1"]);
    let late = bench.pull(slow);
    bench.pass(10 * SECOND);
    let got = bench.pull(other);
    bench.ack(&got);
    bench.ack(&late);
    bench.publish(&["2"]);
    assert_eq!(texts(&bench.pull(slow)), ["2"]);
}
