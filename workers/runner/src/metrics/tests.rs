//! The text is checked here; that real workers serve it in `tests/fleet/observed.rs`, and that
//! Prometheus reads it in `tests/fleet/backends.rs`.

use longshore_messages::{Failure, Topic};

use super::definitions::{ALL, Definition, Kind};
use super::*;

fn sampled(number: u32) -> TraceContext {
    let traceparent = format!("00-{number:032x}-{number:016x}-01");
    TraceContext { traceparent: Some(traceparent), tracestate: None }
}

fn handled(topic: &str, took_ms: u64, trace: &TraceContext) -> Metrics {
    let metrics = Metrics::unexported("uploader");
    record(&metrics, topic, took_ms, trace);
    metrics
}

fn record(metrics: &Metrics, topic: &str, took_ms: u64, trace: &TraceContext) {
    metrics.handled(&Handled {
        topic,
        attempt: Some(1),
        settled: Settled::Done,
        age: Duration::from_millis(1),
        took: Duration::from_millis(took_ms),
        waited: Duration::ZERO,
        is_extended: false,
        trace,
    });
}

#[test]
fn buckets_are_cumulative_and_the_older_format_has_no_examples() {
    let metrics = handled("deploy-requested.team-a", 4, &sampled(1));
    record(&metrics, "deploy-requested", 300_000_000, &sampled(2));
    let text = metrics.text(false);
    let labels = r#"result="done",stage="uploader""#;
    for line in [
        "# TYPE longshore_stage_duration_seconds histogram".to_owned(),
        format!("longshore_stage_duration_seconds_bucket{{{labels},le=\"0.005\"}} 1"),
        format!("longshore_stage_duration_seconds_bucket{{{labels},le=\"14400.0\"}} 1"),
        format!("longshore_stage_duration_seconds_bucket{{{labels},le=\"+Inf\"}} 2"),
        format!("longshore_stage_duration_seconds_count{{{labels}}} 2"),
        "# TYPE longshore_deliveries_total counter".to_owned(),
        format!("longshore_deliveries_total{{{labels},topic=\"deploy-requested\"}} 2"),
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
    assert!(!text.contains("trace_id") && !text.contains("# EOF") && !text.contains("# UNIT"));
}

#[test]
fn a_bucket_leads_to_the_last_sampled_trace_in_it() {
    let unsampled = TraceContext {
        traceparent: Some(format!("00-{:032x}-{:016x}-00", 3, 3)),
        tracestate: None,
    };
    let metrics = handled("deploy-requested", 4, &sampled(1));
    record(&metrics, "deploy-requested", 5, &sampled(2));
    record(&metrics, "deploy-requested", 5, &unsampled);
    record(&metrics, "deploy-requested", 40, &TraceContext::default());
    let text = metrics.text(true);
    let bucket = |le: &str| {
        let start = "longshore_stage_duration_seconds_bucket{";
        let le = format!("le=\"{le}\"");
        let mut lines = text.lines();
        lines.find(|line| line.starts_with(start) && line.contains(&le)).unwrap().to_owned()
    };
    let example = format!("3 # {{trace_id=\"{:032x}\",span_id=\"{:016x}\"}} 0.005 ", 2, 2);
    assert!(bucket("0.005").contains(&example), "{}", bucket("0.005"));
    assert!(!bucket("0.05").contains('#'), "{}", bucket("0.05"));
    assert!(text.contains("# UNIT longshore_stage_duration_seconds seconds\n"));
    assert!(text.contains("# TYPE longshore_deliveries counter\n"));
    assert!(text.ends_with("# EOF\n"));
}

#[test]
fn deliveries_that_outlive_their_lease_are_counted() {
    let metrics = handled("deploy-requested", 4, &sampled(1));
    let line =
        |count: u8| format!("longshore_deliveries_extended_total{{stage=\"uploader\"}} {count}\n");
    assert!(metrics.text(false).contains(&line(0)));
    let (topic, trace) = ("deploy-requested", &sampled(1));
    metrics.handled(&Handled {
        topic,
        attempt: Some(1),
        settled: Settled::Done,
        age: Duration::ZERO,
        took: Duration::from_secs(11),
        waited: Duration::from_secs(11),
        is_extended: true,
        trace,
    });
    assert!(metrics.text(false).contains(&line(1)));
}

#[test]
fn what_is_held_is_counted_until_it_is_dropped() {
    let metrics = Metrics::unexported("uploader");
    let held = metrics.hold();
    let line = |value: u8| format!("longshore_deliveries_held{{stage=\"uploader\"}} {value}\n");
    assert!(metrics.text(false).contains(&line(1)));
    drop(held);
    assert!(metrics.text(false).contains(&line(0)));
}

#[test]
fn an_outcome_says_who_has_to_act() {
    let metrics = Metrics::unexported("uploader");
    let failure = Failure::new("uploader", FailureClass::User, "code", "reason", "advice");
    metrics.ended(&Outcome::Failed(failure), None, &TraceContext::default());
    metrics.ended(&Outcome::Cancelled, Some(Duration::from_secs(3)), &TraceContext::default());
    let text = metrics.text(false);
    for labels in [
        r#"class="user",outcome="failed",stage="uploader""#,
        r#"class="none",outcome="cancelled",stage="uploader""#,
    ] {
        let line = format!("longshore_outcomes_total{{{labels}}} 1\n");
        assert!(text.contains(&line), "{line}\n{text}");
    }
}

#[test]
fn the_number_of_series_does_not_depend_on_what_is_deployed() {
    let metrics = Metrics::unexported("uploader");
    for number in 0..5_000 {
        record(&metrics, &format!("deploy-requested.team-{number}"), 1, &sampled(number));
        record(&metrics, &format!("unknown-{number}"), 1, &sampled(number));
    }
    let series = metrics.text(false).lines().filter(|line| !line.starts_with('#')).count();
    record(&metrics, Topic::CancelRequested.as_str(), 1, &sampled(1));
    let histograms = ALL.iter().filter(|one| one.kind == Kind::Histogram).count();
    assert!(series < 100 * histograms, "{series}");
}

#[test]
fn every_metric_has_a_name_of_its_own_that_prometheus_accepts() {
    let mut names = std::collections::BTreeSet::new();
    for name in ALL.iter().flat_map(Definition::samples) {
        let is_valid = |c: char| c.is_ascii_lowercase() || c == '_';
        assert!(name.starts_with("longshore_") && name.chars().all(is_valid), "{name}");
        assert!(names.insert(name.clone()), "{name}");
    }
}
