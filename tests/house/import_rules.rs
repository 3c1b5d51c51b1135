//! Dependency rules between crates, as ARCHITECTURE.md states them. The test reads the manifests
//! through `cargo metadata`.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails like the test itself")]

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

/// Each of our crates, and the crates of ours that it may depend on. `longshore` is the root
/// package with the six programs.
const OURS: [(&str, &[&str]); 36] = [
    ("longshore-messages", &[]),
    ("longshore-source-archive", &[]),
    ("longshore-google-clients", &[]),
    ("longshore-cloud", &["longshore-messages", "longshore-google-clients"]),
    ("longshore-ledger", &["longshore-messages", "longshore-cloud"]),
    ("longshore-runner", &["longshore-messages", "longshore-cloud", "longshore-ledger"]),
    (
        "longshore-uploader",
        &[
            "longshore-messages",
            "longshore-cloud",
            "longshore-ledger",
            "longshore-runner",
            "longshore-source-archive",
        ],
    ),
    ("longshore-build-submitter", WORKER),
    ("longshore-registry-watcher", WORKER),
    ("longshore-service-deployer", WORKER),
    ("longshore-batch-feeder", WORKER),
    ("longshore-generated-code", &[]),
    ("longshore-local-kit", &[]),
    ("longshore-local-sandbox", &[]),
    ("longshore-local-pubsub", LOCAL_SERVICE),
    ("longshore-local-storage", LOCAL_SERVICE),
    ("longshore-local-registry", LOCAL_SERVICE),
    ("longshore-local-cloud-build", &["longshore-local-kit", "longshore-local-sandbox"]),
    ("longshore-local-secrets", LOCAL_SERVICE),
    ("longshore-local-functions", LOCAL_SERVICE),
    ("longshore-local-eventarc", LOCAL_SERVICE),
    ("longshore-local-firebase", LOCAL_SERVICE),
    ("longshore-local-identity", LOCAL_SERVICE),
    ("longshore-local-kms", LOCAL_SERVICE),
    ("longshore-local-logging", LOCAL_SERVICE),
    ("longshore-local-projects", LOCAL_SERVICE),
    ("longshore-local-scheduler", LOCAL_SERVICE),
    ("longshore-local-tasks", LOCAL_SERVICE),
    ("longshore-local-transcode", LOCAL_SERVICE),
    (
        "longshore-local-cloud-run",
        &[
            "longshore-local-kit",
            "longshore-local-sandbox",
            "longshore-local-secrets",
            "longshore-local-identity",
        ],
    ),
    (
        "longshore-local-cloud",
        &[
            "longshore-local-kit",
            "longshore-local-sandbox",
            "longshore-local-pubsub",
            "longshore-local-storage",
            "longshore-local-registry",
            "longshore-local-cloud-build",
            "longshore-local-cloud-run",
            "longshore-local-secrets",
            "longshore-local-identity",
            "longshore-local-functions",
            "longshore-local-eventarc",
            "longshore-local-firebase",
            "longshore-local-kms",
            "longshore-local-logging",
            "longshore-local-projects",
            "longshore-local-scheduler",
            "longshore-local-tasks",
            "longshore-local-transcode",
        ],
    ),
    ("longshore-trace-store", &["longshore-local-kit"]),
    (
        "longshore-console-model",
        &["longshore-messages", "longshore-cloud", "longshore-ledger", "longshore-trace-store"],
    ),
    (
        "longshore-console",
        &[
            "longshore-console-model",
            "longshore-messages",
            "longshore-cloud",
            "longshore-ledger",
            "longshore-local-kit",
            "longshore-trace-store",
        ],
    ),
    ("longshore-cli", PROGRAM),
    ("longshore", PROGRAM),
];

/// A service of the local cloud does not depend on other services. `longshore-local-cloud`, the
/// composition root, joins them through ports.
const LOCAL_SERVICE: &[&str] = &["longshore-local-kit"];

/// A worker never imports another worker. It sends a message instead.
const WORKER: &[&str] =
    &["longshore-messages", "longshore-cloud", "longshore-ledger", "longshore-runner"];

/// Only `longshore`, which no crate depends on, may depend on `longshore-cli`.
const PROGRAM: &[&str] = &[
    "longshore-messages",
    "longshore-source-archive",
    "longshore-cloud",
    "longshore-ledger",
    "longshore-runner",
    "longshore-uploader",
    "longshore-build-submitter",
    "longshore-registry-watcher",
    "longshore-service-deployer",
    "longshore-batch-feeder",
    "longshore-local-cloud",
    "longshore-trace-store",
    "longshore-console-model",
    "longshore-console",
    "longshore-cli",
];

/// The crates whose types are the JSON of Google's REST APIs. The local cloud may use these types,
/// but not the clients in the same crates.
const GOOGLE_MODELS: [&str; 7] = [
    "google-cloud-artifactregistry-v1",
    "google-cloud-build-v1",
    "google-cloud-logging-v2",
    "google-cloud-longrunning",
    "google-cloud-run-v2",
    "google-cloud-secretmanager-v1",
    "google-cloud-wkt",
];

/// One dependency in a manifest.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Edge {
    from: String,
    to: String,
    /// Whether it is a dev-dependency.
    dev: bool,
}

#[test]
fn our_crates_depend_on_each_other_only_as_the_table_allows() {
    let broken: Vec<String> = edges()
        .into_iter()
        .filter(|edge| edge.to.starts_with("longshore"))
        // The tests of the root package call single services of the local cloud with Google's
        // clients.
        .filter(|edge| {
            !(edge.from == "longshore" && edge.dev && edge.to.starts_with("longshore-local-"))
        })
        .filter(|edge| edge.from == edge.to || !allowed(&edge.from).contains(&edge.to.as_str()))
        .map(|Edge { from, to, .. }| format!("{from} may not depend on {to}"))
        .collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn only_the_cloud_crate_uses_googles_clients() {
    let may = |edge: &Edge| match edge.from.as_str() {
        // It connects the clients for `longshore-cloud`.
        "longshore-google-clients" | "longshore-cloud" => true,
        // The tests call the local cloud with Google's own clients, and with anonymous credentials.
        "longshore" => edge.dev,
        local if local.starts_with("longshore-local-") => {
            GOOGLE_MODELS.contains(&edge.to.as_str())
                || (edge.dev && edge.to == "google-cloud-auth")
        }
        _ => false,
    };
    let broken: Vec<String> = edges()
        .into_iter()
        .filter(|edge| edge.to.starts_with("google-cloud-") && !may(edge))
        .map(|Edge { from, to, .. }| {
            format!("{from} may not depend on {to}: go through the traits of longshore-cloud")
        })
        .collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn the_table_names_every_crate_of_the_workspace() {
    let found: BTreeSet<String> = packages().iter().map(|package| text(package, "name")).collect();
    let named: BTreeSet<String> = OURS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(found, named);
}

fn allowed(name: &str) -> &'static [&'static str] {
    OURS.iter().find(|(ours, _)| *ours == name).map_or(&[], |(_, allowed)| allowed)
}

fn edges() -> BTreeSet<Edge> {
    let mut edges = BTreeSet::new();
    for package in packages() {
        for dependency in package["dependencies"].as_array().unwrap() {
            let dev = dependency["kind"] == "dev";
            edges.insert(Edge { from: text(&package, "name"), to: text(dependency, "name"), dev });
        }
    }
    assert!(!edges.is_empty(), "cargo metadata shows no dependency at all");
    edges
}

pub(crate) fn packages() -> Vec<Value> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    metadata["packages"].as_array().unwrap().clone()
}

pub(crate) fn text(value: &Value, field: &str) -> String {
    value[field].as_str().unwrap().to_owned()
}
