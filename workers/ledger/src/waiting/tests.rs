//! What comes first if several things keep a deployment waiting. `tests/fleet/waiting.rs` stages the
//! waits in a ledger.

use time::Duration;

use super::*;

const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

fn facts(stage: &'static str) -> Facts {
    Facts {
        now: NOW,
        has_ended: false,
        batch: None,
        stage,
        since: Some(NOW),
        deadline_at: Some(NOW + Duration::HOUR),
        generation: Some(1),
        newest: Some((DeploymentId::of("test", "own"), 1)),
        is_cancelled: false,
        ending: None,
        parked: None,
        refused_at: None,
        noted: None,
        build: None,
        operation: None,
        other_operation: None,
    }
}

fn noted(cause: WaitCause, until: Option<OffsetDateTime>) -> Option<NotedWait> {
    Some(NotedWait { cause, since: NOW, until })
}

fn backoff() -> Option<NotedWait> {
    let cause = WaitCause::Backoff { error: "503".to_owned(), attempt: Some(5) };
    noted(cause, Some(NOW + Duration::MINUTE))
}

fn reason(facts: &Facts) -> Option<&'static str> {
    Waiting::of(facts).map(|waiting| waiting.reason())
}

#[test]
fn the_reason_that_takes_an_operator_comes_first() {
    let other = DeploymentId::of("test", "other");
    let mut facts = Facts { noted: backoff(), ..facts(WATCHER) };
    assert_eq!(reason(&facts), Some("backoff"));
    facts.refused_at = Some(NOW);
    assert_eq!(reason(&facts), Some("grant"));
    facts.is_cancelled = true;
    assert_eq!(reason(&facts), Some("cancelled"));
    facts.newest = Some((other, 2));
    assert_eq!(reason(&facts), Some("superseded"));
    facts.deadline_at = Some(NOW);
    assert_eq!(reason(&facts), Some("deadline"));
    facts.parked = Some(None);
    assert_eq!(reason(&facts), Some("parked"));
    facts.has_ended = true;
    assert_eq!(reason(&facts), None);
}

#[test]
fn what_is_being_written_is_neither_superseded_nor_cancelled() {
    let other = DeploymentId::of("test", "other");
    let mut facts = Facts {
        newest: Some((other, 2)),
        is_cancelled: true,
        ending: Some((DEPLOYER.to_owned(), NOW)),
        ..facts(DEPLOYER)
    };
    assert_eq!(reason(&facts), Some("revision"));
    facts.deadline_at = Some(NOW);
    assert_eq!(reason(&facts), Some("deadline-writing"));
}

#[test]
fn a_wait_that_is_over_is_not_a_reason() {
    let late = NOW + Duration::minutes(20);
    let mut facts = Facts { now: late, noted: backoff(), ..facts(SUBMITTER) };
    assert_eq!(reason(&facts), Some("queue"));
    facts.noted = noted(WaitCause::Other { awaited: "anything".to_owned() }, None);
    assert_eq!(reason(&facts), Some("queue"));
    facts.now = NOW + Duration::minutes(10);
    assert_eq!(reason(&facts), Some("worker"));
    facts.refused_at = Some(NOW - Duration::minutes(7));
    assert_eq!(reason(&facts), Some("worker"));
}

#[test]
fn an_operation_is_named_also_if_a_wait_for_it_is_noted() {
    let awaited = "the operation of the function".to_owned();
    let noted = noted(WaitCause::Other { awaited }, None);
    let mut facts = Facts { noted, ..facts(WATCHER) };
    assert_eq!(reason(&facts), Some("worker"));
    facts.operation = Some(("projects/p/locations/r/operations/o".to_owned(), NOW));
    assert_eq!(reason(&facts), Some("operation"));
}

#[test]
fn a_line_moves_at_the_rate_of_its_quota() {
    let until = NOW + Duration::seconds(12);
    for (seconds, position) in [(-1, 6), (0, 6), (1, 6), (2, 5), (9, 2), (11, 1), (60, 1)] {
        let now = NOW + Duration::seconds(seconds);
        assert_eq!(position_now(NOW, until, 6, now), position, "{seconds}");
    }
    assert_eq!(position_now(NOW, NOW, 0, NOW), 1);
}

#[test]
fn a_time_of_another_day_has_its_date() {
    let build = BuildWait {
        build: BuildRef { key: longshore_messages::BuildKey::of(&["k"]), number: 1 },
        is_own: true,
        function: None,
        submitted_at: Some(NOW),
        attempts: 1,
        others: 0,
        has_result: false,
    };
    let waiting = Waiting::BuildRuns(build, NOW);
    assert!(waiting.sentence(NOW).ends_with("submitted at 00:00:00 UTC"));
    let next_day = NOW + Duration::DAY;
    assert!(waiting.sentence(next_day).ends_with("submitted at 1970-01-01 00:00 UTC"));
}
