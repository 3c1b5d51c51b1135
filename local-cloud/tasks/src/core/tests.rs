use std::time::Duration;

use longshore_local_kit::durable::{Core as _, Durable};
use longshore_local_kit::targets::{Outcome, Verb};
use time::format_description::well_known::Rfc3339;

use super::*;

const QUEUE: &str = "projects/p/locations/l/queues/q";

fn time(text: &str) -> OffsetDateTime {
    OffsetDateTime::parse(&format!("2026-01-01T{text}Z"), &Rfc3339).unwrap()
}

fn queue(limits: Limits, retry: Retry) -> Queue {
    Queue {
        name: QUEUE.to_owned(),
        limits,
        retry,
        sampling_ratio: None,
        is_paused: false,
        is_disabled: false,
        purged_at: None,
        routing: None,
    }
}

fn spec(id: &str) -> Spec {
    Spec {
        name: format!("{QUEUE}/tasks/{id}"),
        is_named: true,
        url: "http://127.0.0.1:1/work".to_owned(),
        verb: Verb::Post,
        headers: BTreeMap::new(),
        body: "hello".into(),
        oidc: None,
        deadline: Duration::from_secs(600),
        retry: None,
        created_at: time("00:00:00"),
    }
}

/// Cloud Tasks with a clock that is set by hand.
struct Fixture(Durable<CloudTasks>);

impl Fixture {
    fn new(limits: Limits, retry: Retry) -> Self {
        let mut fixture = Self(Durable::in_memory(CloudTasks::default()));
        fixture.commit(|core| core.create_queue(queue(limits, retry)));
        fixture
    }

    fn commit<T>(
        &mut self,
        decide: impl FnOnce(&CloudTasks) -> Result<(T, Vec<Event>), Refusal>,
    ) -> T {
        let (answer, events) = decide(&self.0).unwrap();
        self.0.commit(events).unwrap();
        answer
    }

    fn add(&mut self, id: &str) {
        self.commit(|core| core.create_task(spec(id), None, time("00:00:00")));
    }

    /// The attempts that begin at a time.
    fn begin(&mut self, now: &str) -> Vec<Attempt> {
        let (events, attempts) = self.0.due(time(now));
        self.0.commit(events).unwrap();
        self.0.core_mut().begin(&attempts, time(now));
        attempts
    }

    fn begin_one(&mut self, now: &str) -> Attempt {
        let attempts = self.begin(now);
        assert_eq!(attempts.len(), 1, "{attempts:?}");
        attempts.into_iter().next().unwrap()
    }

    fn end(&mut self, attempt: &Attempt, status: u16, now: &str) {
        let events = self.0.finish(attempt, &Outcome::Answered(status), time(now));
        self.0.commit(events).unwrap();
        self.0.core_mut().end(attempt);
    }

    fn task(&self, id: &str) -> Result<&Task, Refusal> {
        self.0.task(&format!("{QUEUE}/tasks/{id}"), time("00:30:00"))
    }

    /// The state as the journal restores it.
    fn restart(&mut self) {
        let mut restored = CloudTasks::default();
        self.0.snapshot().into_iter().for_each(|event| restored.apply(event));
        self.0 = Durable::in_memory(restored);
    }

    fn wakes_at(&self, now: &str, expected: &str) {
        assert_eq!(self.0.next_wakeup(time(now)), Some(time(expected)));
    }
}

fn unlimited() -> Fixture {
    Fixture::new(Limits::default(), Retry::default())
}

#[test]
fn a_task_is_dispatched_once_and_ends_with_success() {
    let mut fixture = unlimited();
    fixture.add("a");
    let attempt = fixture.begin_one("00:00:00");
    assert!(fixture.begin("00:00:01").is_empty(), "the attempt is being made");
    fixture.end(&attempt, 200, "00:00:01");
    assert!(fixture.begin("00:00:02").is_empty());
    assert_eq!(fixture.task("a").unwrap_err(), Refusal::TaskGone);
    assert_eq!(fixture.0.next_wakeup(time("00:00:02")), None);
}

#[test]
fn a_task_waits_for_its_time() {
    let mut fixture = unlimited();
    fixture.commit(|core| core.create_task(spec("a"), Some(time("00:10:00")), time("00:00:00")));
    fixture.wakes_at("00:00:00", "00:10:00");
    assert!(fixture.begin("00:09:59").is_empty());
    assert_eq!(fixture.begin("00:10:00").len(), 1);
}

#[test]
fn an_attempt_that_a_crash_interrupted_is_made_again() {
    let mut fixture = unlimited();
    fixture.add("a");
    fixture.begin_one("00:00:00");
    fixture.restart();
    let again = fixture.begin_one("00:00:05");
    assert_eq!(again.before.dispatches, 1);
    fixture.end(&again, 200, "00:00:06");
    fixture.restart();
    assert!(fixture.begin("00:00:07").is_empty());
    assert_eq!(fixture.task("a").unwrap_err(), Refusal::TaskGone, "also after a restart");
}

#[test]
fn failures_back_off_and_end_with_the_last_attempt() {
    let retry =
        Retry { max_attempts: Some(3), min_backoff: Duration::from_secs(10), ..Retry::default() };
    let mut fixture = Fixture::new(Limits::default(), retry);
    fixture.add("a");
    for (now, status, next) in [("00:00:00", 503, "00:00:10"), ("00:00:10", 404, "00:00:30")] {
        let attempt = fixture.begin_one(now);
        fixture.end(&attempt, status, now);
        fixture.wakes_at(now, next);
    }
    let progress = &fixture.task("a").unwrap().progress;
    let counts = (progress.dispatches, progress.responses, progress.executions);
    assert_eq!(counts, (2, 2, 1), "an error of a server is no execution");
    assert_eq!(progress.last_response, Some(404));
    let last = fixture.begin_one("00:00:30");
    fixture.end(&last, 500, "00:00:30");
    assert_eq!(fixture.task("a").unwrap_err(), Refusal::TaskGone);
}

#[test]
fn retries_go_on_until_attempts_and_duration_are_both_used() {
    let retry = Retry {
        max_attempts: Some(1),
        max_duration: Duration::from_secs(15),
        min_backoff: Duration::from_secs(10),
        doublings: 0,
        max_backoff: Duration::from_secs(10),
    };
    for (max_attempts, attempts) in [(Some(1), 3), (None, 3), (Some(5), 5)] {
        let mut fixture = Fixture::new(Limits::default(), Retry { max_attempts, ..retry });
        fixture.add("a");
        let times = (0..attempts).map(|number| format!("00:00:{number}0"));
        for now in times {
            let attempt = fixture.begin_one(&now);
            fixture.end(&attempt, 500, &now);
        }
        assert_eq!(fixture.task("a").unwrap_err(), Refusal::TaskGone, "{max_attempts:?}");
    }
    let forever = Retry { max_attempts: None, max_duration: Duration::ZERO, ..retry };
    let mut fixture = Fixture::new(Limits::default(), forever);
    fixture.add("a");
    let attempt = fixture.begin_one("00:00:00");
    fixture.end(&attempt, 500, "23:00:00");
    assert!(fixture.task("a").is_ok());
}

#[test]
fn a_queue_dispatches_a_burst_and_then_at_its_rate() {
    let mut fixture = Fixture::new(Limits { rate: 2.0, concurrent: 1000 }, Retry::default());
    (0..13).for_each(|number| fixture.add(&format!("t{number:02}")));
    assert_eq!(fixture.begin("00:00:00").len(), 10, "the burst");
    assert!(fixture.begin("00:00:00").is_empty());
    let next = fixture.0.next_wakeup(time("00:00:00")).unwrap() - time("00:00:00");
    assert_eq!(next.whole_milliseconds(), 501);
    assert_eq!(fixture.begin("00:00:01").len(), 2);
    assert_eq!(fixture.begin("00:00:02").len(), 1);
}

#[test]
fn a_queue_dispatches_no_more_at_once_than_its_limit() {
    let mut fixture = Fixture::new(Limits { rate: 500.0, concurrent: 2 }, Retry::default());
    ["a", "b", "c"].into_iter().for_each(|id| fixture.add(id));
    let attempts = fixture.begin("00:00:00");
    assert_eq!(attempts.len(), 2);
    assert_eq!(fixture.0.next_wakeup(time("00:00:00")), None, "an attempt has to end");
    fixture.end(&attempts[0], 200, "00:00:01");
    assert_eq!(fixture.begin_one("00:00:01").spec.name, spec("c").name);
}

#[test]
fn a_paused_queue_takes_tasks_and_dispatches_none() {
    let mut fixture = unlimited();
    fixture.commit(|core| core.set_paused(QUEUE, true));
    fixture.add("a");
    fixture.restart();
    assert!(fixture.begin("00:00:01").is_empty());
    assert_eq!(fixture.0.next_wakeup(time("00:00:01")), None);
    fixture.commit(|core| core.set_paused(QUEUE, false));
    assert_eq!(fixture.begin("00:00:02").len(), 1);
}

#[test]
fn a_task_is_run_now_whatever_its_queue_says() {
    let mut fixture = Fixture::new(Limits { rate: 2.0, concurrent: 1 }, Retry::default());
    fixture.add("a");
    fixture.begin_one("00:00:00");
    fixture.commit(|core| core.set_paused(QUEUE, true));
    fixture.commit(|core| core.create_task(spec("b"), Some(time("01:00:00")), time("00:00:00")));
    let name = spec("b").name;
    fixture.commit(|core| core.run_task(&name, time("00:00:10")));
    fixture.restart();
    fixture.wakes_at("00:00:10", "00:00:10");
    let forced = fixture.begin_one("00:00:10");
    assert_eq!(forced.spec.name, name);
    fixture.end(&forced, 500, "00:00:10");
    assert!(fixture.begin("00:20:00").is_empty(), "the queue is still paused");
}

#[test]
fn a_task_that_is_run_while_it_runs_is_attempted_again() {
    let mut fixture = unlimited();
    fixture.add("a");
    let first = fixture.begin_one("00:00:00");
    let name = first.spec.name.clone();
    fixture.commit(|core| core.run_task(&name, time("00:00:01")));
    assert!(fixture.begin("00:00:01").is_empty());
    fixture.end(&first, 500, "00:00:02");
    assert_eq!(fixture.begin("00:00:02").len(), 1, "without a pause");
}

#[test]
fn a_name_is_not_used_twice_within_an_hour() {
    let mut fixture = unlimited();
    fixture.add("a");
    let again = |fixture: &Fixture, now| fixture.0.create_task(spec("a"), None, time(now));
    assert_eq!(again(&fixture, "00:00:00").unwrap_err(), Refusal::TaskExists);
    let attempt = fixture.begin_one("00:00:00");
    fixture.end(&attempt, 200, "00:00:00");
    fixture.restart();
    assert_eq!(again(&fixture, "00:59:59").unwrap_err(), Refusal::TaskNameUsed);
    fixture.commit(|core| core.create_task(spec("a"), None, time("01:00:00")));
    assert!(fixture.0.gone_tasks.is_empty());
    fixture.restart();
    assert!(fixture.task("a").is_ok());
}

#[test]
fn a_purge_deletes_the_tasks_and_ignores_attempts_that_are_being_made() {
    let mut fixture = unlimited();
    ["a", "b"].into_iter().for_each(|id| fixture.add(id));
    let attempts = fixture.begin("00:00:00");
    let purged = fixture.commit(|core| core.purge(QUEUE, time("00:00:01")));
    assert_eq!(purged.purged_at, Some(time("00:00:01")));
    attempts.iter().for_each(|attempt| fixture.end(attempt, 500, "00:00:02"));
    assert_eq!(fixture.0.tasks_in(QUEUE).unwrap().count(), 0);
    assert!(fixture.begin("00:10:00").is_empty());
}

#[test]
fn the_end_of_a_deleted_task_does_not_end_a_new_one_of_that_name() {
    let mut fixture = unlimited();
    fixture.add("a");
    let old = fixture.begin_one("00:00:00");
    fixture.commit(|core| core.delete_task(&old.spec.name, time("00:00:01")));
    let renewed = Spec { created_at: time("01:00:02"), ..spec("a") };
    fixture.commit(|core| core.create_task(renewed, None, time("01:00:02")));
    fixture.end(&old, 200, "01:00:03");
    assert_eq!(fixture.begin("01:00:03").len(), 1);
}

#[test]
fn a_queue_is_deleted_with_its_tasks_and_created_again() {
    let mut fixture = unlimited();
    fixture.add("a");
    fixture.commit(|core| core.delete_queue(QUEUE, time("00:00:01")));
    assert_eq!(fixture.0.queue(QUEUE).unwrap_err(), Refusal::NoQueue);
    let refused = fixture.0.create_task(spec("b"), None, time("00:00:01")).unwrap_err();
    assert_eq!(refused, Refusal::NoQueue);
    let refused = fixture.0.delete_queue(QUEUE, time("00:00:01")).unwrap_err();
    assert_eq!(refused, Refusal::NotFound);
    fixture.commit(|core| core.create_queue(queue(Limits::default(), Retry::default())));
    assert_eq!(fixture.0.tasks_in(QUEUE).unwrap().count(), 0);
    let refused = fixture.0.create_queue(queue(Limits::default(), Retry::default())).unwrap_err();
    assert_eq!(refused, Refusal::QueueExists);
}

#[test]
fn what_is_wrong_is_named() {
    let fixture = unlimited();
    let day = Duration::from_secs(24 * 3600);
    for (bad, expected) in [
        (Spec { url: String::new(), ..spec("a") }, "HttpRequest.url is required."),
        (Spec { url: "a.b".to_owned(), ..spec("a") }, "HttpTarget.url must start with"),
        (Spec { verb: Verb::Get, ..spec("a") }, "HttpRequest.body"),
        (Spec { deadline: day, ..spec("a") }, "Task.dispatchDeadline must be between [15s, 30m]."),
        (Spec { body: vec![0; (1 << 20) + 1].into(), ..spec("a") }, "Task size too large"),
        (spec("a.b"), "Task ID \"a.b\" can contain only"),
        (Spec { name: "a".to_owned(), ..spec("a") }, "Task name must be formatted"),
    ] {
        let refused = fixture.0.create_task(bad, None, time("00:00:00")).unwrap_err().to_string();
        assert!(refused.contains(expected), "{refused}");
    }
    let late = Some(time("00:00:00") + 31 * day);
    let refused = fixture.0.create_task(spec("a"), late, time("00:00:00")).unwrap_err().to_string();
    assert!(refused.contains("no more than 720h in the future"), "{refused}");
    let default = Limits::default();
    let backoff = Retry { min_backoff: 2 * day, ..Retry::default() };
    for (limits, retry, expected) in [
        (Limits { rate: -1.0, ..default }, Retry::default(), "maxDispatchesPerSecond"),
        (Limits { rate: 501.0, ..default }, Retry::default(), "less than or equal to 500"),
        (Limits { concurrent: 5001, ..default }, Retry::default(), "less than or equal to 5000"),
        (default, backoff, "RetryConfig.minBackoff"),
    ] {
        let bad = Queue { name: format!("{QUEUE}2"), ..queue(limits, retry) };
        let refused = fixture.0.create_queue(bad).unwrap_err().to_string();
        assert!(refused.contains(expected), "{refused}");
    }
    assert!(check_queue("projects/p/locations/l/queues/a_b").is_err());
}
