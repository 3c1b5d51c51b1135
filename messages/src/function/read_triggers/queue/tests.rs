use super::super::tests::{problem, read, spec};
use crate::function::Function;
use crate::function::triggers::{Attempts, QueueRetry, QueueTrigger, Rate, Trigger};
use crate::{FunctionRef, proto};

fn of_queues(queues: impl IntoIterator<Item = proto::QueueTrigger>) -> proto::FunctionSpec {
    spec(queues.into_iter().map(proto::trigger::Kind::Queue).collect())
}

fn seconds(seconds: i64) -> Option<pbjson_types::Duration> {
    Some(pbjson_types::Duration { seconds, nanos: 0 })
}

fn queue(function: &Function) -> QueueTrigger {
    match function.triggers.as_slice() {
        [Trigger::Queue(queue)] => queue.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_smallest_queue_has_defaults() {
    let function = read(of_queues([proto::QueueTrigger::default()])).unwrap();
    let expected = QueueTrigger {
        name: "tasks".to_owned(),
        max_dispatches_per_second: None,
        max_concurrent_dispatches: None,
        retry: QueueRetry::default(),
        enqueuers: Default::default(),
        account: None,
    };
    assert_eq!(queue(&function), expected);
    let at = FunctionRef { project: "p".into(), region: "r".into(), name: "hello".into() };
    let resource = queue(&function).resource("longshore", &at);
    assert!(resource.starts_with("projects/p/locations/r/queues/longshore-"), "{resource}");
    assert!(resource.ends_with("-hello-tasks"), "{resource}");
}

#[test]
fn every_field_of_a_queue_survives_its_protobuf() {
    let function = read(of_queues([proto::QueueTrigger {
        queue: "emails".to_owned(),
        max_dispatches_per_second: Some(0.5),
        max_concurrent_dispatches: Some(5_000),
        retry: Some(proto::QueueRetry {
            max_attempts: Some(-1),
            max_duration: seconds(600),
            minimum_backoff: seconds(1),
            maximum_backoff: seconds(60),
            max_doublings: Some(3),
        }),
        enqueuers: vec!["user:ada@example.com".to_owned(), "domain:example.com".to_owned()],
        service_account: "caller@demo-project.iam.gserviceaccount.com".to_owned(),
    }]))
    .unwrap();
    let read_queue = queue(&function);
    assert_eq!(read_queue.max_dispatches_per_second.map(Rate::per_second), Some(0.5));
    assert_eq!(read_queue.retry.max_attempts, Some(Attempts::Unlimited));
    assert_eq!(read_queue.enqueuers.len(), 2);
    assert_eq!(read(function.to_proto()), Ok(function));
}

#[test]
fn each_field_of_a_queue_is_checked_by_name() {
    let default = proto::QueueTrigger::default;
    let rate = |rate| proto::QueueTrigger { max_dispatches_per_second: Some(rate), ..default() };
    let concurrent =
        |number| proto::QueueTrigger { max_concurrent_dispatches: Some(number), ..default() };
    let retry = |retry| proto::QueueTrigger { retry: Some(retry), ..default() };
    let unset = proto::QueueRetry::default;
    let enqueuer = |who: &str| proto::QueueTrigger { enqueuers: vec![who.to_owned()], ..default() };
    for (trigger, expected) in [
        (
            proto::QueueTrigger { queue: "E-mails".to_owned(), ..default() },
            "queue must have 1 to 30 lower-case letters",
        ),
        (
            proto::QueueTrigger { queue: "a".repeat(31), ..default() },
            "queue must have 1 to 30 lower-case letters",
        ),
        (rate(0.0), "maxDispatchesPerSecond must be more than 0 and at most 500"),
        (rate(-1.0), "maxDispatchesPerSecond must be more than 0 and at most 500"),
        (rate(500.1), "maxDispatchesPerSecond must be more than 0 and at most 500"),
        (rate(f64::NAN), "maxDispatchesPerSecond must be more than 0 and at most 500"),
        (rate(f64::INFINITY), "maxDispatchesPerSecond must be more than 0 and at most 500"),
        (concurrent(0), "maxConcurrentDispatches must be between 1 and 5000"),
        (concurrent(5_001), "maxConcurrentDispatches must be between 1 and 5000"),
        (
            retry(proto::QueueRetry { max_attempts: Some(0), ..unset() }),
            "retry.maxAttempts must be at least 1, or -1",
        ),
        (
            retry(proto::QueueRetry { max_attempts: Some(-2), ..unset() }),
            "retry.maxAttempts must be at least 1, or -1",
        ),
        (
            retry(proto::QueueRetry { minimum_backoff: seconds(0), ..unset() }),
            "retry.minimumBackoff must be between 1 s and 2678400 s",
        ),
        (
            retry(proto::QueueRetry {
                maximum_backoff: Some(pbjson_types::Duration { seconds: 1, nanos: 5 }),
                ..unset()
            }),
            "retry.maximumBackoff must be whole seconds",
        ),
        (
            retry(proto::QueueRetry {
                minimum_backoff: seconds(20),
                maximum_backoff: seconds(10),
                ..unset()
            }),
            "retry.minimumBackoff must not be longer than maximumBackoff",
        ),
        (
            retry(proto::QueueRetry { max_doublings: Some(0), ..unset() }),
            "retry.maxDoublings must be at least 1",
        ),
        (enqueuer("allUsers"), "enqueuers[0] must name single enqueuers"),
        (enqueuer("ada@example.com"), "enqueuers[0] must be serviceAccount:EMAIL"),
        (
            proto::QueueTrigger {
                service_account: "caller@other-project.iam.gserviceaccount.com".to_owned(),
                ..default()
            },
            "serviceAccount must be a service account of the function's project",
        ),
    ] {
        let shown = problem(of_queues([trigger]));
        let expected = format!("function.triggers[0].queue.{expected}");
        assert!(shown.starts_with(&expected), "{expected}: {shown}");
    }
    let many = (0..101).map(|number| format!("user:a{number}@example.com")).collect();
    let shown = problem(of_queues([proto::QueueTrigger { enqueuers: many, ..default() }]));
    assert!(shown.contains("enqueuers must have at most 100 enqueuers"), "{shown}");
    let shown = problem(of_queues([default(), default()]));
    let expected = "function.triggers[1].queue must differ from the other queues in its name";
    assert!(shown.starts_with(expected), "{shown}");
}
