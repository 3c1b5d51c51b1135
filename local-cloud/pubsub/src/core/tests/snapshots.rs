use super::*;

const SNAPSHOT: &str = "projects/p/snapshots/before";
const DAY: Duration = Duration::from_secs(24 * 3600);

fn take(bench: &mut Bench, name: &str) -> Result<crate::core::Snapshot, Refusal> {
    bench.ask(|core, now| {
        core.create_snapshot(name, SUBSCRIPTION, std::collections::BTreeMap::new(), now)
    })
}

fn seek(bench: &mut Bench, name: &str) {
    bench.run(|core, now| core.seek_to_snapshot(SUBSCRIPTION, name, now)).unwrap();
}

/// Acknowledges `1`, takes a snapshot, acknowledges `2` and then `4`, which came later.
fn acknowledge_around_snapshot(bench: &mut Bench) {
    let holder = bench.connect(client("a"));
    bench.publish(&["1", "2", "3"]);
    let got = bench.pull(holder);
    bench.ack(&got[..1]);
    take(bench, SNAPSHOT).unwrap();
    bench.ack(&got[1..2]);
    bench.publish(&["4", "5"]);
    let later = bench.pull(holder);
    bench.ack(&later[..1]);
}

#[test]
fn a_seek_to_a_snapshot_brings_its_backlog_and_later_messages_back() {
    let mut bench = Bench::new(subscription());
    acknowledge_around_snapshot(&mut bench);
    seek(&mut bench, SNAPSHOT);
    bench.pass(10 * SECOND);
    let holder = bench.connect(client("b"));
    assert_eq!(texts(&bench.pull(holder)), ["2", "3", "4", "5"]);
}

#[test]
fn a_snapshot_survives_restarts_and_compaction() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("journal");
    let mut bench = Bench::on(Durable::open(&path, PubSub::default()).unwrap(), subscription());
    acknowledge_around_snapshot(&mut bench);
    bench.restart(&path);
    bench.replay_snapshot();
    assert_eq!(bench.core.snapshots("projects/p").unwrap().count(), 1);
    seek(&mut bench, SNAPSHOT);
    bench.replay_snapshot();
    let holder = bench.connect(client("b"));
    assert_eq!(texts(&bench.pull(holder)), ["2", "3", "4", "5"]);
}

#[test]
fn another_subscription_of_the_topic_takes_over_the_state_of_a_snapshot() {
    let mut bench = Bench::new(subscription());
    let other = "projects/p/subscriptions/other";
    bench.run(|core, _| core.create_subscription(Subscription::new(other, TOPIC))).unwrap();
    acknowledge_around_snapshot(&mut bench);
    bench.run(|core, _| core.delete_subscription(SUBSCRIPTION)).unwrap();
    bench.run(|core, now| core.seek_to_snapshot(other, SNAPSHOT, now)).unwrap();
    let core = bench.core.core_mut();
    let holder = core.connect(other, client("b"), bench.now).unwrap();
    let got = core.pull(other, holder, 10, bench.now).unwrap().0;
    assert_eq!(texts(&got), ["2", "3", "4", "5"]);
    let refused = bench.run(|core, now| core.seek_to_snapshot(DEAD_SUBSCRIPTION, SNAPSHOT, now));
    assert!(matches!(refused, Err(Refusal::InvalidArgument(_))), "{refused:?}");
}

#[test]
fn messages_older_than_the_retention_do_not_come_back_from_a_snapshot() {
    let mut bench = Bench::new(Subscription { retention: 600 * SECOND, ..subscription() });
    let holder = bench.connect(client("a"));
    bench.publish(&["old"]);
    take(&mut bench, SNAPSHOT).unwrap();
    bench.pass(500 * SECOND);
    bench.publish(&["young"]);
    let got = bench.pull(holder);
    bench.ack(&got);
    bench.pass(200 * SECOND);
    seek(&mut bench, SNAPSHOT);
    assert_eq!(texts(&bench.pull(holder)), ["young"]);
}

#[test]
fn a_snapshot_expires_a_week_after_its_oldest_message() {
    let mut bench = Bench::new(subscription());
    bench.publish(&["1"]);
    bench.pass(3 * DAY);
    let snapshot = take(&mut bench, SNAPSHOT).unwrap();
    assert_eq!(snapshot.expires_at, bench.now + 4 * DAY);
    bench.pass(4 * DAY - SECOND);
    assert!(bench.core.snapshot_named(SNAPSHOT).is_ok());
    bench.pass(SECOND);
    assert!(matches!(bench.core.snapshot_named(SNAPSHOT), Err(Refusal::NotFound(_))));
    assert_eq!(bench.core.next_wakeup(), None);
}

#[test]
fn a_snapshot_of_a_backlog_that_is_too_old_is_rejected() {
    let mut bench = Bench::new(Subscription { retention: 14 * DAY, ..subscription() });
    bench.publish(&["1"]);
    bench.pass(7 * DAY - 3600 * SECOND);
    assert!(take(&mut bench, SNAPSHOT).is_ok());
    bench.pass(SECOND);
    let refused = take(&mut bench, "projects/p/snapshots/late");
    assert!(matches!(refused, Err(Refusal::FailedPrecondition(_))), "{refused:?}");
}

#[test]
fn a_snapshot_is_changed_within_its_limits_and_deleted() {
    let mut bench = Bench::new(subscription());
    let made = take(&mut bench, SNAPSHOT).unwrap();
    let again = take(&mut bench, SNAPSHOT);
    assert!(matches!(again, Err(Refusal::AlreadyExists(_))), "{again:?}");
    let labels = std::collections::BTreeMap::from([("a".to_owned(), "b".to_owned())]);
    for (expires_at, is_valid) in [
        (bench.now + DAY, true),
        (made.expires_at, true),
        (made.expires_at + SECOND, false),
        (bench.now, false),
    ] {
        let labels = labels.clone();
        let changed =
            bench.ask(|core, now| core.update_snapshot(SNAPSHOT, labels, expires_at, now));
        assert_eq!(changed.is_ok(), is_valid, "{expires_at}: {changed:?}");
    }
    assert_eq!(bench.core.snapshot_named(SNAPSHOT).unwrap().labels, labels);
    assert_eq!(bench.core.topic_snapshots(TOPIC).unwrap().count(), 1);
    bench.run(|core, _| core.delete_topic(TOPIC)).unwrap();
    assert_eq!(bench.core.snapshot_named(SNAPSHOT).unwrap().topic, crate::core::DELETED_TOPIC);
    bench.run(|core, _| core.delete_snapshot(SNAPSHOT)).unwrap();
    let gone = bench.run(|core, _| core.delete_snapshot(SNAPSHOT));
    assert!(matches!(gone, Err(Refusal::NotFound(_))), "{gone:?}");
}

#[test]
fn a_snapshot_without_a_name_gets_one() {
    let mut bench = Bench::new(subscription());
    let name = take(&mut bench, "").unwrap().name;
    assert!(name.starts_with("projects/p/snapshots/"), "{name}");
    assert!(bench.core.snapshot_named(&name).is_ok());
}

#[test]
fn nothing_is_stored_after_the_last_snapshot_is_deleted() {
    let mut bench = Bench::new(subscription());
    bench.run(|core, _| core.delete_subscription(SUBSCRIPTION)).unwrap();
    bench.run(|core, _| core.create_subscription(subscription())).unwrap();
    take(&mut bench, SNAPSHOT).unwrap();
    bench.run(|core, _| core.delete_subscription(SUBSCRIPTION)).unwrap();
    let stored = |bench: &Bench| {
        let events = bench.core.snapshot().into_iter();
        events.filter(|event| matches!(event, Event::Stored { .. })).count()
    };
    bench.publish(&["1"]);
    assert_eq!(stored(&bench), 1);
    bench.run(|core, _| core.delete_snapshot(SNAPSHOT)).unwrap();
    bench.publish(&["2"]);
    assert_eq!(stored(&bench), 0);
}
