use std::collections::BTreeMap;

use longshore_cloud::{LiveTrigger, ScheduleField, TriggerState};
use longshore_messages::{Method, ScheduleRetry, Trigger, TriggerKind};

use super::super::tests::{FLEET, active, with};
use super::super::{Change, Found, Step, Wanted, plan, refusal, wanted};
use super::*;
use crate::plan::tests::live;

fn schedule() -> ScheduleTrigger {
    ScheduleTrigger {
        name: "1".to_owned(),
        schedule: "0 9 * * *".to_owned(),
        time_zone: None,
        method: Method::Post,
        path: "/jobs".to_owned(),
        body: Vec::new(),
        headers: BTreeMap::new(),
        attempt_deadline: None,
        retry: ScheduleRetry::default(),
        account: Some("caller@p.iam.gserviceaccount.com".to_owned()),
    }
}

fn jobs(schedules: Vec<ScheduleTrigger>) -> Vec<ScheduledCall> {
    let function = with(schedules.into_iter().map(Trigger::Schedule).collect());
    wanted(FLEET, &function, &live("me", 1)).unwrap().schedules
}

fn there(jobs: &[ScheduledCall]) -> Vec<LiveTrigger<ScheduledCall>> {
    jobs.iter().map(active).collect()
}

/// The changes, as `CHANGE NAME FIELDS`.
fn words(wanted: &[ScheduledCall], found: &[LiveTrigger<ScheduledCall>]) -> Vec<String> {
    let wanted = Wanted { schedules: wanted.to_vec(), ..Wanted::default() };
    let found = Found { schedules: found.to_vec(), ..Found::default() };
    let words = |change: Change| {
        let Change::Schedule(step) = &change else { panic!("{change:?}") };
        let name = step.shape().name.rsplit('-').next().unwrap_or_default();
        match step {
            Step::Update(_, fields) => format!("update {name} {fields:?}"),
            step => format!("{} {name}", step.as_str()),
        }
    };
    plan(&wanted, &found).into_iter().map(words).collect()
}

#[test]
fn the_smallest_schedule_is_a_job_with_the_defaults_of_cloud_scheduler() {
    let [job] = jobs(vec![schedule()]).try_into().unwrap();
    let url = live("me", 1).url;
    assert_eq!(job.url, format!("{}/jobs", url.trim_end_matches('/')));
    assert_eq!(job.audience, url.trim_end_matches('/'), "without the path");
    assert_eq!(job.time_zone, "Etc/UTC");
    assert_eq!(job.attempt_deadline, Duration::from_secs(180));
    let expected = ScheduledRetry {
        count: 0,
        max_duration: Duration::ZERO,
        minimum_backoff: Duration::from_secs(5),
        maximum_backoff: Duration::from_secs(3_600),
        max_doublings: 5,
    };
    assert_eq!(job.retry, expected);
    assert!(job.description.len() < 500, "{}", job.description);
}

#[test]
fn a_default_backoff_fits_the_one_that_is_requested() {
    let with = |minimum, maximum| {
        let second = |seconds: Option<u64>| seconds.map(Duration::from_secs);
        let retry = ScheduleRetry {
            minimum_backoff: second(minimum),
            maximum_backoff: second(maximum),
            ..ScheduleRetry::default()
        };
        let [job] = jobs(vec![ScheduleTrigger { retry, ..schedule() }]).try_into().unwrap();
        (job.retry.minimum_backoff.as_secs(), job.retry.maximum_backoff.as_secs())
    };
    assert_eq!(with(Some(7_200), None), (7_200, 7_200));
    assert_eq!(with(None, Some(2)), (2, 2));
    assert_eq!(with(Some(1), Some(2)), (1, 2));
}

#[test]
fn each_field_that_changes_is_updated_in_place_and_one_that_vanishes_has_its_default_again() {
    type Case = (fn(&mut ScheduleTrigger), &'static str);
    let cases: [Case; 13] = [
        (|s| s.schedule = "every 5 minutes".into(), "[Schedule]"),
        (|s| s.time_zone = Some("Asia/Tokyo".into()), "[Schedule]"),
        (|s| s.method = Method::Get, "[Request]"),
        (|s| s.path = "/".into(), "[Request]"),
        (|s| s.body = b"{}".to_vec(), "[Request]"),
        (|s| drop(s.headers.insert("X-A".into(), "1".into())), "[Request]"),
        (|s| s.account = Some("other@p.iam.gserviceaccount.com".into()), "[Request]"),
        (|s| s.attempt_deadline = Some(Duration::from_secs(15)), "[AttemptDeadline]"),
        (|s| s.retry.count = 5, "[Retry]"),
        (|s| s.retry.max_duration = Some(Duration::from_secs(60)), "[Retry]"),
        (|s| s.retry.minimum_backoff = Some(Duration::from_secs(6)), "[Retry]"),
        (|s| s.retry.maximum_backoff = Some(Duration::from_secs(60)), "[Retry]"),
        (|s| s.retry.max_doublings = Some(6), "[Retry]"),
    ];
    let before = jobs(vec![schedule()]);
    assert_eq!(words(&before, &there(&before)), [""; 0]);
    for (index, (change, fields)) in cases.into_iter().enumerate() {
        let mut changed = schedule();
        change(&mut changed);
        let after = jobs(vec![changed]);
        let expected = [format!("update 1 {fields}")];
        assert_eq!(words(&after, &there(&before)), expected, "case {index}");
        assert_eq!(words(&after, &there(&after)), [""; 0], "twice is once, case {index}");
        assert_eq!(words(&before, &there(&after)), expected, "and back again, case {index}");
    }
}

#[test]
fn schedules_come_and_go_by_their_names() {
    let named = |name: &str| ScheduleTrigger { name: name.to_owned(), ..schedule() };
    let (a, b, c) = (named("a"), named("b"), named("c"));
    let before = there(&jobs(vec![a.clone(), b.clone()]));
    let later = ScheduleTrigger { schedule: "0 10 * * *".to_owned(), ..b.clone() };
    for (after, expected) in [
        (vec![b.clone(), a.clone()], vec![]),
        (vec![], vec!["delete a", "delete b"]),
        (vec![b.clone()], vec!["delete a"]),
        (vec![c.clone(), b, a], vec!["create c"]),
        (vec![c, later], vec!["create c", "update b [Schedule]", "delete a"]),
    ] {
        assert_eq!(words(&jobs(after), &before), expected);
    }
}

#[test]
fn a_job_that_somebody_paused_stays_paused_and_one_that_is_unfinished_is_made_again() {
    let wanted = jobs(vec![schedule()]);
    let in_state = |state| {
        let mut found = there(&wanted);
        found[0].state = state;
        words(&wanted, &found)
    };
    assert_eq!(in_state(TriggerState::Paused), [""; 0]);
    assert_eq!(in_state(TriggerState::Failing), [""; 0]);
    assert_eq!(in_state(TriggerState::Unfinished), ["recreate 1"]);
    let by_hand = ScheduledCall { url: String::new(), ..wanted[0].clone() };
    let expected = format!("update 1 {:?}", [ScheduleField::Request]);
    assert_eq!(words(&wanted, &there(&[by_hand])), [expected]);
}

#[test]
fn every_refusal_of_cloud_scheduler_ends_in_one_verdict_with_advice() {
    let function = with(vec![Trigger::Schedule(schedule())]);
    let verdict = |kind, reason: &str, words: &'static str| {
        let error = CloudError::caused("create trigger", "j", kind, words);
        let error = CloudError { reason: reason.to_owned(), ..error };
        refusal(Some(TriggerKind::Schedule), "schedule \"0 9 * * *\"", &error, &function)
    };
    let rate =
        "Quota exceeded for quota metric 'Write requests' and limit 'Write requests per minute'";
    for (kind, reason, words) in [
        (Kind::ResourceExhausted, "RATE_LIMIT_EXCEEDED", ""),
        (Kind::ResourceExhausted, "", rate),
        (Kind::Unavailable, "", ""),
        (Kind::Internal, "", ""),
    ] {
        assert_eq!(verdict(kind, reason, words), Verdict::Retry, "{kind:?} {words}");
    }
    for (kind, words, advice) in [
        (Kind::ResourceExhausted, "The job quota is used up.", "1,000 jobs"),
        (
            Kind::InvalidArgument,
            "Location must equal us-east1 because the App Engine app that is associated with this \
             project is located in us-east1",
            "the region that the reason names",
        ),
        (Kind::InvalidArgument, "Schedule or time zone is invalid.", "fix `schedule`"),
        (Kind::NotFound, "Location r not found.", "gcloud scheduler locations list --project p"),
        (Kind::InvalidArgument, "HttpTarget.headers", "`triggers`"),
    ] {
        let Verdict::Refused(class, found) = verdict(kind, "", words) else {
            panic!("{kind:?} {words}")
        };
        assert_eq!(class == FailureClass::System, kind == Kind::ResourceExhausted, "{words}");
        assert!(found.contains(advice), "{found}");
    }
    for (reason, expected) in [
        ("", "roles/cloudscheduler.admin"),
        ("", "roles/cloudscheduler.serviceAgent"),
        ("", "roles/iam.serviceAccountUser"),
        ("", "gcloud scheduler locations list --project p"),
        ("SERVICE_DISABLED", "gcloud services enable cloudscheduler.googleapis.com --project p"),
    ] {
        let Verdict::Propagates(found) = verdict(Kind::PermissionDenied, reason, "") else {
            panic!("a grant may not be effective yet")
        };
        assert!(found.contains(expected), "{found}");
    }
}
