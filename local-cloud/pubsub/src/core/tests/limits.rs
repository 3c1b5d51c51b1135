use super::*;
use crate::core::{DeadLetter, Push};

fn push(endpoint: &str) -> Option<Push> {
    Some(Push { endpoint: endpoint.to_owned(), ..Push::default() })
}

#[test]
fn settings_outside_of_googles_limits_are_rejected() {
    let good = subscription;
    for (what, config) in [
        ("name", Subscription::new("projects/p/subscriptions/1", TOPIC)),
        ("short lease", Subscription { ack_deadline: 9 * SECOND, ..good() }),
        ("long lease", Subscription { ack_deadline: 601 * SECOND, ..good() }),
        ("short retention", Subscription { retention: 599 * SECOND, ..good() }),
        (
            "long retention",
            Subscription { retention: Duration::from_secs(31 * 24 * 3600 + 1), ..good() },
        ),
        ("long backoff", Subscription { retry: retry(1, 601), ..good() }),
        ("backoff upside down", Subscription { retry: retry(10, 5), ..good() }),
        (
            "short life",
            Subscription { expires_after: Some(Duration::from_secs(24 * 3600 - 1)), ..good() },
        ),
        (
            "capital label",
            Subscription { labels: [("Key".to_owned(), String::new())].into(), ..good() },
        ),
        ("no URL", Subscription { push: push("example.com/push"), ..good() }),
        ("other protocol", Subscription { push: push("ftp://example.com"), ..good() }),
        (
            "pushed exactly once",
            Subscription { push: push("https://example.com"), exactly_once: true, ..good() },
        ),
        (
            "few attempts",
            Subscription {
                dead_letter: Some(DeadLetter { topic: DEAD_TOPIC.to_owned(), max_attempts: 4 }),
                ..good()
            },
        ),
        (
            "many attempts",
            Subscription {
                dead_letter: Some(DeadLetter { topic: DEAD_TOPIC.to_owned(), max_attempts: 101 }),
                ..good()
            },
        ),
    ] {
        let mut bench = Bench::new(Subscription::new("projects/p/subscriptions/first", TOPIC));
        let refused = bench.run(|core, _| core.create_subscription(config));
        assert!(matches!(refused, Err(Refusal::InvalidArgument(_))), "{what}: {refused:?}");
    }
}

#[test]
fn missing_resources_and_taken_names_are_rejected() {
    let mut bench = Bench::new(subscription());
    let missing = "projects/p/topics/missing";
    let second = || Subscription::new("projects/p/subscriptions/second", TOPIC);
    let dead_letter = Some(DeadLetter { topic: missing.to_owned(), max_attempts: 5 });
    for (expected, refused) in [
        ("taken", bench.run(|core, _| core.create_subscription(subscription()))),
        (
            "taken",
            bench.run(|core, _| {
                core.create_topic(Topic { name: TOPIC.to_owned(), ..Topic::default() })
            }),
        ),
        (
            "missing",
            bench.run(|core, _| {
                core.create_subscription(Subscription { topic: missing.to_owned(), ..second() })
            }),
        ),
        (
            "missing",
            bench.run(|core, _| core.create_subscription(Subscription { dead_letter, ..second() })),
        ),
        (
            "missing",
            bench.run(|core, now| Ok(core.publish(missing, vec![Draft::default()], now)?.events)),
        ),
        ("missing", bench.run(|core, _| core.delete_topic(missing))),
        (
            "missing",
            bench.run(|core, _| core.delete_subscription("projects/p/subscriptions/missing")),
        ),
        ("missing", bench.run(|core, _| core.update_subscription(second()))),
    ] {
        let found = match refused {
            Err(Refusal::AlreadyExists(_)) => "taken",
            Err(Refusal::NotFound(_)) => "missing",
            other => panic!("{other:?}"),
        };
        assert_eq!(found, expected);
    }
}

#[test]
fn immutable_settings_of_a_subscription_cannot_be_changed() {
    let mut bench = Bench::new(subscription());
    bench
        .run(|core, _| {
            core.update_subscription(Subscription { ack_deadline: 60 * SECOND, ..subscription() })
        })
        .unwrap();
    assert_eq!(bench.core.subscription(SUBSCRIPTION).unwrap().ack_deadline, 60 * SECOND);
    for config in [
        Subscription { ordered: true, ..subscription() },
        Subscription { topic: DEAD_TOPIC.to_owned(), ..subscription() },
    ] {
        let refused = bench.run(|core, _| core.update_subscription(config));
        assert!(matches!(refused, Err(Refusal::InvalidArgument(_))), "{refused:?}");
    }
}

#[test]
fn a_message_above_a_limit_rejects_its_whole_request() {
    let good = || Draft { data: "x".into(), ..Draft::default() };
    let attribute =
        |key: String, value: String| Draft { attributes: [(key, value)].into(), ..good() };
    let many = (0..101).map(|n| (format!("k{n}"), String::new())).collect();
    for (what, drafts) in [
        ("nothing", vec![]),
        ("empty message", vec![good(), Draft::default()]),
        ("too many messages", vec![good(); 1001]),
        ("too many bytes", vec![Draft { data: vec![0; 5_000_001].into(), ..Draft::default() }; 2]),
        ("too many attributes", vec![good(), Draft { attributes: many, ..good() }]),
        ("empty key", vec![good(), attribute(String::new(), String::new())]),
        ("long key", vec![good(), attribute("k".repeat(257), String::new())]),
        ("reserved key", vec![good(), attribute("google".to_owned(), String::new())]),
        ("long value", vec![good(), attribute("k".to_owned(), "v".repeat(1025))]),
        ("long ordering key", vec![Draft { ordering_key: "k".repeat(1025), ..good() }]),
        ("mixed ordering keys", vec![good(), Draft { ordering_key: "k".to_owned(), ..good() }]),
    ] {
        let mut bench = Bench::new(subscription());
        let refused = bench.run(|core, now| Ok(core.publish(TOPIC, drafts, now)?.events));
        assert!(matches!(refused, Err(Refusal::InvalidArgument(_))), "{what}: {refused:?}");
        let holder = bench.connect(client("a"));
        assert!(bench.pull(holder).is_empty(), "{what}");
    }
    let mut bench = Bench::new(subscription());
    let trace = attribute("googclient_traceparent".to_owned(), "00-1-2-00".to_owned());
    bench.run(|core, now| Ok(core.publish(TOPIC, vec![trace], now)?.events)).unwrap();
}

#[test]
fn malformed_acknowledgements_are_rejected() {
    let mut bench = Bench::new(subscription());
    for ids in [vec![], vec!["x".to_owned()], vec!["1-".to_owned()], vec!["1".to_owned()]] {
        let refused = bench.ask(|core, now| core.acknowledge(SUBSCRIPTION, &ids, now));
        assert!(matches!(refused, Err(Refusal::InvalidArgument(_))), "{ids:?}: {refused:?}");
    }
    let too_long = bench.ask(|core, now| {
        core.modify_ack_deadline(SUBSCRIPTION, &["1-1".to_owned()], 601 * SECOND, now)
    });
    assert!(matches!(too_long, Err(Refusal::InvalidArgument(_))));
}
