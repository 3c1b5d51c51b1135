mod events;

use std::time::Duration;

use super::*;
use crate::function::{Defaults, Function};
use crate::invalid::Invalid;

const TOPIC: &str = "projects/demo-project/topics/orders";

pub(super) fn spec(triggers: Vec<proto::trigger::Kind>) -> proto::FunctionSpec {
    let object = proto::StorageObject {
        bucket: "sources".to_owned(),
        object: "hello.zip".to_owned(),
        generation: 0,
    };
    proto::FunctionSpec {
        name: "hello".to_owned(),
        project: "demo-project".to_owned(),
        region: "europe-west1".to_owned(),
        entry_point: "hello".to_owned(),
        source: Some(proto::Source { place: Some(proto::source::Place::Storage(object)) }),
        triggers: triggers.into_iter().map(|kind| proto::Trigger { kind: Some(kind) }).collect(),
        ..proto::FunctionSpec::default()
    }
}

pub(super) fn read(spec: proto::FunctionSpec) -> Result<Function, Invalid> {
    Function::from_proto(spec, &Defaults::default())
}

fn topic(name: &str) -> proto::TopicTrigger {
    proto::TopicTrigger { topic: name.to_owned(), ..proto::TopicTrigger::default() }
}

fn of_topics(topics: impl IntoIterator<Item = proto::TopicTrigger>) -> proto::FunctionSpec {
    spec(topics.into_iter().map(proto::trigger::Kind::Topic).collect())
}

/// The only problem, as `FIELD RULE`.
pub(super) fn problem(spec: proto::FunctionSpec) -> String {
    let invalid = read(spec).unwrap_err();
    assert_eq!(invalid.problems.len(), 1, "{invalid}");
    invalid.to_string()
}

#[test]
fn the_smallest_topic_trigger_has_defaults_and_the_full_name_of_its_topic() {
    for name in ["orders", TOPIC] {
        let function = read(of_topics([topic(name)])).unwrap();
        let [Trigger::Topic(read)] = function.triggers.as_slice() else {
            panic!("{:?}", function.triggers)
        };
        assert_eq!(
            *read,
            TopicTrigger {
                topic: TOPIC.to_owned(),
                filter: String::new(),
                ordered: false,
                ack_deadline: None,
                minimum_backoff: None,
                maximum_backoff: None,
                dead_letters: None,
                account: None,
                payload: Payload::Wrapped,
            }
        );
    }
}

#[test]
fn every_field_of_a_topic_trigger_survives_its_protobuf() {
    let mut spec = of_topics([proto::TopicTrigger {
        topic: "projects/other-project/topics/orders".to_owned(),
        filter: "attributes:kind".to_owned(),
        ordered: true,
        ack_deadline: Some(Duration::from_secs(60).into()),
        minimum_backoff: Some(Duration::from_millis(1500).into()),
        maximum_backoff: Some(Duration::from_secs(30).into()),
        dead_letter_topic: "dead".to_owned(),
        max_delivery_attempts: Some(7),
        service_account: "caller@demo-project.iam.gserviceaccount.com".to_owned(),
        payload: proto::TopicPayload::UnwrappedWithMetadata.into(),
    }]);
    spec.callers = vec![
        "user:ada@example.com".to_owned(),
        "serviceAccount:a@demo-project.iam.gserviceaccount.com".to_owned(),
        "group:all@example.com".to_owned(),
        "domain:example.com".to_owned(),
    ];
    let function = read(spec).unwrap();
    assert_eq!(function.callers.len(), 4);
    let [Trigger::Topic(read_topic)] = function.triggers.as_slice() else { panic!("one topic") };
    let dead_letters = read_topic.dead_letters.as_ref().unwrap();
    assert_eq!(dead_letters.topic, "projects/demo-project/topics/dead");
    assert_eq!(dead_letters.max_delivery_attempts, 7);
    assert_eq!(read(function.to_proto()), Ok(function));
}

#[test]
fn each_field_of_a_topic_trigger_is_checked_by_name() {
    let seconds = |seconds| Some(pbjson_types::Duration { seconds, nanos: 0 });
    let orders = || topic("orders");
    for (trigger, expected) in [
        (topic(""), "topic.topic is required"),
        (topic("a"), "topic.topic must be projects/PROJECT/topics/TOPIC"),
        (topic("google-orders"), "topic.topic must be projects/PROJECT/topics/TOPIC"),
        (topic("1orders"), "topic.topic must be projects/PROJECT/topics/TOPIC"),
        (topic("projects/p/topics/orders"), "topic.topic must be projects/PROJECT/topics/TOPIC"),
        (topic("projects/demo-project/subscriptions/a"), "topic.topic must be"),
        (
            proto::TopicTrigger { filter: "a".repeat(257), ..orders() },
            "topic.filter must be a filter of Pub/Sub",
        ),
        (proto::TopicTrigger { ack_deadline: seconds(9), ..orders() }, "topic.ackDeadline must be"),
        (
            proto::TopicTrigger {
                ack_deadline: Some(Duration::from_millis(10_500).into()),
                ..orders()
            },
            "topic.ackDeadline must be whole seconds",
        ),
        (
            proto::TopicTrigger { maximum_backoff: seconds(601), ..orders() },
            "topic.maximumBackoff must be",
        ),
        (
            proto::TopicTrigger {
                minimum_backoff: seconds(20),
                maximum_backoff: seconds(10),
                ..orders()
            },
            "topic.minimumBackoff must not be longer than maximumBackoff",
        ),
        (
            proto::TopicTrigger { dead_letter_topic: "x".to_owned(), ..orders() },
            "topic.deadLetterTopic must be projects/PROJECT/topics/TOPIC",
        ),
        (
            proto::TopicTrigger {
                dead_letter_topic: "dead".to_owned(),
                max_delivery_attempts: Some(4),
                ..orders()
            },
            "topic.maxDeliveryAttempts must be between 5 and 100",
        ),
        (
            proto::TopicTrigger { max_delivery_attempts: Some(5), ..orders() },
            "topic.maxDeliveryAttempts requires a deadLetterTopic",
        ),
        (
            proto::TopicTrigger { service_account: "me".to_owned(), ..orders() },
            "topic.serviceAccount must be the email address",
        ),
        (
            proto::TopicTrigger { payload: 9, ..orders() },
            "topic.payload must be a value that this version supports",
        ),
    ] {
        let shown = problem(of_topics([trigger]));
        assert!(shown.starts_with(&format!("function.triggers[0].{expected}")), "{shown}");
    }
}

#[test]
fn two_triggers_of_one_topic_need_different_filters() {
    let filtered =
        |filter: &str| proto::TopicTrigger { filter: filter.to_owned(), ..topic("orders") };
    let function = read(of_topics([topic("orders"), filtered("attributes:a")])).unwrap();
    assert_eq!(function.triggers.len(), 2);
    let shown = problem(of_topics([filtered("attributes:a"), topic("x-y"), {
        let longer = Some(pbjson_types::Duration { seconds: 60, nanos: 0 });
        proto::TopicTrigger {
            ack_deadline: longer,
            topic: TOPIC.to_owned(),
            ..filtered("attributes:a")
        }
    }]));
    assert!(shown.starts_with("function.triggers[2].topic must differ from the other"), "{shown}");
}

#[test]
fn missing_kinds_are_refused_by_name() {
    let mut without = spec(Vec::new());
    without.triggers = vec![proto::Trigger::default()];
    assert!(problem(without).contains("function.triggers[0] must set one kind of trigger"));
    let many = (0..101).map(|number| topic(&format!("orders-{number}")));
    assert!(problem(of_topics(many)).contains("function.triggers must have at most 100 triggers"));
}

#[test]
fn callers_are_single_principals() {
    let with = |callers: &[&str]| {
        let callers = callers.iter().map(|caller| (*caller).to_owned()).collect();
        proto::FunctionSpec { callers, ..spec(Vec::new()) }
    };
    for (caller, expected) in [
        ("allUsers", "must name single callers; use service.access"),
        ("allAuthenticatedUsers", "must name single callers"),
        ("ada@example.com", "must be serviceAccount:EMAIL"),
        ("user:ada", "must be serviceAccount:EMAIL"),
        ("user:Ada@example.com", "must be serviceAccount:EMAIL"),
        ("domain:ada@example.com", "must be serviceAccount:EMAIL"),
        ("deleted:user:a@example.com", "must be serviceAccount:EMAIL"),
        ("", "must be serviceAccount:EMAIL"),
    ] {
        let shown = problem(with(&["user:a@example.com", caller]));
        assert!(shown.starts_with(&format!("function.callers[1] {expected}")), "{shown}");
    }
    let twice = read(with(&["user:a@example.com", "user:a@example.com"])).unwrap();
    assert_eq!(twice.callers.len(), 1);
    let many: Vec<String> = (0..101).map(|number| format!("user:a{number}@example.com")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert!(problem(with(&many)).contains("must have at most 100 callers"));
}

#[test]
fn triggers_and_callers_are_not_part_of_the_configuration_of_a_function() {
    let function = read(spec(Vec::new())).unwrap();
    let mut called = read(of_topics([topic("orders")])).unwrap();
    called.callers.insert(Member::service_account("a@demo-project.iam.gserviceaccount.com"));
    assert_eq!(called.config_digest("source"), function.config_digest("source"));
}
