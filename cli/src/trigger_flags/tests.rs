use longshore_messages::read_manifest;

use super::*;

const EMAIL: &str = "me@p.iam.gserviceaccount.com";

fn of(kinds: Vec<Kind>) -> FunctionSpec {
    let triggers = kinds.into_iter().map(|kind| Trigger { kind: Some(kind) }).collect();
    FunctionSpec { triggers, ..FunctionSpec::default() }
}

fn topics(names: &[&str]) -> FunctionSpec {
    of(names.iter().map(|name| of_pushed_topic(name)).collect())
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn applied(flags: &TriggerArgs, mut spec: FunctionSpec) -> FunctionSpec {
    apply(flags, &mut spec).unwrap();
    spec
}

#[test]
fn without_flags_the_triggers_of_the_manifest_are_unchanged() {
    let all = [of_pushed_topic("a"), of_schedule("* * * * *", &TriggerArgs::default())];
    let manifest = of(all.into());
    assert_eq!(applied(&TriggerArgs::default(), manifest.clone()), manifest);
}

#[test]
fn flags_replace_the_triggers_of_the_manifest() {
    let flags = TriggerArgs { pushed_topics: vec!["c".to_owned()], ..TriggerArgs::default() };
    assert_eq!(applied(&flags, topics(&["a", "b"])).triggers, topics(&["c"]).triggers);
    let flags = TriggerArgs { http: true, ..TriggerArgs::default() };
    assert_eq!(applied(&flags, topics(&["a", "b"])), topics(&[]));
}

#[test]
fn the_flags_of_one_command_are_triggers_of_every_kind() {
    let flags = TriggerArgs {
        topics: vec!["t".to_owned()],
        pushed_topics: vec!["p".to_owned()],
        buckets: vec!["b".to_owned()],
        event_filters: pairs(&[
            ("serviceName", "s"),
            ("type", "google.cloud.audit.log.v1.written"),
        ]),
        event_patterns: pairs(&[("resourceName", "/a/*")]),
        channel: Some("projects/p/locations/r/channels/c".to_owned()),
        location: Some("global".to_owned()),
        retry: true,
        schedule: Some("0 9 * * 1".to_owned()),
        schedule_time_zone: Some("Europe/Berlin".to_owned()),
        schedule_message_body: Some("hello".to_owned()),
        schedule_attempt_deadline: Some(30),
        schedule_max_retry_attempts: Some(2),
        queue: Some("q".to_owned()),
        queue_max_dispatches_per_second: Some(2.5),
        queue_max_concurrent_dispatches: Some(3),
        queue_max_attempts: Some(-1),
        queue_enqueuers: vec!["user:ada@example.com".to_owned()],
        ..TriggerArgs::default()
    };
    // The manifest can say the same.
    let manifest = "\
name: f
triggers:
  - event:
      type: google.cloud.pubsub.topic.v1.messagePublished
      topic: t
      region: global
      retry: true
  - topic: {topic: p}
  - event:
      type: google.cloud.storage.object.v1.finalized
      filters: [{attribute: bucket, value: b}]
      region: global
      retry: true
  - event:
      type: google.cloud.audit.log.v1.written
      filters:
        - {attribute: serviceName, value: s}
        - {attribute: resourceName, value: /a/*, operator: match-path-pattern}
      channel: projects/p/locations/r/channels/c
      region: global
      retry: true
  - schedule:
      schedule: 0 9 * * 1
      timeZone: Europe/Berlin
      body: aGVsbG8=
      attemptDeadline: 30s
      retry: {count: 2}
  - queue:
      queue: q
      maxDispatchesPerSecond: 2.5
      maxConcurrentDispatches: 3
      retry: {maxAttempts: -1}
      enqueuers: ['user:ada@example.com']
";
    let expected = read_manifest(manifest).unwrap();
    let spec = FunctionSpec { name: "f".to_owned(), ..topics(&["a"]) };
    assert_eq!(applied(&flags, spec), expected);
}

#[test]
fn flags_of_events_apply_to_those_of_the_manifest() {
    let flags = TriggerArgs {
        location: Some("us".to_owned()),
        retry: true,
        allow_replacement: true,
        account: Some(EMAIL.to_owned()),
        ..TriggerArgs::default()
    };
    let all = [
        of_pushed_topic("t"),
        of_topic("t"),
        of_bucket("b"),
        of_schedule("* * * * *", &TriggerArgs::default()),
        of_queue("q", &TriggerArgs::default()),
    ];
    for trigger in applied(&flags, of(all.into())).triggers {
        let account = match trigger.kind.unwrap() {
            Kind::Topic(topic) => topic.service_account,
            Kind::Event(event) => {
                assert_eq!((event.region.as_str(), event.retry), ("us", true));
                assert!(event.allow_replacement);
                event.service_account
            }
            Kind::Schedule(schedule) => schedule.service_account,
            Kind::Queue(queue) => queue.service_account,
        };
        assert_eq!(account, EMAIL);
    }
}

#[test]
fn flags_that_have_nothing_to_apply_to_are_refused() {
    let (retry, location) = (true, Some("us".to_owned()));
    let with_type = pairs(&[("type", "t"), ("bucket", "b")]);
    for (flags, error) in [
        (TriggerArgs { retry, ..TriggerArgs::default() }, TriggerFlagsError::NoEvent("--retry")),
        (
            TriggerArgs { allow_replacement: true, ..TriggerArgs::default() },
            TriggerFlagsError::NoEvent("--allow-replacement"),
        ),
        (
            TriggerArgs { location, ..TriggerArgs::default() },
            TriggerFlagsError::NoEvent("--trigger-location"),
        ),
        (
            TriggerArgs { event_filters: pairs(&[("bucket", "b")]), ..TriggerArgs::default() },
            TriggerFlagsError::NoType,
        ),
        (
            TriggerArgs {
                event_filters: with_type,
                event_patterns: pairs(&[("bucket", "*")]),
                ..TriggerArgs::default()
            },
            TriggerFlagsError::Twice("bucket".to_owned()),
        ),
    ] {
        let mut spec = FunctionSpec::default();
        assert_eq!(apply(&flags, &mut spec), Err(error));
    }
    // What `--retry` asks for is what Pub/Sub does.
    let flags =
        TriggerArgs { retry, pushed_topics: vec!["t".to_owned()], ..TriggerArgs::default() };
    assert_eq!(applied(&flags, topics(&[])).triggers, topics(&["t"]).triggers);
}

#[test]
fn only_events_imply_cloud_events() {
    let none = TriggerArgs::default();
    let topic = TriggerArgs { topics: vec!["t".to_owned()], ..none.clone() };
    let pushed = TriggerArgs { pushed_topics: vec!["t".to_owned()], ..none.clone() };
    let bucket = TriggerArgs { buckets: vec!["b".to_owned()], ..none.clone() };
    let both = TriggerArgs { queue: Some("q".to_owned()), ..bucket.clone() };
    let signature = |flags: &TriggerArgs, spec: FunctionSpec| {
        Signature::try_from(applied(flags, spec).signature).unwrap()
    };
    let set = |signature: Signature| FunctionSpec {
        signature: signature.into(),
        ..FunctionSpec::default()
    };
    let functions = FunctionSpec { flavour: Flavour::Functions.into(), ..FunctionSpec::default() };
    for (case, flags, spec, expected) in [
        ("a topic", &topic, topics(&[]), Signature::CloudEvent),
        ("a pushed topic", &pushed, topics(&[]), Signature::Unspecified),
        ("a bucket", &bucket, topics(&[]), Signature::CloudEvent),
        ("an event of the manifest", &none, of(vec![of_bucket("b")]), Signature::CloudEvent),
        ("a topic of the manifest", &none, topics(&["t"]), Signature::Unspecified),
        ("tasks as well", &both, topics(&[]), Signature::Unspecified),
        ("no trigger", &none, topics(&[]), Signature::Unspecified),
        ("a signature that is set", &bucket, set(Signature::Http), Signature::Http),
        ("the Functions flavour", &bucket, functions, Signature::Unspecified),
    ] {
        assert_eq!(signature(flags, spec), expected, "{case}");
    }
}
