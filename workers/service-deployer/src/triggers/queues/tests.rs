use longshore_cloud::{LiveTrigger, TriggerState};
use longshore_messages::{Member, QueueRetry, Trigger, TriggerKind};

use super::super::tests::{FLEET, active, with};
use super::super::{Change, Found, Step, Wanted, plan, refusal, wanted};
use super::*;
use crate::plan::tests::live;

fn trigger() -> QueueTrigger {
    QueueTrigger {
        name: "emails".to_owned(),
        max_dispatches_per_second: None,
        max_concurrent_dispatches: None,
        retry: QueueRetry::default(),
        enqueuers: BTreeSet::new(),
        account: Some("caller@p.iam.gserviceaccount.com".to_owned()),
    }
}

fn all(triggers: Vec<QueueTrigger>) -> Wanted {
    let function = with(triggers.into_iter().map(Trigger::Queue).collect());
    wanted(FLEET, &function, &live("me", 1)).unwrap()
}

fn there(queues: &[TaskQueue]) -> Vec<LiveTrigger<TaskQueue>> {
    queues.iter().map(active).collect()
}

/// The changes, as `CHANGE NAME FIELDS`.
fn words(wanted: &Wanted, found: &[LiveTrigger<TaskQueue>]) -> Vec<String> {
    let found = Found { queues: found.to_vec(), ..Found::default() };
    let words = |change: Change| {
        let Change::Queue(step) = &change else { panic!("{change:?}") };
        let name = step.shape().name.rsplit('-').next().unwrap_or_default();
        match step {
            Step::Update(_, fields) => format!("update {name} {fields:?}"),
            step => format!("{} {name}", step.as_str()),
        }
    };
    plan(wanted, &found).into_iter().map(words).collect()
}

#[test]
fn the_smallest_queue_has_the_defaults_of_cloud_tasks_and_nobody_may_add_tasks() {
    let wanted = all(vec![trigger()]);
    let [queue] = wanted.queues.as_slice() else { panic!("{wanted:?}") };
    let url = live("me", 1).url.trim_end_matches('/').to_owned();
    assert_eq!((&queue.url, &queue.audience), (&url, &url));
    assert_eq!((queue.rate, queue.concurrent), (Rate::MAX, 1_000));
    let expected = TaskRetry {
        max_attempts: Attempts::AtMost(100),
        max_duration: Duration::ZERO,
        minimum_backoff: Duration::from_millis(100),
        maximum_backoff: Duration::from_secs(3_600),
        max_doublings: 16,
    };
    assert_eq!(queue.retry, expected);
    assert_eq!(wanted.enqueuers, Enqueuers::from([(queue.name.clone(), BTreeSet::new())]));
    let account = "serviceAccount:caller@p.iam.gserviceaccount.com";
    assert!(wanted.invokers.contains(account), "{:?}", wanted.invokers);
}

#[test]
fn each_field_that_changes_keeps_the_queue_with_its_tasks() {
    type Case = (fn(&mut QueueTrigger), &'static str);
    let cases: [Case; 8] = [
        (|q| q.max_dispatches_per_second = Rate::new(0.5), "[Limits]"),
        (|q| q.max_concurrent_dispatches = Some(1), "[Limits]"),
        (|q| q.retry.max_attempts = Some(Attempts::Unlimited), "[Retry]"),
        (|q| q.retry.max_duration = Some(Duration::from_secs(60)), "[Retry]"),
        (|q| q.retry.minimum_backoff = Some(Duration::from_secs(6)), "[Retry]"),
        (|q| q.retry.maximum_backoff = Some(Duration::from_secs(60)), "[Retry]"),
        (|q| q.retry.max_doublings = Some(6), "[Retry]"),
        (|q| q.account = Some("other@p.iam.gserviceaccount.com".into()), "[Target]"),
    ];
    let before = all(vec![trigger()]);
    for (index, (change, fields)) in cases.into_iter().enumerate() {
        let mut changed = trigger();
        change(&mut changed);
        let after = all(vec![changed]);
        let expected = [format!("update emails {fields}")];
        assert_eq!(words(&after, &there(&before.queues)), expected, "case {index}");
        assert_eq!(words(&after, &there(&after.queues)), [""; 0], "twice is once, case {index}");
        assert_eq!(words(&before, &there(&after.queues)), expected, "and back, case {index}");
    }
    let mut paused = there(&before.queues);
    paused[0].state = TriggerState::Paused;
    assert_eq!(words(&before, &paused), [""; 0], "somebody has paused it");
}

#[test]
fn queues_come_and_go_by_their_names() {
    let named = |name: &str| QueueTrigger { name: name.to_owned(), ..trigger() };
    let before = there(&all(vec![named("a"), named("b")]).queues);
    for (after, expected) in [
        (vec![named("b"), named("a")], vec![]),
        (vec![], vec!["delete a", "delete b"]),
        (vec![named("b"), named("c")], vec!["create c", "delete a"]),
    ] {
        assert_eq!(words(&all(after), &before), expected);
    }
}

#[test]
fn enqueuers_are_not_part_of_the_queue() {
    let mut with = trigger();
    with.enqueuers.insert(Member::service_account("ada@p.iam.gserviceaccount.com"));
    let (before, after) = (all(vec![trigger()]), all(vec![with]));
    assert_eq!(words(&after, &there(&before.queues)), [""; 0]);
    let members: Vec<&String> = after.enqueuers.values().flatten().collect();
    assert_eq!(members, ["serviceAccount:ada@p.iam.gserviceaccount.com"]);
    assert_eq!(after.invokers, before.invokers, "who adds a task does not call the service");
}

#[test]
fn every_refusal_of_cloud_tasks_ends_in_one_verdict_with_advice() {
    let function = with(vec![Trigger::Queue(trigger())]);
    let verdict = |kind, reason: &str, words: &'static str| {
        let error = CloudError::caused("create trigger", "q", kind, words);
        let error = CloudError { reason: reason.to_owned(), ..error };
        refusal(Some(TriggerKind::Queue), "queue q", &error, &function)
    };
    assert_eq!(verdict(Kind::ResourceExhausted, "RATE_LIMIT_EXCEEDED", ""), Verdict::Retry);
    assert_eq!(verdict(Kind::PreconditionFailed, "", "another writer"), Verdict::Retry);
    let blocked =
        "The queue cannot be created because a queue with this name existed too recently.";
    for (kind, words, advice) in [
        (Kind::PreconditionFailed, blocked, "another name with `queue`"),
        (
            Kind::PreconditionFailed,
            "The queue no longer exists, though a queue with this name existed recently.",
            "another name with `queue`",
        ),
        (Kind::ResourceExhausted, "The queue quota is used up.", "1,000 queues"),
        (Kind::InvalidArgument, "Location must equal us-east1", "the region that the reason names"),
        (Kind::NotFound, "Location r not found.", "gcloud tasks locations list --project p"),
    ] {
        let Verdict::Refused(class, found) = verdict(kind, "", words) else {
            panic!("{kind:?} {words}")
        };
        assert_eq!(class == FailureClass::System, kind == Kind::ResourceExhausted, "{words}");
        assert!(found.contains(advice), "{found}");
    }
    for (reason, expected) in [
        ("", "roles/cloudtasks.admin"),
        ("", "roles/cloudtasks.serviceAgent"),
        ("SERVICE_DISABLED", "gcloud services enable cloudtasks.googleapis.com --project p"),
    ] {
        let Verdict::Propagates(found) = verdict(Kind::PermissionDenied, reason, "") else {
            panic!("a grant may not be effective yet")
        };
        assert!(found.contains(expected), "{found}");
    }
}
