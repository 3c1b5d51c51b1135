use std::time::Duration;

use super::*;
use crate::function::{Defaults, Rollout};
use crate::topics::Topic;
use crate::wire::{StageMessage as _, TraceContext, WireMessage, encode_batch};
use crate::{BatchId, Failure, FailureClass, proto};

fn defaults() -> Defaults {
    Defaults { project: "demo-project".to_owned(), region: "europe-west1".to_owned() }
}

fn batch(json: &str) -> proto::Batch {
    serde_json::from_str(json).unwrap()
}

/// A batch with these entries, whose defaults are complete but for the name.
fn with_entries(entries: &str) -> proto::Batch {
    batch(&format!(
        r#"{{"defaults": {{"entryPoint": "hello", "runtime": "python312",
              "service": {{"memory": "256Mi", "environment": {{"A": "1", "B": "1"}}}},
              "source": {{"storage": {{"bucket": "sources", "object": "o"}}}}}},
            "entries": {entries}}}"#
    ))
}

fn names(expansion: &Expansion) -> Vec<String> {
    expansion.members.iter().map(|(_, function)| function.at.to_string()).collect()
}

fn problems(expansion: &Expansion) -> Vec<(Option<usize>, String)> {
    let problems = expansion.problems.iter();
    problems.map(|one| (one.entry, one.problem.field.clone())).collect()
}

#[test]
fn an_entry_overrides_the_defaults_field_by_field() {
    let entries = r#"[{"function": {"name": "a"}}, {"function": {"name": "b", "runtime": "go125",
        "service": {"cpu": "1", "environment": {"B": "2"}}, "region": "us-central1"}}]"#;
    let expansion = expand(&with_entries(entries), &defaults());
    assert_eq!(expansion.problems, []);
    assert_eq!(names(&expansion), ["demo-project/europe-west1/a", "demo-project/us-central1/b"]);
    let (_, b) = &expansion.members[1];
    assert_eq!((b.runtime.as_deref(), b.entry_point.as_str()), (Some("go125"), "hello"));
    assert_eq!(b.service.memory.as_deref(), Some("256Mi"));
    let environment: Vec<(&str, &str)> =
        b.service.environment.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(environment, [("A", "1"), ("B", "2")]);
}

#[test]
fn a_matrix_is_every_project_in_each_region_in_each_variant() {
    let entries = r#"[{"function": {"name": "a"}, "matrix": {
        "projects": ["project-one", "project-two"], "regions": ["europe-west1", "us-central1"],
        "variants": [{}, {"suffix": "big", "function": {"service": {"memory": "1Gi"}}}]}}]"#;
    let expansion = expand(&with_entries(entries), &defaults());
    assert_eq!(expansion.problems, []);
    assert_eq!(
        names(&expansion),
        [
            "project-one/europe-west1/a",
            "project-one/europe-west1/a-big",
            "project-one/us-central1/a",
            "project-one/us-central1/a-big",
            "project-two/europe-west1/a",
            "project-two/europe-west1/a-big",
            "project-two/us-central1/a",
            "project-two/us-central1/a-big",
        ]
    );
    assert!(expansion.members.iter().all(|(entry, _)| *entry == 0));
    assert_eq!(expansion.members[1].1.service.memory.as_deref(), Some("1Gi"));
}

#[test]
fn all_problems_of_all_entries_are_found_and_those_of_a_matrix_once() {
    let entries = r#"[{"function": {"name": "A"}}, {}, {"function": {"name": "ok"}},
        {"function": {"name": "b", "service": {"memory": "1"}}, "matrix": {"regions":
            ["europe-west1", "us-central1"]}}, {"function": {"name": "ok"}}]"#;
    let expansion = expand(&with_entries(entries), &defaults());
    assert_eq!(
        problems(&expansion),
        [
            (Some(0), "function.name".to_owned()),
            (Some(1), "function".to_owned()),
            (Some(3), "function.service.memory".to_owned()),
            (Some(4), "function.name".to_owned()),
        ]
    );
    assert!(expansion.problems[3].problem.rule.contains("entry 3"), "{expansion:?}");
    assert_eq!(problems(&expand(&with_entries("[]"), &defaults())), [(None, "entries".to_owned())]);
}

#[test]
fn a_batch_has_at_most_ten_thousand_functions() {
    let numbered = |count: usize| {
        let mut batch = with_entries("[]");
        batch.entries = (0..count)
            .map(|number| proto::BatchEntry {
                function: Some(proto::FunctionSpec {
                    name: format!("f{number}"),
                    ..Default::default()
                }),
                ..Default::default()
            })
            .collect();
        expand(&batch, &defaults())
    };
    let largest = numbered(BATCH_MEMBERS_MAX);
    assert_eq!((largest.members.len(), largest.problems.len()), (BATCH_MEMBERS_MAX, 0));
    assert_eq!(problems(&numbered(BATCH_MEMBERS_MAX + 1)), [(None, "entries".to_owned())]);
    let lists = vec!["x".to_owned(); 1000];
    let matrix = proto::BatchMatrix { projects: lists.clone(), regions: lists, variants: vec![] };
    let mut exploding = with_entries(r#"[{"function": {"name": "a"}}]"#);
    exploding.entries[0].matrix = Some(matrix);
    let exploding = problems(&expand(&exploding, &defaults()));
    assert_eq!(exploding, [(Some(0), "matrix".to_owned())]);
}

#[test]
fn an_archive_in_a_request_has_no_place_in_a_batch() {
    let entries = r#"[{"function": {"name": "a", "source": {"inline": {"archive": "UEsFBg=="}}}}]"#;
    let found = problems(&expand(&with_entries(entries), &defaults()));
    assert_eq!(found, [(Some(0), "function.source.inline".to_owned())]);
}

#[test]
fn settings_are_validated_together() {
    let fields = |json: &str| {
        let invalid = BatchSettings::from_proto(&batch(json)).unwrap_err();
        invalid.problems.into_iter().map(|problem| problem.field).collect::<Vec<_>>()
    };
    assert_eq!(
        fields(r#"{"name": "a\nb", "waves": [1, 0], "window": 0, "deadline": "1s"}"#),
        ["name", "waves[1]", "window", "deadline"]
    );
    let json = r#"{"order": "BATCH_ORDER_LISTED", "toleratedFailures": 0, "window": 3}"#;
    let settings = BatchSettings::from_proto(&batch(json)).unwrap();
    assert_eq!(settings.order, BatchOrder::Listed);
    assert_eq!((settings.tolerated_failures, settings.window), (Some(0), Some(3)));
}

fn error_rate(json: &str) -> Result<ErrorRateGate, Vec<String>> {
    let json = format!(r#"{{"waves": [1], "gates": [{{"errorRate": {json}}}]}}"#);
    match BatchSettings::from_proto(&batch(&json)) {
        Ok(settings) => match settings.gates.as_slice() {
            [BatchGate::ErrorRate(gate)] => Ok(gate.clone()),
            other => panic!("{other:?}"),
        },
        Err(invalid) => Err(invalid.problems.into_iter().map(|problem| problem.field).collect()),
    }
}

#[test]
fn a_gate_by_error_rate_has_a_share_a_time_and_a_number_of_requests() {
    let (at_most, rest) = ("gates[0].errorRate.maxPercent", ["over", "minRequests"]);
    for (json, milli) in [("0", 0), ("0.1", 100), ("99.999", 99_999), ("100", 100_000)] {
        let gate = error_rate(&format!(r#"{{"maxPercent": {json}}}"#)).unwrap();
        assert_eq!((gate.max_milli_percent, gate.min_requests), (milli, 1), "{json}");
        assert_eq!((gate.over, gate.pass_with_fewer), (Duration::from_mins(10), false));
        let again = BatchGate::ErrorRate(gate.clone()).to_proto();
        let again = proto::Batch { gates: vec![again], waves: vec![1], ..Default::default() };
        let again = BatchSettings::from_proto(&again).unwrap();
        assert_eq!(again.gates, [BatchGate::ErrorRate(gate)]);
    }
    for json in ["-1", "100.1", "0.0001", "1e300"] {
        let found = error_rate(&format!(r#"{{"maxPercent": {json}}}"#));
        assert_eq!(found, Err(vec![at_most.to_owned()]), "{json}");
    }
    let found = error_rate(r#"{"maxPercent": 1, "over": "0s", "minRequests": 0}"#);
    assert_eq!(found, Err(rest.map(|field| format!("gates[0].errorRate.{field}")).to_vec()));
}

#[test]
fn an_error_rate_is_judged_by_at_least_so_many_requests() {
    let gate = error_rate(r#"{"maxPercent": 0.5, "minRequests": 10}"#).unwrap();
    for (all, failed, expected) in [
        (0, 0, ErrorRate::TooFew),
        (9, 9, ErrorRate::TooFew),
        (10, 0, ErrorRate::Low),
        (10, 1, ErrorRate::High),
        (200, 1, ErrorRate::Low),
        (199, 1, ErrorRate::High),
        (u64::MAX, u64::MAX, ErrorRate::High),
    ] {
        assert_eq!(gate.judge(all, failed), expected, "{failed} of {all}");
    }
    let any = error_rate(r#"{"maxPercent": 100}"#).unwrap();
    assert_eq!((any.judge(1, 1), any.judge(0, 0)), (ErrorRate::Low, ErrorRate::TooFew));
}

#[test]
fn traffic_moves_after_gates_of_other_kinds_than_error_rates() {
    let read = |json: &str| BatchSettings::from_proto(&batch(json));
    let fields = |json: &str| {
        let invalid = read(json).unwrap_err();
        invalid.problems.into_iter().map(|problem| problem.field).collect::<Vec<_>>()
    };
    let after = r#""traffic": "BATCH_TRAFFIC_AFTER_GATE""#;
    assert_eq!(fields(&format!("{{{after}}}")), ["traffic"]);
    let rate = r#""gates": [{"approval": {}}, {"errorRate": {"maxPercent": 1}}]"#;
    assert_eq!(fields(&format!("{{{after}, {rate}}}")), ["traffic"]);
    assert_eq!(fields(r#"{"gates": [{"approval": {}}]}"#), ["gates"], "without waves");
    let settings = read(&format!(r#"{{{after}, "gates": [{{"approval": {{}}}}]}}"#)).unwrap();
    assert_eq!(settings.traffic, BatchTraffic::AfterGate);
    assert_eq!(BatchSettings::from_proto(&settings.to_proto()), Ok(settings.clone()));
    let json = serde_json::to_string(&settings).unwrap();
    assert_eq!(serde_json::from_str::<BatchSettings>(&json).unwrap(), settings);
    let own = Some(Rollout { tag: "own".to_owned() });
    let gate = Some(Rollout { tag: GATE_TAG.to_owned() });
    for (traffic, before, after) in [
        (BatchTraffic::AfterGate, &None, &gate),
        (BatchTraffic::AtOnce, &gate, &None),
        (BatchTraffic::AtOnce, &own, &own),
    ] {
        assert_eq!(traffic.rollout(before.clone()), *after);
    }
}

#[test]
fn functions_that_cannot_wait_for_a_gate_are_refused_by_name() {
    let entries = r#"[
        {"function": {"name": "a", "flavour": "FLAVOUR_FUNCTIONS"}},
        {"function": {"name": "b", "rollout": {"tag": "own"}}},
        {"function": {"name": "c", "rollout": {"tag": "gate"}}},
        {"function": {"name": "d"}}
    ]"#;
    let mut asked = with_entries(entries);
    let own_tag = expand(&asked, &defaults());
    assert!(problems(&own_tag).is_empty(), "{:?}", own_tag.problems);
    asked.traffic = proto::BatchTraffic::AfterGate.into();
    let found = problems(&expand(&asked, &defaults()));
    let expected = [(0, "function.flavour"), (1, "function.rollout")];
    assert_eq!(found, expected.map(|(entry, field)| (Some(entry), field.to_owned())));
}

#[test]
fn a_function_belongs_to_the_wave_of_its_position() {
    let settings = BatchSettings { waves: vec![1, 3], ..BatchSettings::default() };
    let waves: Vec<usize> = (0..6).map(|position| settings.wave_of(position)).collect();
    assert_eq!(waves, [0, 1, 1, 1, 2, 2]);
    assert_eq!(BatchSettings::default().wave_of(7), 0);
}

#[test]
fn json_lines_are_read_as_they_are_written_and_each_problem_has_its_line() {
    let entries = with_entries(r#"[{"function": {"name": "a"}}, {"function": {"name": "b"}}]"#);
    let text = write_entries(&entries.entries).unwrap();
    assert_eq!(text.lines().count(), 2);
    let read = read_entries(&format!("\n{text}\n")).unwrap();
    assert_eq!(read.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [2, 3]);
    assert_eq!(read.into_iter().map(|(_, entry)| entry).collect::<Vec<_>>(), entries.entries);
    let bad = "{\"functoin\": {}}\n{}\n{\"function\": {\"service\": {\"environment\": 4711}}}\n{";
    let problems = read_entries(bad).unwrap_err();
    assert_eq!(problems.iter().map(|problem| problem.line).collect::<Vec<_>>(), [1, 3, 4]);
    assert!(problems[0].reason.contains("functoin"), "{problems:?}");
    assert!(!problems[1].reason.contains("4711"), "{problems:?}");
}

fn request(proto: &proto::BatchRequested) -> WireMessage {
    let at = time::OffsetDateTime::UNIX_EPOCH;
    encode_batch(proto, "//ci", "1", &TraceContext::default(), at)
}

#[test]
fn a_request_has_its_entries_in_the_batch_or_in_cloud_storage() {
    let entries = with_entries(r#"[{"function": {"name": "a"}}]"#);
    let stored = proto::StorageObject {
        bucket: "lists".to_owned(),
        object: "o".to_owned(),
        ..Default::default()
    };
    let inline = proto::BatchRequested { batch: Some(entries.clone()), ..Default::default() };
    let read = BatchRequest::read(&request(&inline)).unwrap();
    assert_eq!((read.batch, read.stored), (entries, None));
    let both =
        proto::BatchRequested { entries: Some(stored), retry_of: "x".to_owned(), ..inline.clone() };
    let error = BatchRequest::read(&request(&both)).unwrap_err();
    let reason = std::error::Error::source(&error).unwrap().to_string();
    for field in ["entries must be unset", "entriesSha256 must", "retryOf is not"] {
        assert!(reason.contains(field), "{reason}");
    }
    let mut manifest = inline.clone();
    let batch = manifest.batch.get_or_insert_default();
    batch.includes = vec!["more.yaml".to_owned()];
    batch.entries[0].directory = "a".to_owned();
    let error = BatchRequest::read(&request(&manifest)).unwrap_err();
    let reason = std::error::Error::source(&error).unwrap().to_string();
    assert!(reason.contains("batch.includes") && reason.contains("batch.entries[0].directory"));
    assert!(BatchRequest::is_same(&request(&inline), &request(&inline)));
    assert!(!BatchRequest::is_same(&request(&inline), &request(&both)));
}

#[test]
fn an_outcome_survives_its_encoding() {
    let failure = Failure::new("batch-feeder", FailureClass::User, "invalid-batch", "r", "a");
    for outcome in [
        BatchOutcome::Completed,
        BatchOutcome::Stopped(None),
        BatchOutcome::Cancelled,
        BatchOutcome::Rejected(failure),
    ] {
        let finished = BatchFinished {
            id: BatchId::requested_by("default", "//ci", "1"),
            name: "nightly".to_owned(),
            outcome,
            counts: BatchCounts { deployed: 1, not_started: 2, ..BatchCounts::default() },
            started_at: time::OffsetDateTime::UNIX_EPOCH,
            finished_at: time::OffsetDateTime::UNIX_EPOCH + time::Duration::HOUR,
        };
        assert_eq!(BatchFinished::from_proto(finished.to_proto()), Ok(finished.clone()));
        assert!(finished.ce_id().ends_with(Topic::BatchFinished.as_str()));
    }
}

#[test]
fn a_rollback_in_a_batch_has_no_settings_not_even_defaults() {
    let rollback = r#"[{"function": {"name": "a", "source": {"earlier":
        {"deployment": "0123456789abcdef0123456789abcdef"}}}}]"#;
    let beside = expand(&with_entries(rollback), &defaults());
    let fields = ["function.runtime", "function.entryPoint", "function.service"];
    let fields = fields.map(|field| (Some(0), field.to_owned()));
    assert_eq!((problems(&beside), names(&beside).len()), (fields.to_vec(), 0));
    let mut alone = with_entries(rollback);
    alone.defaults = None;
    assert_eq!(names(&expand(&alone, &defaults())), ["demo-project/europe-west1/a"]);
}
