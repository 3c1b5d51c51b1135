use serde_json::Value;
use time::{Duration, OffsetDateTime};

use super::{
    Builds, CancelError, End, Event, Filter, INTERRUPTIONS_MAX, QUEUE_TTL, Request, Spec, Status,
};
use longshore_local_kit::durable::{Core as _, Durable};

const T0: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

fn spec(tags: &[&str]) -> Spec {
    Spec {
        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        image: "h/p/r/i:latest".to_owned(),
        ..Spec::default()
    }
}

fn with_builds(ids: &[&str]) -> Builds {
    let mut builds = Builds::default();
    for id in ids {
        apply(&mut builds, |builds| builds.submit((*id).to_owned(), spec(&[id]), T0));
    }
    builds
}

fn apply(builds: &mut Builds, command: impl FnOnce(&Builds) -> Vec<Event>) {
    command(builds).into_iter().for_each(|event| builds.apply(event));
}

fn statuses(builds: &Builds) -> Vec<(&str, Status)> {
    let mut all: Vec<_> = builds
        .newest(None, |_| true)
        .map(|(_, record)| (record.id.as_str(), record.status))
        .collect();
    all.reverse();
    all
}

fn end(status: Status) -> End {
    End::without_work(status, "")
}

#[test]
fn two_builds_run_at_a_time_and_the_oldest_queued_one_is_next() {
    let mut builds = with_builds(&["a", "b", "c", "d"]);
    apply(&mut builds, |builds| builds.schedule(T0, None));
    use Status::{Queued, Success, Working};
    assert_eq!(statuses(&builds), [("a", Working), ("b", Working), ("c", Queued), ("d", Queued)]);
    assert_eq!(builds.schedule(T0, None), [], "no room");
    apply(&mut builds, |builds| builds.finish("b", T0, end(Success)));
    apply(&mut builds, |builds| builds.schedule(T0, None));
    assert_eq!(statuses(&builds), [("a", Working), ("b", Success), ("c", Working), ("d", Queued)]);
}

#[test]
fn each_project_and_region_may_have_a_maximum_of_its_own() {
    let mut builds = Builds::default();
    for (id, region) in [("a", "r"), ("b", "r"), ("c", "s"), ("d", "r")] {
        let spec = Spec { region: region.to_owned(), ..spec(&[id]) };
        apply(&mut builds, |builds| builds.submit(id.to_owned(), spec, T0));
    }
    apply(&mut builds, |builds| builds.schedule(T0, Some(1)));
    use Status::{Queued, Success, Working};
    assert_eq!(statuses(&builds), [("a", Working), ("b", Queued), ("c", Working), ("d", Queued)]);
    apply(&mut builds, |builds| builds.finish("a", T0, end(Success)));
    apply(&mut builds, |builds| builds.schedule(T0, Some(1)));
    assert_eq!(statuses(&builds), [("a", Success), ("b", Working), ("c", Working), ("d", Queued)]);
}

#[test]
fn every_end_is_final() {
    use Status::{Cancelled, Expired, Failure, InternalError, Success, Timeout};
    for status in [Success, Failure, InternalError, Timeout, Cancelled, Expired] {
        let mut builds = with_builds(&["a"]);
        apply(&mut builds, |builds| builds.schedule(T0, None));
        apply(&mut builds, |builds| builds.finish("a", T0, end(status)));
        assert!(status.is_terminal());
        assert_eq!(builds.finish("a", T0, end(Failure)), [], "{status:?}");
        assert_eq!(builds.cancel("a", T0), Err(CancelError::Ended), "{status:?}");
        assert_eq!(builds.schedule(T0, None), [], "{status:?}");
        assert_eq!(builds.interrupted(T0), [], "{status:?}");
    }
}

#[test]
fn a_cancelled_build_ignores_the_later_end_of_its_work() {
    let mut builds = with_builds(&["queued", "working"]);
    apply(&mut builds, |builds| builds.cancel("queued", T0).unwrap());
    apply(&mut builds, |builds| builds.schedule(T0, None));
    apply(&mut builds, |builds| builds.cancel("working", T0).unwrap());
    assert_eq!(builds.finish("working", T0, end(Status::Success)), []);
    assert_eq!(statuses(&builds), [("queued", Status::Cancelled), ("working", Status::Cancelled)]);
    assert_eq!(builds.cancel("missing", T0), Err(CancelError::NotFound));
}

#[test]
fn a_build_that_waited_too_long_expires() {
    let mut builds = with_builds(&["a", "b", "c"]);
    apply(&mut builds, |builds| builds.schedule(T0, None));
    apply(&mut builds, |builds| builds.schedule(T0 + QUEUE_TTL - Duration::SECOND, None));
    assert_eq!(builds.get("c").unwrap().status, Status::Queued);
    apply(&mut builds, |builds| builds.schedule(T0 + QUEUE_TTL, None));
    use Status::{Expired, Working};
    assert_eq!(
        statuses(&builds),
        [("a", Working), ("b", Working), ("c", Expired)],
        "a running build does not expire"
    );
}

#[test]
fn a_build_expires_after_its_own_time_in_the_queue() {
    let mut builds = with_builds(&["a", "b"]);
    let request = Request {
        build: Value::Null,
        steps: Vec::new(),
        build_step: 0,
        timeout_seconds: 0,
        queue_ttl_seconds: 70,
        logs_bucket: String::new(),
    };
    let hasty = Spec { request: Some(Box::new(request)), ..spec(&[]) };
    apply(&mut builds, |builds| builds.submit("hasty".to_owned(), hasty.clone(), T0));
    apply(&mut builds, |builds| builds.schedule(T0 + Duration::seconds(69), None));
    assert_eq!(builds.get("hasty").unwrap().status, Status::Queued);
    apply(&mut builds, |builds| builds.schedule(T0 + Duration::seconds(70), None));
    assert_eq!(builds.get("hasty").unwrap().status, Status::Expired);
}

#[test]
fn after_a_restart_open_builds_are_queued_again_and_do_not_expire() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("journal");
    let mut durable = Durable::open(&path, Builds::default()).unwrap();
    for id in ["a", "b", "c"] {
        durable.commit(durable.submit(id.to_owned(), spec(&[]), T0)).unwrap();
    }
    durable.commit(durable.schedule(T0, None)).unwrap();
    durable.commit(durable.finish("a", T0, end(Status::Failure))).unwrap();
    drop(durable);

    let later = T0 + Duration::days(3);
    let mut durable = Durable::open(&path, Builds::default()).unwrap();
    durable.commit(durable.interrupted(later)).unwrap();
    use Status::{Failure, Queued, Working};
    assert_eq!(statuses(&durable), [("a", Failure), ("b", Queued), ("c", Queued)]);
    durable.commit(durable.schedule(later, None)).unwrap();
    assert_eq!(statuses(&durable), [("a", Failure), ("b", Working), ("c", Working)]);
}

#[test]
fn a_snapshot_rebuilds_the_same_builds() {
    let mut builds = with_builds(&["a", "b"]);
    apply(&mut builds, |builds| builds.schedule(T0, None));
    apply(&mut builds, |builds| builds.finish("a", T0, end(Status::Success)));
    let mut copy = Builds::default();
    apply(&mut copy, |_| builds.snapshot());
    assert_eq!(copy.snapshot(), builds.snapshot());
    assert_eq!(statuses(&copy), statuses(&builds));
}

#[test]
fn a_page_continues_after_the_last_build_even_if_newer_builds_arrive() {
    let mut builds = with_builds(&["a", "b", "c"]);
    let (position, first) = builds.newest(None, |_| true).next().unwrap();
    assert_eq!(first.id, "c");
    apply(&mut builds, |builds| builds.submit("d".to_owned(), spec(&[]), T0));
    let rest: Vec<_> =
        builds.newest(Some(position), |_| true).map(|(_, record)| record.id.as_str()).collect();
    assert_eq!(rest, ["b", "a"]);
}

#[test]
fn filters_match_properties_and_times_of_a_build() {
    let mut builds = Builds::default();
    apply(&mut builds, |builds| builds.submit("a".to_owned(), spec(&["x", "both"]), T0));
    apply(&mut builds, |builds| builds.submit("b".to_owned(), spec(&["y", "both"]), T0));
    apply(&mut builds, |builds| builds.cancel("b", T0 + Duration::hours(2)).unwrap());
    let table: [(&str, &[&str]); 21] = [
        ("", &["b", "a"]),
        (r#"tags="x""#, &["a"]),
        ("tags=x", &["a"]),
        ("tags = y", &["b"]),
        ("tags=none", &[]),
        (r#"tags="both" AND status="QUEUED""#, &["a"]),
        (r#"tags=both status=CANCELLED"#, &["b"]),
        ("tags=x OR tags=y", &["b", "a"]),
        ("tags=both AND (status=CANCELLED OR status=SUCCESS)", &["b"]),
        ("NOT tags=x", &["b"]),
        ("-tags=x", &["b"]),
        ("tags=(x OR y) AND create_time!=\"1970-01-01T00:00:01Z\"", &["b", "a"]),
        ("status!=QUEUED", &["b"]),
        ("build_id=a", &["a"]),
        ("images=h/p/r/i", &["b", "a"]),
        ("source.storage_source.object=other", &[]),
        ("substitutions._A=x", &[]),
        ("trigger_id=any", &[]),
        (r#"create_time<"1970-01-01T00:00:00Z""#, &[]),
        (r#"create_time<="1970-01-01T00:00:00Z" finish_time>"1970-01-01T01:00:00Z""#, &["b"]),
        (r#"finish_time>="1970-01-01T03:00:00+01:00""#, &["b"]),
    ];
    for (filter, expected) in table {
        let parsed = Filter::parse(filter).unwrap();
        let found: Vec<_> = builds
            .newest(None, |record| parsed.matches(record))
            .map(|(_, record)| record.id.as_str())
            .collect();
        assert_eq!(found, expected, "{filter}");
    }
}

#[test]
fn invalid_filters_are_rejected_with_the_reason() {
    let deep = "(".repeat(100);
    let table = [
        ("colour=x", "`colour` is not a field"),
        ("create_time>yesterday", "`yesterday` is not a time"),
        ("create_time!=x", "`x` is not a time"),
        ("tags", "'tags' is not a comparison"),
        ("tags=", "a value is missing, at character 6"),
        ("tags>x", "the operator > is unsupported for `tags`"),
        ("tags=\"x", "unterminated string"),
        ("(tags=x", "unbalanced parentheses"),
        ("tags=x)", "a parenthesis, comma or operator too many, at character 7"),
        (&deep, "nested more than"),
    ];
    for (filter, expected) in table {
        let error = Filter::parse(filter).unwrap_err().to_string();
        assert!(error.contains(expected), "{filter}: {error}");
    }
}

#[test]
fn a_build_that_is_interrupted_again_and_again_ends() {
    let mut builds = with_builds(&["worked on", "other", "waiting"]);
    for interruptions in 1..=INTERRUPTIONS_MAX {
        apply(&mut builds, |builds| builds.schedule(T0, None));
        apply(&mut builds, |builds| builds.interrupted(T0));
        assert_eq!(builds.get("worked on").unwrap().interruptions, interruptions);
        // The count survives a rewrite of the journal.
        let mut copy = Builds::default();
        apply(&mut copy, |_| builds.snapshot());
        builds = copy;
    }
    use Status::{InternalError, Queued};
    assert_eq!(statuses(&builds)[0], ("worked on", Queued));
    apply(&mut builds, |builds| builds.schedule(T0, None));
    apply(&mut builds, |builds| builds.interrupted(T0));
    assert_eq!(
        statuses(&builds),
        [("worked on", InternalError), ("other", InternalError), ("waiting", Queued)]
    );
    assert_eq!(builds.get("waiting").unwrap().interruptions, 0, "no work was lost");
}
