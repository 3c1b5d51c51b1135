//! The alerts, the dashboard and the schema of events in `deploy/` match the code and the docs.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails like the test itself")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use longshore_messages::DeploymentEvent;
use longshore_runner::metrics::definitions;

const RULES: &str = "deploy/alerts/longshore.rules.yaml";
const RULE_TESTS: &str = "deploy/alerts/longshore.test.yaml";
const DASHBOARD: &str = "deploy/dashboards/longshore.json";

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn text(name: &str) -> String {
    fs::read_to_string(path(name)).unwrap()
}

/// The words of a text that begin with `prefix`.
fn words(text: &str, prefix: &str) -> BTreeSet<String> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    let words = text.split(|c: char| !is_part(c)).filter(|word| word.starts_with(prefix));
    words.map(str::to_owned).collect()
}

fn values(text: &str, key: &str) -> Vec<String> {
    let lines = text.lines().filter_map(|line| {
        let line = line.trim().trim_start_matches("- ");
        line.strip_prefix(key)?.strip_prefix(": ").map(str::to_owned)
    });
    lines.collect()
}

#[test]
fn every_metric_of_the_alerts_and_the_dashboard_exists() {
    let existing: BTreeSet<String> =
        definitions::ALL.iter().flat_map(definitions::Definition::samples).collect();
    let recorded: BTreeSet<String> = values(&text(RULES), "record").into_iter().collect();
    for file in [RULES, RULE_TESTS, DASHBOARD] {
        let named: BTreeSet<String> = words(&text(file), "longshore_");
        assert!(named.len() > 10, "{file}: {named:?}");
        let missing: Vec<_> = named.difference(&existing).collect();
        assert!(missing.is_empty(), "{file} names metrics that do not exist: {missing:?}");
        let named = words(&text(file), "longshore:");
        let missing: Vec<_> = named.difference(&recorded).collect();
        assert!(missing.is_empty(), "{file} names rules that do not exist: {missing:?}");
    }
}

#[test]
fn every_metric_is_on_the_dashboard_and_in_the_docs() {
    let (dashboard, page) = (text(DASHBOARD), text("docs/operations.md"));
    for metric in definitions::ALL {
        let samples = metric.samples();
        assert!(samples.iter().any(|name| dashboard.contains(name)), "{samples:?}");
        let family = metric.family();
        assert!(page.contains(&format!("| `{family}")), "docs/operations.md lacks {family}");
    }
}

#[test]
fn every_alert_is_provoked_by_a_test_and_has_a_runbook() {
    let (rules, tests, page) = (text(RULES), text(RULE_TESTS), text("docs/operations.md"));
    let alerts = values(&rules, "alert");
    assert!(alerts.len() > 10, "{alerts:?}");
    let tested = values(&tests, "alertname");
    for alert in alerts {
        assert!(tested.iter().filter(|name| **name == alert).count() >= 2, "{alert} has no test");
        assert!(page.contains(&format!("\n### {alert}\n")), "{alert} has no runbook");
        let runbook = format!("runbook: docs/operations.md#{}", alert.to_lowercase());
        assert!(rules.contains(&runbook), "{alert} does not lead to its runbook");
    }
}

#[test]
fn every_alert_fires_and_ends_as_its_test_says() {
    let Some(promtool) = promtool() else {
        eprintln!("skipped: promtool is not installed; docs/operations.md says how to install it");
        return;
    };
    for arguments in [["check", "rules", RULES], ["test", "rules", RULE_TESTS]] {
        let run = Command::new(&promtool)
            .args(arguments)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .unwrap();
        let said = [run.stdout, run.stderr].concat();
        assert!(run.status.success(), "{arguments:?}\n{}", String::from_utf8_lossy(&said));
    }
}

/// Prometheus's own tool, in `PATH` or where `go install` puts it.
fn promtool() -> Option<PathBuf> {
    let installed = std::env::home_dir().map(|home| home.join("go/bin/promtool"));
    let mut found = [Some(PathBuf::from("promtool")), installed].into_iter().flatten();
    found.find(|program| {
        let run = Command::new(program).arg("--version").output();
        run.is_ok_and(|run| run.status.success())
    })
}

#[test]
fn the_schema_of_events_is_what_workers_publish() {
    let every_field = DeploymentEvent {
        function: "f".to_owned(),
        project: "p".to_owned(),
        region: "r".to_owned(),
        generation: Some(1),
        requester: "q".to_owned(),
        batch_id: "b".to_owned(),
        outcome: "o".to_owned(),
        failure_class: "c".to_owned(),
        failure_code: "c".to_owned(),
        failure_reason: "r".to_owned(),
        build: "k-1".to_owned(),
        revision: "r".to_owned(),
        waited_for: "w".to_owned(),
        attempt: Some(1),
        trace_id: "t".to_owned(),
        ..DeploymentEvent::default()
    };
    let json = serde_json::to_value(&every_field).unwrap();
    let published: BTreeSet<String> = json.as_object().unwrap().keys().cloned().collect();

    let proto = text("deploy/schemas/deployment-event.proto");
    let fields = proto.lines().filter_map(|line| {
        let mut words = line.trim().trim_start_matches("optional ").split(' ');
        let (kind, name) = (words.next()?, words.next()?);
        matches!(kind, "string" | "int64" | "int32").then(|| name.to_owned())
    });
    assert_eq!(fields.collect::<BTreeSet<_>>(), published);

    let table = text("deploy/schemas/deployment-events.bigquery.json");
    let table: serde_json::Value = serde_json::from_str(&table).unwrap();
    let columns = table.as_array().unwrap().iter();
    let columns: BTreeSet<String> =
        columns.map(|column| column["name"].as_str().unwrap().to_owned()).collect();
    assert_eq!(columns, published);

    let page = text("docs/events.md");
    for field in published {
        assert!(page.contains(&format!("| `{field}` |")), "docs/events.md lacks {field}");
    }
}
