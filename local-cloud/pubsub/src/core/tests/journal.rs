use super::*;
use crate::core::{DeadLetter, Filter};

fn reopened(bench: &mut Bench, path: &std::path::Path) {
    bench.core = Durable::open(path, PubSub::default()).unwrap();
}

#[test]
fn a_restart_keeps_settings_and_redelivers_unacknowledged_messages() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("journal");
    let config = Subscription {
        labels: [("a".to_owned(), "b".to_owned())].into(),
        filter: Filter::parse("NOT attributes:skip").unwrap(),
        dead_letter: Some(DeadLetter { topic: DEAD_TOPIC.to_owned(), max_attempts: 20 }),
        retry: retry(1, 60),
        ..subscription()
    };
    let mut bench = Bench::on(Durable::open(&path, PubSub::default()).unwrap(), config.clone());
    let holder = bench.connect(client("a"));
    bench.publish(&["acknowledged", "leased", "held back"]);
    let got = bench.pull(holder);
    bench.ack(&got[..1]);
    bench.nack(&got[2..]);
    bench.publish(&["never delivered"]);
    reopened(&mut bench, &path);
    assert_eq!(bench.core.subscription(SUBSCRIPTION), Ok(&config));
    let holder = bench.connect(client("a"));
    let again = bench.pull(holder);
    assert_eq!(texts(&again), ["leased", "held back", "never delivered"]);
    assert_eq!(again[0].message, got[1].message, "id, time and data are the same");
}

#[test]
fn an_ack_id_from_before_a_restart_settles_the_message() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("journal");
    let mut bench = Bench::on(Durable::open(&path, PubSub::default()).unwrap(), subscription());
    let holder = bench.connect(client("a"));
    bench.publish(&["1"]);
    let got = bench.pull(holder);
    reopened(&mut bench, &path);
    bench.ack(&got);
    let holder = bench.connect(client("a"));
    assert!(bench.pull(holder).is_empty());
}

#[test]
fn a_snapshot_has_shared_messages_once_and_acknowledged_ones_not_at_all() {
    let mut bench = Bench::new(subscription());
    bench
        .run(|core, _| {
            core.create_subscription(Subscription::new("projects/p/subscriptions/second", TOPIC))
        })
        .unwrap();
    bench.publish(&["1", "2"]);
    let holder = bench.connect(client("a"));
    let got = bench.pull(holder);
    bench.ack(&got);
    let stored = |core: &PubSub| {
        core.snapshot().into_iter().filter(|event| matches!(event, Event::Stored { .. })).count()
    };
    assert_eq!(stored(&bench.core), 2, "the second subscription still has them");
    bench.run(|core, _| core.delete_subscription("projects/p/subscriptions/second")).unwrap();
    assert_eq!(stored(&bench.core), 0);
}

#[test]
fn a_message_without_subscribers_is_not_recorded() {
    let mut bench = Bench::new(subscription());
    bench.run(|core, _| core.delete_subscription(SUBSCRIPTION)).unwrap();
    let draft = Draft { data: "1".into(), ..Draft::default() };
    let published = bench.core.core_mut().publish(TOPIC, vec![draft], bench.now).unwrap();
    assert_eq!((published.ids.len(), published.events), (1, vec![]));
}

#[test]
fn ids_grow_across_a_restart_even_if_nothing_was_stored() {
    let draft = || vec![Draft { data: "1".into(), ..Draft::default() }];
    let mut bench = Bench::new(subscription());
    bench.run(|core, _| core.delete_subscription(SUBSCRIPTION)).unwrap();
    let first = bench.core.core_mut().publish(TOPIC, draft(), bench.now).unwrap();
    let mut next = Bench::new(subscription());
    next.now = bench.now + Duration::from_millis(1);
    let second = next.core.core_mut().publish(TOPIC, draft(), next.now).unwrap();
    assert!(second.ids > first.ids);
}

#[test]
fn events_from_before_these_settings_existed_are_understood() {
    let mut bench = Bench::new(subscription());
    for text in [
        r#"{"TopicSaved": {"name": "projects/p/topics/old", "labels": {}}}"#,
        r#"{"SubscriptionSaved": {"name": "projects/p/subscriptions/old", "topic": "projects/p/topics/old",
            "ack_deadline": {"secs": 10, "nanos": 0}, "retention": {"secs": 600, "nanos": 0}, "labels": {}, "ordered": false,
            "filter": "", "dead_letter": null, "retry": null}}"#,
        r#"{"Stored": {"message": {"id": 1, "published_at": "2026-01-01T00:00:00Z", "data": "AA=="},
            "subscriptions": ["projects/p/subscriptions/old"]}}"#,
    ] {
        bench.core.commit(vec![serde_json::from_str(text).unwrap()]).unwrap();
    }
    let old = bench.core.subscription("projects/p/subscriptions/old").unwrap();
    assert_eq!(
        *old,
        Subscription { retention: 600 * SECOND, ..Subscription::new(&old.name, &old.topic) }
    );
}
