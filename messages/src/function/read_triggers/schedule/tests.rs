use std::collections::BTreeMap;
use std::time::Duration;

use super::super::tests::{problem, read, spec};
use crate::function::Function;
use crate::function::triggers::{Method, ScheduleRetry, ScheduleTrigger, Trigger};
use crate::{FunctionRef, proto};

fn of_schedules(
    schedules: impl IntoIterator<Item = proto::ScheduleTrigger>,
) -> proto::FunctionSpec {
    spec(schedules.into_iter().map(proto::trigger::Kind::Schedule).collect())
}

fn every_day() -> proto::ScheduleTrigger {
    proto::ScheduleTrigger { schedule: "0 9 * * *".to_owned(), ..Default::default() }
}

fn seconds(seconds: i64) -> Option<pbjson_types::Duration> {
    Some(pbjson_types::Duration { seconds, nanos: 0 })
}

fn schedules(function: &Function) -> Vec<ScheduleTrigger> {
    let schedule = |trigger: &Trigger| match trigger {
        Trigger::Schedule(schedule) => schedule.clone(),
        other => panic!("{other:?}"),
    };
    function.triggers.iter().map(schedule).collect()
}

#[test]
fn the_smallest_schedule_has_defaults_and_its_position_as_its_name() {
    let named = proto::ScheduleTrigger { name: "nightly".to_owned(), ..every_day() };
    let function = read(of_schedules([every_day(), named, every_day()])).unwrap();
    let names: Vec<String> = schedules(&function).into_iter().map(|one| one.name).collect();
    assert_eq!(names, ["1", "nightly", "3"]);
    let expected = ScheduleTrigger {
        name: "1".to_owned(),
        schedule: "0 9 * * *".to_owned(),
        time_zone: None,
        method: Method::Post,
        path: "/".to_owned(),
        body: Vec::new(),
        headers: BTreeMap::new(),
        attempt_deadline: None,
        retry: ScheduleRetry::default(),
        account: None,
    };
    assert_eq!(schedules(&function)[0], expected);
}

#[test]
fn every_field_of_a_schedule_survives_its_protobuf() {
    let function = read(of_schedules([proto::ScheduleTrigger {
        schedule: "1st,third mon,wed of jan,july 17:00".to_owned(),
        time_zone: "America/New_York".to_owned(),
        method: "PUT".to_owned(),
        path: "/jobs/a?kind=daily&all=1".to_owned(),
        body: b"{}".to_vec(),
        headers: BTreeMap::from([("Content-Type".to_owned(), "application/json".to_owned())]),
        attempt_deadline: seconds(1_800),
        retry: Some(proto::ScheduleRetry {
            count: 5,
            max_duration: seconds(600),
            minimum_backoff: Some(Duration::from_millis(1_500).into()),
            maximum_backoff: seconds(60),
            max_doublings: Some(3),
        }),
        service_account: "caller@demo-project.iam.gserviceaccount.com".to_owned(),
        name: "daily".to_owned(),
    }]))
    .unwrap();
    let [schedule] = schedules(&function).try_into().unwrap();
    assert_eq!((schedule.method, schedule.retry.count), (Method::Put, 5));
    assert_eq!(schedule.retry.minimum_backoff, Some(Duration::from_millis(1_500)));
    assert_eq!(read(function.to_proto()), Ok(function));
}

#[test]
fn both_formats_of_times_are_accepted_and_everything_else_is_refused() {
    for text in [
        "* * * * *",
        "*/5 0-6,12 1,15 jan-mar mon",
        "30 16 * * 7",
        "0 9-17/2 * * MON-FRI",
        "every 12 hours",
        "every 5 minutes from 10:00 to 14:00",
        "every 2 hours synchronized",
        "every day 00:00",
        "every monday 09:00",
        "2nd,third mon,wed,thu of march 17:00",
        "1st monday of sep,oct,nov 17:00",
        "1 of jan,april,july,oct 00:00",
        "1,15 of month 07:30",
    ] {
        let trigger = proto::ScheduleTrigger { schedule: text.to_owned(), ..every_day() };
        read(of_schedules([trigger])).unwrap_or_else(|invalid| panic!("{text}: {invalid}"));
    }
    for (text, expected) in [
        ("", "is required"),
        ("* * * *", "must have the 5 fields of unix-cron"),
        ("0 * * * * *", "must have the 5 fields of unix-cron"),
        ("60 * * * *", "must have as its minute *, numbers from 0 to 59"),
        ("* 24 * * *", "must have as its hour"),
        ("* * 0 * *", "must have as its day of the month"),
        ("* * * 13 *", "must have as its month"),
        ("* * * * 8", "must have as its day of the week"),
        ("* * * * mun", "must have as its day of the week"),
        ("5-1 * * * *", "must have as its minute"),
        ("*/0 * * * *", "must have as its minute"),
        ("1,,2 * * * *", "must have as its minute"),
        ("+5 * * * *", "must be in the format of unix-cron"),
        ("@daily", "must be in the format of unix-cron"),
        ("daily", "must be in the format of unix-cron"),
        ("every 5 seconds", "must be in the format of unix-cron"),
        ("every 0 minutes", "must have an interval from 1 minute to 24 hours"),
        ("every 25 hours", "must have an interval from 1 minute to 24 hours"),
        ("every 7 hours synchronized", "must have an interval that divides 24 hours evenly"),
        ("every 5 minutes from 14:00 to 10:00", "must have two times"),
        ("every monday 24:00", "must be in the format of unix-cron"),
        ("32 of jan 00:00", "must be in the format of unix-cron"),
        ("every monday of juli 09:00", "must be in the format of unix-cron"),
    ] {
        let trigger = proto::ScheduleTrigger { schedule: text.to_owned(), ..every_day() };
        let shown = problem(of_schedules([trigger]));
        let expected = format!("function.triggers[0].schedule.schedule {expected}");
        assert!(shown.starts_with(&expected), "{text}: {shown}");
    }
}

#[test]
fn each_field_of_a_schedule_is_checked_by_name() {
    let header = |name: &str, value: &str| proto::ScheduleTrigger {
        headers: BTreeMap::from([(name.to_owned(), value.to_owned())]),
        ..every_day()
    };
    let retry = |retry| proto::ScheduleTrigger { retry: Some(retry), ..every_day() };
    let default = proto::ScheduleRetry::default;
    let computed = "headers must not be set: Cloud Scheduler sets it itself";
    for (trigger, expected) in [
        (
            proto::ScheduleTrigger { time_zone: "Europe/Zuerich".to_owned(), ..every_day() },
            "timeZone must be the name of a time zone",
        ),
        (
            proto::ScheduleTrigger { time_zone: "europe/zurich".to_owned(), ..every_day() },
            "timeZone must be the name of a time zone",
        ),
        (
            proto::ScheduleTrigger { method: "post".to_owned(), ..every_day() },
            "method must be POST, GET",
        ),
        (
            proto::ScheduleTrigger { path: "jobs".to_owned(), ..every_day() },
            "path must be the path of a URL",
        ),
        (
            proto::ScheduleTrigger { path: "/jobs#top".to_owned(), ..every_day() },
            "path must be the path of a URL",
        ),
        (
            proto::ScheduleTrigger { path: format!("/{}", "a".repeat(1_024)), ..every_day() },
            "path must be the path of a URL",
        ),
        (
            proto::ScheduleTrigger { method: "GET".to_owned(), body: b"x".to_vec(), ..every_day() },
            "body requires the method POST, PUT or PATCH",
        ),
        (
            proto::ScheduleTrigger { body: vec![0; 900 * 1024 + 1], ..every_day() },
            "body must have at most 900 KiB",
        ),
        (header("Host", "a"), computed),
        (header("user-agent", "a"), computed),
        (header("Authorization", "Bearer x"), computed),
        (header("X-CloudScheduler-JobName", "a"), computed),
        (header("X-Google-Anything", "a"), computed),
        (header("a b", "a"), "headers must be the name of an HTTP header"),
        (header("X-A", "a\nb"), "headers must have a value of printable ASCII"),
        (header("X-A", &"a".repeat(80 * 1024)), "headers must have less than 80 KiB"),
        (
            proto::ScheduleTrigger { attempt_deadline: seconds(14), ..every_day() },
            "attemptDeadline must be between 15 s and 1800 s",
        ),
        (
            proto::ScheduleTrigger { attempt_deadline: seconds(1_801), ..every_day() },
            "attemptDeadline must be between 15 s and 1800 s",
        ),
        (retry(proto::ScheduleRetry { count: 6, ..default() }), "retry.count must be"),
        (retry(proto::ScheduleRetry { count: -1, ..default() }), "retry.count must be"),
        (
            retry(proto::ScheduleRetry { max_duration: seconds(-1), ..default() }),
            "retry.maxDuration must be between",
        ),
        (
            retry(proto::ScheduleRetry {
                minimum_backoff: seconds(20),
                maximum_backoff: seconds(10),
                ..default()
            }),
            "retry.minimumBackoff must not be longer than maximumBackoff",
        ),
        (
            retry(proto::ScheduleRetry { max_doublings: Some(0), ..default() }),
            "retry.maxDoublings must be at least 1",
        ),
        (
            proto::ScheduleTrigger { service_account: "me".to_owned(), ..every_day() },
            "serviceAccount must be the email address",
        ),
        (
            proto::ScheduleTrigger {
                service_account: "caller@other-project.iam.gserviceaccount.com".to_owned(),
                ..every_day()
            },
            "serviceAccount must be a service account of the function's project",
        ),
        (
            proto::ScheduleTrigger { name: "Nightly".to_owned(), ..every_day() },
            "name must have 1 to 30 lower-case letters",
        ),
    ] {
        let shown = problem(of_schedules([trigger]));
        let expected = format!("function.triggers[0].schedule.{expected}");
        assert!(shown.starts_with(&expected), "{expected}: {shown}");
    }
    let twice = BTreeMap::from([("X-A".to_owned(), "1".into()), ("x-a".to_owned(), "2".into())]);
    let shown = problem(of_schedules([proto::ScheduleTrigger { headers: twice, ..every_day() }]));
    assert!(shown.contains("must differ from the other headers by more than case"), "{shown}");
    for email in
        ["123-compute@developer.gserviceaccount.com", "demo-project@appspot.gserviceaccount.com"]
    {
        let service_account = email.to_owned();
        read(of_schedules([proto::ScheduleTrigger { service_account, ..every_day() }])).unwrap();
    }
}

#[test]
fn two_schedules_need_different_names() {
    let named = |name: &str| proto::ScheduleTrigger { name: name.to_owned(), ..every_day() };
    let shown = problem(of_schedules([named("a"), named("a")]));
    let expected = "function.triggers[1].schedule must differ from the other schedules in its name";
    assert!(shown.starts_with(expected), "{shown}");
}

#[test]
fn the_name_of_a_job_depends_on_its_trigger_by_name_only() {
    let at = FunctionRef { project: "p".into(), region: "r".into(), name: "My_Function".into() };
    let function = read(of_schedules([every_day()])).unwrap();
    let mut schedule = schedules(&function).remove(0);
    let before = schedule.job("longshore", &at);
    assert!(before.starts_with("projects/p/locations/r/jobs/longshore-"), "{before}");
    assert!(before.ends_with("-my-function-1"), "{before}");
    schedule.schedule = "every 5 minutes".to_owned();
    schedule.path = "/other".to_owned();
    assert_eq!(schedule.job("longshore", &at), before);
    schedule.name = "2".to_owned();
    assert_ne!(schedule.job("longshore", &at), before);
}
