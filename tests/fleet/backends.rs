//! Other projects' programs receive what workers tell about themselves: Jaeger and OpenTelemetry's
//! Collector the traces, Prometheus the metrics.
//!
//! The fleet deploys one function, and each of its workers speaks another of OTLP's protocols. What
//! the program then shows is decoded, and has to be one whole trace. `docs/traces.md` and
//! `docs/operations.md` say how to install the programs; without one, its test is skipped.

mod collector;
mod jaeger;
mod program;
mod prometheus;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};

use longshore_messages::{DeploymentFinished, Outcome, Topic, decode};
use serde_json::Value;

use crate::support::{Cloud, FEEDER, WORKERS, Worker, function, spec};
use collector::Collector;
use jaeger::Jaeger;
use prometheus::Prometheus;

/// How long what workers sent may take to be shown. They have sent all of it when they end.
const ARRIVAL: Duration = Duration::from_secs(30);

/// The share of a deployment's time that may be in no span, and by which its root may differ from
/// the time that its requester measures.
const UNSEEN_PERCENT_MAX: u128 = 5;

/// How far the clocks of Cloud Build, in milliseconds, and of the workers may be apart.
const CLOCKS: Duration = Duration::from_millis(2);

/// The ports on which a program receives OTLP.
#[derive(Clone, Copy)]
struct Ports {
    grpc: u16,
    http: u16,
}

/// A span, as a program shows it.
#[derive(Clone, Debug)]
struct Seen {
    id: String,
    parent: Option<String>,
    links: Vec<String>,
    name: String,
    service: String,
    /// Since the epoch.
    begun: Duration,
    ended: Duration,
    attributes: BTreeMap<String, String>,
}

/// Starts the workers of a deployment, each with another protocol.
fn fleet(cloud: &Cloud, ports: Ports) -> Vec<Worker> {
    let protocols = [
        ("grpc", ports.grpc),
        ("http/protobuf", ports.http),
        ("http/json", ports.http),
        ("grpc", ports.grpc),
    ];
    let workers = WORKERS.iter().zip(protocols).map(|((name, _), (protocol, port))| {
        let settings = [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://127.0.0.1:{port}")),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol.to_owned()),
            ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip".to_owned()),
        ];
        let settings = settings.map(|(name, value)| (name.to_owned(), value));
        cloud.worker_with(name, &BTreeMap::from(settings))
    });
    workers.collect()
}

/// Deploys one function, and returns the id of its trace and how long that took.
async fn deploy(cloud: &Cloud, ports: Ports) -> (String, Duration) {
    let mut ends = cloud.listen(Topic::DeploymentFinished).await;
    let workers = fleet(cloud, ports);
    let source = cloud.stage(&function(cloud.folder(), "seen by others")).await;
    let begun = Instant::now();
    let id = cloud.request(spec("traced", source)).await;
    let end = ends.next().await;
    let took = begun.elapsed();
    let finished: DeploymentFinished = decode(&end).unwrap();
    assert_eq!(finished.id, id);
    assert!(matches!(finished.outcome, Outcome::Deployed(_)), "{finished:?}\n{}", cloud.logs());
    for worker in workers {
        assert!(worker.stop(), "a worker did not stop gracefully");
    }
    // A request without a trace gets one with the id of the deployment.
    (id.to_string(), took)
}

fn orphans(spans: &[Seen]) -> Vec<&Seen> {
    let ids: BTreeSet<&str> = spans.iter().map(|span| span.id.as_str()).collect();
    let is_orphan =
        |span: &&Seen| span.parent.as_ref().is_some_and(|parent| !ids.contains(parent.as_str()));
    spans.iter().filter(is_orphan).collect()
}

/// Reads until the trace has its root, and the parent of each span.
async fn arrived(mut read: impl AsyncFnMut() -> Vec<Seen>) -> Vec<Seen> {
    let begun = Instant::now();
    loop {
        let spans = read().await;
        let has_root = spans.iter().any(|span| span.parent.is_none());
        if (has_root && orphans(&spans).is_empty()) || begun.elapsed() > ARRIVAL {
            return spans;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// One tree, with all services, that covers the time from the request to the outcome.
fn assert_is_whole(spans: &[Seen], took: Duration) {
    assert!(orphans(spans).is_empty(), "{:#?}", orphans(spans));
    let roots: Vec<&Seen> = spans.iter().filter(|span| span.parent.is_none()).collect();
    let [root] = roots[..] else { panic!("{roots:#?}") };
    assert!(root.name.starts_with("RUN deployment "), "{root:?}");
    assert_eq!(root.attributes["cicd.pipeline.result"], "success");
    let services: BTreeSet<&str> = spans.iter().map(|span| span.service.as_str()).collect();
    let expected = WORKERS.map(|(name, _)| format!("longshore-{name}"));
    assert_eq!(services, expected.iter().map(String::as_str).collect());

    let root_took = root.ended - root.begun;
    let differs = took.abs_diff(root_took);
    assert!(
        differs.as_nanos() * 100 <= took.as_nanos() * UNSEEN_PERCENT_MAX,
        "the root lasts {root_took:?}, and the deployment took {took:?}"
    );
    let mut parts: Vec<(Duration, Duration)> = spans
        .iter()
        .filter(|span| span.id != root.id)
        .map(|span| (span.begun.max(root.begun), span.ended.min(root.ended)))
        .collect();
    parts.sort_unstable();
    let (mut covered, mut upto) = (Duration::ZERO, root.begun);
    for (from, until) in parts {
        covered += until.saturating_sub(from.max(upto));
        upto = upto.max(until);
    }
    assert!(
        covered.as_nanos() * 100 >= root_took.as_nanos() * (100 - UNSEEN_PERCENT_MAX),
        "{covered:?} of {root_took:?} are in the parts: {spans:#?}"
    );
}

/// The parent of each handling is the handling that sent its message, which it is also linked to, and
/// the parent of a build is what submitted it.
fn assert_parents_are_right(spans: &[Seen]) {
    let by_id: BTreeMap<&str, &Seen> = spans.iter().map(|span| (span.id.as_str(), span)).collect();
    let root = "RUN deployment";
    let submitter = "process source-uploaded";
    let parents = [
        ("queue deploy-requested", vec![root]),
        ("process deploy-requested", vec![root]),
        ("queue source-uploaded", vec!["process deploy-requested"]),
        (submitter, vec!["process deploy-requested"]),
        ("queue build-submitted", vec![submitter]),
        ("process build-submitted", vec![submitter]),
        // The build may have ended before the handling of its submission.
        ("queue image-published", vec![submitter, "process build-submitted"]),
        ("process image-published", vec![submitter, "process build-submitted"]),
        ("build", vec![submitter]),
        ("confirm build", vec![submitter]),
        ("queue of Cloud Build", vec!["build"]),
        ("fetch source", vec!["build"]),
        ("push", vec!["build"]),
    ];
    for (name, expected) in parents {
        let mut named = spans.iter().filter(|span| span.name == name).peekable();
        assert!(named.peek().is_some(), "there is no span {name:?}: {spans:#?}");
        for span in named {
            let parent = by_id[span.parent.as_deref().unwrap()];
            let is_expected = expected.iter().any(|name| parent.name.starts_with(name));
            assert!(is_expected, "{span:?}\nis below\n{parent:?}");
            if name.starts_with("process ") {
                assert!(span.links.contains(&parent.id), "{span:?}");
            }
        }
    }
    for span in spans {
        if let Some(parent) = span.parent.as_deref().map(|parent| by_id[parent]) {
            assert!(span.begun + CLOCKS >= parent.begun, "{span:?}\nbegins before\n{parent:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn jaeger_shows_a_deployment_as_one_whole_trace_over_each_protocol() {
    let cloud = Cloud::start().await;
    let Some(jaeger) = Jaeger::start(cloud.folder()).await else { return };
    let (trace, took) = deploy(&cloud, jaeger.ports()).await;
    let spans = arrived(async || jaeger.trace(&trace).await).await;
    assert_is_whole(&spans, took);
    assert_parents_are_right(&spans);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_collector_passes_a_deployment_on_as_one_whole_trace_over_each_protocol() {
    let cloud = Cloud::start().await;
    let Some(collector) = Collector::start(cloud.folder()).await else { return };
    let (trace, took) = deploy(&cloud, collector.ports()).await;
    let spans = arrived(async || collector.trace(&trace)).await;
    assert_is_whole(&spans, took);
    assert_parents_are_right(&spans);
    // Workers export their metrics when they end, and the Collector passes them on after that.
    eventually(async || {
        let durations = collector.histogram("longshore.stage.duration");
        let has_exemplar = |(name, _): &(&str, &str)| {
            let traces = durations.get(&format!("longshore-{name}"));
            traces.is_some_and(|traces| traces.contains(&trace))
        };
        if WORKERS.iter().all(has_exemplar) { Ok(()) } else { Err(durations) }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn prometheus_reads_every_worker_and_evaluates_every_rule() {
    let cloud = Cloud::start().await;
    let ports = program::free_ports::<5>();
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/alerts/longshore.rules.yaml");
    let Some(prometheus) = Prometheus::start(cloud.folder(), &rules, &ports).await else { return };
    let names = WORKERS.iter().map(|(name, _)| *name).chain([FEEDER.0]);
    let workers = names.zip(ports).map(|(name, port)| {
        let address = format!("127.0.0.1:{port}");
        let settings = BTreeMap::from([("LONGSHORE_HEALTH_ADDRESS".to_owned(), address)]);
        cloud.worker_with(name, &settings)
    });
    let _workers: Vec<Worker> = workers.collect();
    let source = cloud.stage(&function(cloud.folder(), "seen by others")).await;
    let id = cloud.request(spec("observed", source)).await;
    let finished = cloud.end_of(id).await;
    assert!(matches!(finished.outcome, Outcome::Deployed(_)), "{finished:?}\n{}", cloud.logs());

    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    // Every worker is read without an error of Prometheus' parser.
    eventually(async || {
        let found = list(&prometheus.read("targets").await["activeTargets"]);
        let is_read = |target: &Value| target["health"] == "up" && target["lastError"] == "";
        (found.len() == ports.len() && found.iter().all(is_read)).then_some(()).ok_or(found)
    })
    .await;
    eventually(async || {
        let found = prometheus.read("query?query=longshore_outcomes_total").await;
        let is_own = |one: &Value| one["metric"]["outcome"] == "deployed" && one["value"][1] == "1";
        list(&found["result"]).iter().any(is_own).then_some(()).ok_or(found)
    })
    .await;
    // An exemplar leads to the trace, which has the id of the deployment.
    eventually(async || {
        let query = "query_exemplars?query=longshore_stage_duration_seconds_bucket";
        let found = prometheus.read(query).await.to_string();
        found.contains(&format!(r#""trace_id":"{id}""#)).then_some(()).ok_or(found)
    })
    .await;
    let evaluated = eventually(async || {
        let groups = list(&prometheus.read("rules").await["groups"]);
        let rules: Vec<Value> = groups.iter().flat_map(|group| list(&group["rules"])).collect();
        let is_good = |rule: &Value| rule["health"] == "ok" && rule["lastError"].is_null();
        if !rules.is_empty() && rules.iter().all(is_good) { Ok(rules) } else { Err(rules) }
    })
    .await;
    let firing: Vec<_> = evaluated.iter().filter(|rule| rule["state"] == "firing").collect();
    assert!(firing.is_empty(), "{firing:#?}");
    let text = std::fs::read_to_string(&rules).unwrap();
    let in_file = text.matches("- alert: ").count() + text.matches("- record: ").count();
    assert_eq!(evaluated.len(), in_file);
}

/// Reads until what is read is as it should be, and returns it.
async fn eventually<T, E: std::fmt::Debug>(mut read: impl AsyncFnMut() -> Result<T, E>) -> T {
    let begun = Instant::now();
    loop {
        match read().await {
            Ok(found) => return found,
            Err(found) => assert!(begun.elapsed() < ARRIVAL, "{found:#?}"),
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
