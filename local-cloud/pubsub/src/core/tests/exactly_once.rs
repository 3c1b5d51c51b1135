use super::*;
use crate::core::{AckFailure, AfterDisconnect};

fn exactly_once() -> Subscription {
    Subscription { exactly_once: true, ..subscription() }
}

fn failures(receipt: &Receipt) -> Vec<AckFailure> {
    receipt.failed.iter().map(|(_, why)| *why).collect()
}

#[test]
fn an_acknowledgement_needs_a_valid_lease() {
    let mut bench = Bench::new(exactly_once());
    let holder = bench.connect(client("a"));
    bench.publish(&["1"]);
    let old = bench.pull(holder);
    bench.pass(10 * SECOND);
    let new = bench.pull(holder);
    assert_eq!(texts(&new), ["1"]);
    let refused = bench.ack(&old);
    assert_eq!((refused.taken.len(), failures(&refused)), (0, vec![AckFailure::InvalidAckId]));
    let taken = bench.ack(&new);
    assert_eq!((taken.taken.len(), taken.failed.len()), (1, 0));
    bench.pass(3600 * SECOND);
    assert!(bench.pull(holder).is_empty());
}

#[test]
fn a_lease_expires_on_time_even_before_the_timers_run() {
    let mut bench = Bench::new(exactly_once());
    let holder = bench.connect(client("a"));
    bench.publish(&["1"]);
    let got = bench.pull(holder);
    bench.now += 10 * SECOND;
    assert_eq!(failures(&bench.ack(&got)), [AckFailure::InvalidAckId]);
    assert_eq!(failures(&bench.modify(&got, 60 * SECOND)), [AckFailure::InvalidAckId]);
}

#[test]
fn a_repeated_acknowledgement_succeeds_and_a_malformed_one_fails_alone() {
    let mut bench = Bench::new(exactly_once());
    let holder = bench.connect(client("a"));
    bench.publish(&["1", "2"]);
    let got = bench.pull(holder);
    bench.ack(&got[..1]);
    let ids = [ack_ids(&got), vec!["junk".to_owned()]].concat();
    let receipt = bench.ask(|core, now| core.acknowledge(SUBSCRIPTION, &ids, now)).unwrap();
    assert_eq!(receipt.taken, ack_ids(&got));
    assert_eq!(receipt.failed, [("junk".to_owned(), AckFailure::InvalidAckId)]);
    let refused = receipt.into_result().unwrap_err();
    let Refusal::AckIds(outcomes) = refused else { panic!("{refused:?}") };
    assert_eq!(outcomes.len(), 3, "clients give up ids that the error does not name");
    bench.pass(3600 * SECOND);
    assert!(bench.pull(holder).is_empty());
}

#[test]
fn the_lease_of_a_lost_client_continues() {
    let mut bench = Bench::new(exactly_once());
    let (a, b) = (bench.connect(client("a")), bench.connect(client("b")));
    bench.publish(&["1"]);
    let got = bench.pull(a);
    bench
        .run(|core, now| Ok(core.disconnect(SUBSCRIPTION, a, AfterDisconnect::EndLeases, now)))
        .unwrap();
    assert!(bench.pull(b).is_empty());
    assert_eq!(bench.ack(&got).taken.len(), 1);
    bench.pass(10 * SECOND);
    assert!(bench.pull(b).is_empty());
}

#[test]
fn leases_survive_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("journal");
    let mut bench = Bench::on(Durable::open(&path, PubSub::default()).unwrap(), exactly_once());
    let holder = bench.connect(client("a"));
    bench.publish(&["extended", "held", "returned", "settled"]);
    let got = bench.pull(holder);
    bench.modify(&got[..1], 60 * SECOND);
    bench.nack(&got[2..3]);
    bench.ack(&got[3..]);
    for from_snapshot in [false, true] {
        if from_snapshot {
            bench.replay_snapshot()
        } else {
            bench.restart(&path)
        }
        let holder = bench.connect(client("b"));
        if !from_snapshot {
            assert_eq!(texts(&bench.pull(holder)), ["returned"]);
        }
    }
    bench.pass(10 * SECOND);
    let holder = bench.connect(client("c"));
    assert_eq!(texts(&bench.pull(holder)), ["held", "returned"]);
    assert_eq!(bench.ack(&got[..1]).taken.len(), 1);
    assert_eq!(failures(&bench.ack(&got[1..2])), [AckFailure::InvalidAckId]);
}

#[test]
fn ordered_messages_are_acknowledged_in_order() {
    let mut bench = Bench::new(Subscription { ordered: true, ..exactly_once() });
    let holder = bench.connect(client("a"));
    bench.publish_with_key(&["1", "2", "3"], "k");
    let got = bench.pull(holder);
    assert_eq!(failures(&bench.ack(&got[1..2])), [AckFailure::Unordered]);
    let backwards: Vec<Delivery> = got[..2].iter().rev().cloned().collect();
    assert_eq!(failures(&bench.ack(&backwards)), []);
    assert_eq!(failures(&bench.ack(&got[2..])), []);
    bench.pass(3600 * SECOND);
    assert!(bench.pull(holder).is_empty());
}

#[test]
fn a_repeated_acknowledgement_does_not_settle_a_message_that_a_seek_brought_back() {
    let mut bench = Bench::new(Subscription { retain_acked: true, ..exactly_once() });
    let holder = bench.connect(client("a"));
    bench.publish(&["1"]);
    let got = bench.pull(holder);
    bench.ack(&got);
    bench.run(|core, now| core.seek(SUBSCRIPTION, now, now)).unwrap();
    assert_eq!(bench.ack(&got).taken.len(), 1);
    assert_eq!(texts(&bench.pull(holder)), ["1"]);
}
