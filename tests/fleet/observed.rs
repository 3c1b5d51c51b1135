//! What operators see of real workers: metrics, lines of logs, events, and why a deployment waits.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use longshore_messages::{DeploymentEvent, DeploymentId, Outcome, Topic, WireMessage};
use serde_json::Value;

use crate::support::{Cloud, FEEDER, PATIENCE, WORKERS, Worker, function, longshore, spec};

/// Metrics that are only there if the fleet has quotas. The local cloud has none.
const OF_QUOTAS: [&str; 4] = [
    "longshore_quota_tokens",
    "longshore_quota_wait_seconds_bucket",
    "longshore_quota_wait_seconds_sum",
    "longshore_quota_wait_seconds_count",
];

/// A worker whose metrics the test reads.
struct Observed {
    name: &'static str,
    health: SocketAddr,
    _worker: Worker,
}

impl Observed {
    fn start(cloud: &Cloud, name: &'static str) -> Self {
        let health = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
        let settings = BTreeMap::from([
            ("LONGSHORE_HEALTH_ADDRESS".to_owned(), health.to_string()),
            ("LONGSHORE_LOG_FORMAT".to_owned(), "json".to_owned()),
        ]);
        Self { name, health, _worker: cloud.worker_with(name, &settings) }
    }

    /// The body of a page, or `None` if the worker does not answer yet.
    fn get(&self, accept: &str) -> Option<String> {
        let mut stream = TcpStream::connect(self.health).ok()?;
        stream
            .write_all(format!("GET /metrics HTTP/1.0\r\naccept: {accept}\r\n\r\n").as_bytes())
            .ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        let (head, body) = answer.split_once("\r\n\r\n")?;
        assert!(head.starts_with("HTTP/1.0 200 "), "{head}");
        let format = if accept.contains("openmetrics") { "openmetrics-text" } else { "text/plain" };
        assert!(head.contains(format), "{head}");
        Some(body.to_owned())
    }
}

/// Reads until `found`, and returns what was found.
async fn eventually<T>(what: &str, mut found: impl FnMut() -> Option<T>) -> T {
    let waiting = async {
        loop {
            if let Some(found) = found() {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.unwrap_or_else(|_| panic!("no {what}"))
}

/// The names of the samples in a text.
fn samples(text: &str) -> BTreeSet<String> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| line.split(['{', ' ']).next().unwrap().to_owned()).collect()
}

/// The metrics that a file of `deploy/` names.
fn named_in(file: &str) -> BTreeSet<String> {
    let text = fs::read_to_string(format!("{}/{file}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    words.filter(|word| word.starts_with("longshore_")).map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_is_seen_in_metrics_logs_events_and_its_build() {
    let cloud = Cloud::start().await;
    let mut listener = cloud.listen(Topic::DeploymentEvents).await;
    let names = WORKERS.iter().map(|(name, _)| *name).chain([FEEDER.0]);
    let workers: Vec<Observed> = names.map(|name| Observed::start(&cloud, name)).collect();
    let source = cloud.stage(&function(cloud.folder(), "hello")).await;
    let id = cloud.request(spec("seen", source)).await;
    let finished = cloud.end_of(id).await;
    assert!(matches!(finished.outcome, Outcome::Deployed(_)), "{finished:?}\n{}", cloud.logs());

    let mut events = Vec::new();
    for _ in 0..4 {
        events.push(listener.next().await);
    }
    check_events(id, &events);
    check_metrics(&workers).await;
    check_logs(&cloud, id);
    check_build(&cloud);
}

/// The command line draws the build from Cloud Build, its log and the registry.
fn check_build(cloud: &Cloud) {
    let show = |arguments: &[&str]| {
        let output = longshore(&cloud.environment).args(arguments).args(["build", "seen"]).output();
        String::from_utf8(output.unwrap().stdout).unwrap()
    };
    let json: Value = serde_json::from_str(&show(&["--output", "json"])).unwrap();
    assert_eq!(json["status"], "success", "{json}");
    let phases = json["phases"].as_array().unwrap();
    let names: Vec<&str> = phases.iter().map(|phase| phase["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["FETCHSOURCE", "BUILD", "PUSH"]);
    assert!(phases.iter().all(|phase| phase["tookMs"].is_u64()), "{json}");
    let layers = json["layers"].as_array().unwrap();
    let is_sized = |layer: &Value| layer["sizeBytes"].as_u64().is_some_and(|bytes| bytes > 0);
    assert!(!layers.is_empty() && layers.iter().all(is_sized), "{json}");
    assert!(json["cacheMisses"].as_array().unwrap().len() >= layers.len(), "{json}");
    let text = show(&[]);
    assert!(text.contains("fetchsource") && text.contains("layers"), "{text}");
}

fn check_events(id: DeploymentId, events: &[WireMessage]) {
    let mut seen = BTreeMap::new();
    for message in events {
        let event: DeploymentEvent = serde_json::from_slice(&message.data).unwrap();
        assert_eq!(event.deployment_id, id.to_string());
        assert_eq!(message.attributes["ce-id"], event.event_id);
        assert_eq!(message.attributes["transition"], event.transition);
        assert_eq!((event.function.rsplit('/').next(), event.generation), (Some("seen"), Some(1)));
        assert_eq!((event.fleet.as_str(), event.trace_id.len()), ("longshore", 32));
        seen.insert(event.transition.clone(), event);
    }
    let transitions: Vec<&str> = seen.keys().map(String::as_str).collect();
    let expected = ["build-submitted", "deployment-finished", "image-published", "source-uploaded"];
    assert_eq!(transitions, expected);
    assert_eq!(seen["deployment-finished"].outcome, "deployed");
    assert!(!seen["deployment-finished"].revision.is_empty());
    assert_eq!(seen["build-submitted"].build, seen["image-published"].build);
    let traces: BTreeSet<&str> = seen.values().map(|event| event.trace_id.as_str()).collect();
    assert_eq!(traces.len(), 1, "{traces:?}");
}

/// Every metric of the alerts and the dashboard is there.
async fn check_metrics(workers: &[Observed]) {
    let page = |worker: &Observed| worker.get("text/plain").unwrap_or_default();
    let all = || workers.iter().map(page).collect::<String>();
    // The census follows the first sweep.
    eventually("census", || all().contains("longshore_deployments_open 0").then_some(())).await;
    let pages = all();
    let existing = samples(&pages);
    for file in ["deploy/alerts/longshore.rules.yaml", "deploy/dashboards/longshore.json"] {
        let missing: Vec<String> = named_in(file).difference(&existing).cloned().collect();
        let of_quotas = |name: &String| OF_QUOTAS.contains(&name.as_str());
        assert!(missing.iter().all(of_quotas), "{file} names what no worker has: {missing:?}");
    }
    for line in [
        r#"longshore_outcomes_total{class="none",outcome="deployed",stage="service-deployer"} 1"#,
        r#"longshore_builds_total{how="submitted"} 1"#,
        r#"longshore_deliveries_total{result="done",stage="uploader",topic="deploy-requested"} 1"#,
        r#"longshore_deliveries_held{stage="service-deployer"} 0"#,
        r#"longshore_ready{stage="batch-feeder"} 1"#,
        r#"longshore_subscriptions_drifted{stage="registry-watcher"} 0"#,
        r#"longshore_parked_total{cause="failed",stage="uploader"} 0"#,
        r#"longshore_batch_functions{state="waiting"} 0"#,
    ] {
        assert!(pages.lines().any(|found| found == line), "{line}\n{pages}");
    }
    let open = workers.iter().find(|worker| worker.name == "service-deployer").unwrap();
    let open = open.get("application/openmetrics-text; version=1.0.0").unwrap();
    let exemplar = open.lines().find(|line| line.contains("# {trace_id=\"")).unwrap();
    assert!(exemplar.starts_with("longshore_"), "{exemplar}");
    assert!(open.ends_with("# EOF\n"));
}

/// Every line of JSON is an entry of Cloud Logging, and those about the deployment say so.
fn check_logs(cloud: &Cloud, id: DeploymentId) {
    for (name, _) in WORKERS {
        let log = fs::read_to_string(cloud.folder().join(format!("{name}.log"))).unwrap();
        let entries: Vec<Value> =
            log.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
        for entry in &entries {
            assert!(entry["severity"].is_string() && entry["message"].is_string(), "{entry}");
            assert!(entry["time"].is_string(), "{entry}");
            assert_eq!(entry["logging.googleapis.com/labels"]["service"], name);
        }
        let own = entries
            .iter()
            .find(|entry| entry["logging.googleapis.com/labels"]["deployment"] == id.to_string());
        if ["build-submitter", "service-deployer"].contains(&name) {
            let own = own.unwrap_or_else(|| panic!("{name} says nothing of {id}: {log}"));
            let trace = own["logging.googleapis.com/trace"].as_str().unwrap();
            assert!(trace.starts_with(&format!("projects/{}/traces/", cloud.settings.project)));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_says_why_a_deployment_waits() {
    let cloud = Cloud::start().await;
    let mut listener = cloud.listen(Topic::SourceUploaded).await;
    let _uploader = cloud.worker("uploader");
    let source = cloud.stage(&function(cloud.folder(), "hello")).await;
    let id = cloud.request(spec("waits", source)).await;
    listener.next().await;
    let status = |arguments: &[&str]| {
        let output = longshore(&cloud.environment).args(arguments).arg(id.to_string()).output();
        String::from_utf8(output.unwrap().stdout).unwrap()
    };
    let json: Value = serde_json::from_str(&status(&["--output", "json", "status"])).unwrap();
    assert_eq!(json["waiting"]["reason"], "queue", "{json}");
    let sentence = json["waiting"]["sentence"].as_str().unwrap();
    assert!(sentence.starts_with("waiting for build-submitter, which was sent"), "{sentence}");
    assert!(status(&["status"]).contains(sentence));
}
