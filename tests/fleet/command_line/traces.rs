//! `longshore up` has the traces of its workers, and no receiver of traces can hold them up.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use longshore_trace_store::{Span, SpanId, StatusCode, Trace, from_json};

use super::*;

/// How long the spans of a deployment that has ended may take to arrive.
const ARRIVAL: Duration = Duration::from_secs(30);

/// Deploys the example to a running `up`, and returns the id of the deployment and its outcome.
fn deploy(home: &Home, arguments: &[&str]) -> (String, String) {
    let mut command = longshore(&home.data_dir());
    command.args(["--output", "json", "deploy"]).arg(example()).args(arguments);
    let output = command.output().unwrap();
    let deployed: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", text(&output.stderr)));
    let field = |name: &str| deployed[0][name].as_str().unwrap_or_default().to_owned();
    (field("deployment"), field("outcome"))
}

fn exported(home: &Home, id: &str) -> Vec<u8> {
    let output =
        longshore(&home.data_dir()).args(["--output", "json", "trace", id, "--follow"]).output();
    let output = output.unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    output.stdout
}

/// The trace of a deployment that has ended, once all its spans have arrived: workers send theirs on
/// their own.
fn trace_of(home: &Home, id: &str) -> Trace {
    let begun = Instant::now();
    loop {
        let trace = Trace::from_otlp(from_json(&exported(home, id)).unwrap());
        let ids: BTreeSet<SpanId> = trace.spans.iter().map(|span| span.span_id).collect();
        let has_orphans =
            trace.spans.iter().any(|span| span.parent.is_some_and(|parent| !ids.contains(&parent)));
        if !has_orphans || begun.elapsed() > ARRIVAL {
            return trace;
        }
        std::thread::yield_now();
    }
}

/// Checks what every complete trace of a deployment is: one tree, with all services, that covers the
/// time from the request to the outcome.
fn assert_is_whole(trace: &Trace, id: &str) {
    let by_id: BTreeMap<SpanId, &Span> =
        trace.spans.iter().map(|span| (span.span_id, span)).collect();
    let roots: Vec<&Span> = trace.spans.iter().filter(|span| span.parent.is_none()).collect();
    let [root] = &roots[..] else { panic!("{roots:#?}") };
    assert_eq!(root.trace_id.to_string(), id);
    assert_eq!(root.text("cicd.pipeline.run.id"), Some(id));
    for span in &trace.spans {
        assert_eq!(span.trace_id, root.trace_id);
        if let Some(parent) = span.parent {
            assert!(by_id.contains_key(&parent), "an orphan: {span:#?}");
        }
    }
    let services: BTreeSet<&str> = trace.spans.iter().map(|span| span.service.as_str()).collect();
    let workers = ["uploader", "build-submitter", "registry-watcher", "service-deployer"];
    for worker in workers {
        assert!(services.contains(format!("longshore-{worker}").as_str()), "{services:?}");
    }
    // All parts together last as long as the whole.
    let mut parts: Vec<(u64, u64)> = trace
        .spans
        .iter()
        .filter(|span| span.span_id != root.span_id)
        .map(|span| (span.start_ns.max(root.start_ns), span.end_ns.min(root.end_ns)))
        .collect();
    parts.sort_unstable();
    let (mut covered, mut upto) = (0, root.start_ns);
    for (from, until) in parts {
        covered += until.saturating_sub(from.max(upto));
        upto = upto.max(until);
    }
    let share = covered * 100 / root.duration_ns();
    assert!(share >= 95, "{share} % of the deployment is in the spans of its parts: {trace:#?}");
}

#[test]
fn a_deployment_is_one_trace_across_all_workers() {
    let home = Home::new();
    let _up = Up::start(&home);
    let (id, outcome) = deploy(&home, &[]);
    assert_eq!(outcome, "deployed");
    let trace = trace_of(&home, &id);
    assert_is_whole(&trace, &id);

    let named = |name: &str| {
        let found: Vec<&Span> = trace.spans.iter().filter(|span| span.name == name).collect();
        assert!(!found.is_empty(), "there is no span {name:?}: {trace:#?}");
        found
    };
    for topic in ["deploy-requested", "source-uploaded", "build-submitted", "image-published"] {
        named(&format!("queue {topic}"));
        let process = named(&format!("process {topic}"))[0];
        assert_eq!(process.text("messaging.system"), Some("gcp_pubsub"));
        assert!(process.links.iter().any(|link| Some(link.span_id) == process.parent));
    }
    let build = named("build")[0].span_id;
    let parts = ["queue of Cloud Build", "fetch source", "push"];
    assert!(parts.iter().all(|part| named(part)[0].parent == Some(build)), "{trace:#?}");
    let root = trace.spans.iter().find(|span| span.parent.is_none()).unwrap();
    assert_eq!(root.text("cicd.pipeline.result"), Some("success"));

    let drawn = longshore(&home.data_dir()).args(["trace", &id]).output().unwrap();
    let drawn = text(&drawn.stdout);
    assert!(drawn.contains("RUN deployment"), "{drawn}");

    // A file that was exported is drawn without any cloud.
    let file = home.0.path().join("trace.json");
    std::fs::write(&file, exported(&home, &id)).unwrap();
    let elsewhere = Home::new();
    let from_file = longshore(&elsewhere.data_dir()).arg("trace").arg("--file").arg(&file).output();
    assert_eq!(text(&from_file.unwrap().stdout), drawn);
}

#[test]
fn the_trace_of_a_failure_says_where_it_failed() {
    let home = Home::new();
    let _up = Up::start(&home);
    let broken = crate::support::function(home.0.path(), "x");
    std::fs::write(broken.join("main.py"), "def hello(:\n").unwrap();
    let mut command = longshore(&home.data_dir());
    command.args(["--output", "json", "deploy", "--name", "broken", "--entry-point", "hello"]);
    let output = command.arg(&broken).output().unwrap();
    let deployed: Value = serde_json::from_slice(&output.stdout).unwrap();
    let id = deployed[0]["deployment"].as_str().unwrap();
    let trace = trace_of(&home, id);
    let root = trace.spans.iter().find(|span| span.parent.is_none()).unwrap();
    assert_eq!(root.status.code, StatusCode::Error);
    assert_eq!(root.text("cicd.pipeline.result"), Some("failure"));
    let build = trace.spans.iter().find(|span| span.name == "build").unwrap();
    assert_eq!(build.status.code, StatusCode::Error);
}

/// Starts `up` with this endpoint for traces, and deploys.
fn deploys_beside(endpoint: &str, protocol: &str) {
    let home = Home::new();
    let mut command = longshore(&home.data_dir());
    command
        .args(["--output", "json", "up", "--once"])
        .arg(example())
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
        .env("OTEL_EXPORTER_OTLP_PROTOCOL", protocol)
        .env("OTEL_EXPORTER_OTLP_TIMEOUT", "2000");
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["functions"][0]["outcome"], "deployed");
    home.leaves_no_processes();
}

#[test]
fn a_receiver_of_traces_that_never_answers_changes_no_outcome() {
    // The kernel accepts connections, and no process reads them.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    deploys_beside(&format!("http://{}", silent.local_addr().unwrap()), "grpc");
}

#[test]
fn a_receiver_of_traces_that_refuses_changes_no_outcome() {
    let busy = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = busy.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in busy.incoming() {
            let Ok(mut stream) = stream else { return };
            let answer = "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\
                          connection: close\r\n\r\n";
            let mut request = [0; 1024];
            // A sender that is gone needs no answer.
            let _ = stream.read(&mut request).and_then(|_| stream.write_all(answer.as_bytes()));
        }
    });
    deploys_beside(&format!("http://{address}"), "http/protobuf");
}
