use std::time::Duration;

use longshore_local_kit::durable::{Core as _, Durable};
use longshore_local_kit::targets::Verb;
use time::format_description::well_known::Rfc3339;

use super::*;

const JOB: &str = "projects/p/locations/l/jobs/j";
const FAILED: i32 = 13;

fn time(text: &str) -> OffsetDateTime {
    OffsetDateTime::parse(&format!("2026-01-01T{text}Z"), &Rfc3339).unwrap()
}

fn spec() -> Spec {
    Spec {
        name: JOB.to_owned(),
        description: String::new(),
        target: Target::Http {
            uri: "http://127.0.0.1:1/work".to_owned(),
            verb: Verb::Post,
            headers: BTreeMap::new(),
            body: "hello".into(),
            oidc: None,
        },
        schedule: "*/10 * * * *".to_owned(),
        time_zone: "UTC".to_owned(),
        retry: Retry::default(),
        attempt_deadline: Duration::from_secs(180),
    }
}

/// A scheduler with a clock that is set by hand.
struct Fixture(Durable<Scheduler>);

impl Fixture {
    fn new(spec: Spec) -> Self {
        let mut fixture = Self(Durable::in_memory(Scheduler::default()));
        fixture.commit(|core| core.create(spec, time("00:05:00")));
        fixture
    }

    fn commit<T>(
        &mut self,
        decide: impl FnOnce(&Scheduler) -> Result<(T, Vec<Event>), Refusal>,
    ) -> T {
        let (answer, events) = decide(&self.0).unwrap();
        self.0.commit(events).unwrap();
        answer
    }

    fn job(&self) -> &Job {
        self.0.job(JOB).unwrap()
    }

    /// The attempts that begin at a time.
    fn begin(&mut self, now: &str) -> Vec<Attempt> {
        let (events, attempts) = self.0.due(time(now));
        self.0.commit(events).unwrap();
        self.0.core_mut().begin(&attempts);
        attempts
    }

    fn begin_one(&mut self, now: &str) -> Attempt {
        let attempts = self.begin(now);
        assert_eq!(attempts.len(), 1, "{attempts:?}");
        attempts.into_iter().next().unwrap()
    }

    fn end(&mut self, attempt: &Attempt, code: i32, now: &str) {
        let status = Status { code, message: String::new() };
        let events = self.0.finish(attempt, status, time(now));
        self.0.commit(events).unwrap();
        self.0.core_mut().end(attempt);
    }

    /// The state as the journal restores it.
    fn restart(&mut self) {
        let mut restored = Scheduler::default();
        self.0.snapshot().into_iter().for_each(|event| restored.apply(event));
        self.0 = Durable::in_memory(restored);
    }

    fn wakes_at(&self, expected: &str) {
        assert_eq!(self.0.next_wakeup(), Some(time(expected)));
    }
}

#[test]
fn a_job_runs_at_each_time_of_its_schedule() {
    let mut fixture = Fixture::new(spec());
    fixture.wakes_at("00:10:00");
    assert!(fixture.begin("00:09:59").is_empty());
    for now in ["00:10:00", "00:20:00"] {
        let attempt = fixture.begin_one(now);
        assert_eq!(attempt.scheduled_for, time(now));
        assert!(fixture.begin(now).is_empty(), "the attempt is being made");
        fixture.end(&attempt, 0, now);
        assert!(fixture.begin(now).is_empty(), "the execution has ended");
        assert_eq!(fixture.job().progress.status, Some(Status::default()));
        assert_eq!(fixture.job().progress.last_attempt_at, Some(time(now)));
    }
    assert_eq!(fixture.job().scheduled_at(), Some(time("00:30:00")));
}

#[test]
fn times_that_pass_while_the_cloud_is_down_are_one_execution() {
    let mut fixture = Fixture::new(spec());
    fixture.restart();
    let attempt = fixture.begin_one("01:05:00");
    assert_eq!(attempt.scheduled_for, time("00:10:00"));
    fixture.end(&attempt, 0, "01:05:01");
    fixture.wakes_at("01:10:00");
}

#[test]
fn an_attempt_that_a_crash_interrupted_is_made_again_and_only_that_one() {
    let mut fixture = Fixture::new(spec());
    let interrupted = fixture.begin_one("00:10:00");
    fixture.restart();
    let again = fixture.begin_one("00:10:30");
    assert_eq!(again.scheduled_for, interrupted.scheduled_for);
    fixture.end(&again, 0, "00:10:31");
    fixture.restart();
    assert!(fixture.begin("00:10:32").is_empty());
    fixture.wakes_at("00:20:00");
}

#[test]
fn two_executions_of_a_schedule_never_overlap() {
    let mut fixture = Fixture::new(spec());
    let slow = fixture.begin_one("00:10:00");
    assert!(fixture.begin("00:20:00").is_empty());
    assert_eq!(fixture.0.next_wakeup(), None);
    fixture.end(&slow, 0, "00:25:00");
    let delayed = fixture.begin_one("00:25:00");
    assert_eq!(delayed.scheduled_for, time("00:20:00"));
}

#[test]
fn a_failure_without_retries_waits_for_the_next_time() {
    let mut fixture = Fixture::new(spec());
    let attempt = fixture.begin_one("00:10:00");
    fixture.end(&attempt, FAILED, "00:10:01");
    assert_eq!(fixture.job().progress.status.as_ref().map(|status| status.code), Some(FAILED));
    fixture.wakes_at("00:20:00");
}

#[test]
fn retries_back_off_and_end_with_their_count() {
    let retry = Retry { count: 3, min_backoff: Duration::from_secs(10), ..Retry::default() };
    let mut fixture = Fixture::new(Spec { retry, ..spec() });
    for (now, next) in
        [("00:10:00", "00:10:10"), ("00:10:10", "00:10:30"), ("00:10:30", "00:11:10")]
    {
        let attempt = fixture.begin_one(now);
        assert_eq!(attempt.scheduled_for, time("00:10:00"));
        fixture.end(&attempt, FAILED, now);
        fixture.wakes_at(next);
        assert_eq!(fixture.job().scheduled_at(), Some(time(next)));
    }
    let last = fixture.begin_one("00:11:10");
    fixture.end(&last, FAILED, "00:11:10");
    fixture.wakes_at("00:20:00");
}

#[test]
fn retries_go_on_until_count_and_duration_are_both_reached() {
    let retry = Retry {
        count: 1,
        max_duration: Duration::from_secs(60),
        min_backoff: Duration::from_secs(20),
        doublings: 0,
        max_backoff: Duration::from_secs(20),
    };
    let mut fixture = Fixture::new(Spec { retry, ..spec() });
    for (now, next) in [
        ("00:10:00", "00:10:20"),
        ("00:10:20", "00:10:40"),
        ("00:10:40", "00:11:00"),
        ("00:11:00", "00:20:00"),
    ] {
        let attempt = fixture.begin_one(now);
        fixture.end(&attempt, FAILED, now);
        fixture.wakes_at(next);
    }
}

#[test]
fn a_retry_gives_way_to_the_next_time_of_the_schedule() {
    let retry = Retry { count: 5, min_backoff: Duration::from_secs(600), ..Retry::default() };
    let mut fixture = Fixture::new(Spec { retry, ..spec() });
    let attempt = fixture.begin_one("00:10:00");
    fixture.end(&attempt, FAILED, "00:10:00");
    assert_eq!(fixture.begin_one("00:20:00").scheduled_for, time("00:20:00"));
}

#[test]
fn a_paused_job_neither_runs_nor_catches_up() {
    let mut fixture = Fixture::new(spec());
    fixture.commit(|core| core.pause(JOB));
    assert!(fixture.begin("00:30:00").is_empty());
    assert_eq!(fixture.0.next_wakeup(), None);
    fixture.restart();
    fixture.commit(|core| core.resume(JOB, time("00:35:00")));
    assert!(fixture.begin("00:35:00").is_empty());
    fixture.wakes_at("00:40:00");
}

#[test]
fn a_paused_job_is_not_retried() {
    let retry = Retry { count: 5, ..Retry::default() };
    let mut fixture = Fixture::new(Spec { retry, ..spec() });
    let attempt = fixture.begin_one("00:10:00");
    fixture.commit(|core| core.pause(JOB));
    fixture.end(&attempt, FAILED, "00:10:01");
    assert_eq!(fixture.0.next_wakeup(), None);
}

#[test]
fn a_job_is_run_now_even_if_it_is_paused_or_running() {
    let mut fixture = Fixture::new(spec());
    let scheduled = fixture.begin_one("00:10:00");
    fixture.commit(|core| core.run(JOB, time("00:11:00")));
    let forced = fixture.begin_one("00:11:00");
    assert_ne!(forced.run, scheduled.run);
    fixture.end(&scheduled, 0, "00:11:10");
    fixture.end(&forced, 0, "00:11:20");
    fixture.wakes_at("00:20:00");
    fixture.commit(|core| core.pause(JOB));
    fixture.commit(|core| core.run(JOB, time("00:12:00")));
    fixture.restart();
    assert_eq!(fixture.begin_one("00:12:00").scheduled_for, time("00:12:00"));
}

#[test]
fn an_update_changes_the_schedule_and_keeps_a_pause() {
    let mut fixture = Fixture::new(spec());
    fixture.commit(|core| core.pause(JOB));
    let hourly = Spec { schedule: "0 * * * *".to_owned(), ..spec() };
    let job = fixture.commit(|core| core.update(hourly, time("00:06:00")));
    assert!(job.progress.is_paused);
    assert_eq!(job.progress.next_tick, Some(time("01:00:00")));
}

#[test]
fn the_outcome_of_an_attempt_of_a_deleted_job_changes_nothing() {
    let mut fixture = Fixture::new(spec());
    let attempt = fixture.begin_one("00:10:00");
    fixture.commit(|core| core.delete(JOB));
    fixture.commit(|core| core.create(spec(), time("00:10:01")));
    fixture.commit(|core| core.run(JOB, time("00:10:02")));
    fixture.end(&attempt, FAILED, "00:10:03");
    assert_eq!(fixture.begin("00:10:04").len(), 1, "the new job's own execution");
}

#[test]
fn what_is_wrong_with_a_job_is_named() {
    let http = |uri: &str, verb, body: &'static str| Target::Http {
        uri: uri.to_owned(),
        verb,
        headers: BTreeMap::new(),
        body: body.into(),
        oidc: None,
    };
    let topic = |topic: &str, data: &'static str| Target::Pubsub {
        topic: topic.to_owned(),
        data: data.into(),
        attributes: BTreeMap::new(),
    };
    let url = "http://a/";
    for (bad, expected) in [
        (Spec { schedule: "whenever".to_owned(), ..spec() }, "Schedule or time zone is invalid."),
        (Spec { target: http("a.b", Verb::Post, ""), ..spec() }, "HttpTarget.uri"),
        (Spec { target: http(url, Verb::Get, "x"), ..spec() }, "HttpTarget.body"),
        (Spec { target: topic("t", "x"), ..spec() }, "PubsubTarget.topic_name"),
        (Spec { target: topic("projects/q/topics/t", "x"), ..spec() }, "same project"),
        (Spec { target: topic("projects/p/topics/t", ""), ..spec() }, "at least one attribute"),
        (Spec { retry: Retry { count: 6, ..Retry::default() }, ..spec() }, "retry_count"),
        (Spec { attempt_deadline: Duration::from_secs(14), ..spec() }, "[15s, 30m]"),
        (Spec { description: "x".repeat(501), ..spec() }, "500 characters"),
    ] {
        let refused = Scheduler::default().create(bad, time("00:00:00")).unwrap_err().to_string();
        assert!(refused.contains(expected), "{refused}");
    }
}

#[test]
fn jobs_have_names_of_their_own() {
    let fixture = Fixture::new(spec());
    let refused = fixture.0.create(spec(), time("00:00:00")).unwrap_err();
    assert_eq!(refused, Refusal::AlreadyExists(JOB.to_owned()));
    assert_eq!(fixture.0.job("projects/p/locations/l/jobs/k").unwrap_err(), Refusal::NoJob);
    assert_eq!(check_job(JOB), Ok(()));
    for bad in ["j", "projects/p/locations/l/jobs/", "projects/p/locations/l/jobs/a.b"] {
        assert!(check_job(bad).is_err(), "{bad}");
    }
    let other = LocationName::parse("projects/p/locations/m").unwrap();
    assert_eq!(fixture.0.jobs_in(&other).count(), 0);
    let own = LocationName::parse("projects/p/locations/l").unwrap();
    assert_eq!(fixture.0.jobs_in(&own).count(), 1);
}
