//! Who calls a function hands the trace on to it.

use std::fs;

use longshore_messages::{Outcome, Topic, TraceContext};
use serde_json::Value;

use crate::support::{Cloud, function, longshore, spec, uuid};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

/// Answers with the trace headers of the request.
const MAIN: &str = r#"import functions_framework


@functions_framework.http
def hello(request):
    names = ["traceparent", "tracestate", "x-cloud-trace-context"]
    return {name: request.headers.get(name) for name in names}
"#;

fn parent() -> String {
    format!("00-{TRACE}-b7ad6b7169203331-01")
}

/// Calls the function, and returns the trace that the command names and the headers that arrived.
fn called(cloud: &Cloud, traced: bool) -> (String, Value) {
    let mut command = longshore(&cloud.environment);
    command.args(["--output", "json", "call", "headers"]);
    if traced {
        command.env("TRACEPARENT", parent()).env("TRACESTATE", "a=1");
    }
    let output = command.output().unwrap();
    let answer: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    let headers = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
    (answer["traceId"].as_str().unwrap().to_owned(), headers)
}

fn trace_of<'a>(headers: &'a Value, name: &str, separator: char) -> Vec<&'a str> {
    headers[name].as_str().unwrap().split(separator).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_gets_the_trace_of_its_caller_in_both_headers() {
    let cloud = Cloud::start().await;
    let _fleet = cloud.fleet();
    let directory = cloud.folder().join(uuid());
    fs::create_dir(&directory).unwrap();
    fs::write(directory.join("main.py"), MAIN).unwrap();
    let source = cloud.stage(&directory).await;
    let finished = cloud.end_of(cloud.request(spec("headers", source)).await).await;
    assert!(matches!(finished.outcome, Outcome::Deployed(_)), "{finished:?}\n{}", cloud.logs());

    let (trace, headers) = called(&cloud, true);
    assert_eq!(trace, TRACE);
    let [version, of_parent, span, flags] = trace_of(&headers, "traceparent", '-')[..] else {
        panic!("{headers}")
    };
    assert_eq!((version, of_parent, flags), ("00", TRACE, "01"));
    assert_ne!(span, "b7ad6b7169203331", "the front end has a span of its own");
    assert_eq!(headers["tracestate"], "a=1");
    assert_eq!(trace_of(&headers, "x-cloud-trace-context", '/')[0], TRACE);

    let (trace, headers) = called(&cloud, false);
    assert_eq!(trace_of(&headers, "traceparent", '-')[1], trace);
    assert_eq!(trace_of(&headers, "x-cloud-trace-context", '/')[0], trace);
    assert_ne!(trace, called(&cloud, false).0, "each call is a trace of its own");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_is_part_of_the_trace_of_the_command_that_requests_it() {
    let cloud = Cloud::start().await;
    let mut uploaded = cloud.listen(Topic::SourceUploaded).await;
    let _uploader = cloud.worker("uploader");
    let directory = function(cloud.folder(), "traced");
    let mut command = longshore(&cloud.environment);
    command.args(["deploy", "--name", "f"]).arg(&directory).env("TRACEPARENT", parent());
    // No other worker runs, so the command never ends by itself.
    let command = tokio::process::Command::from(command).kill_on_drop(true).spawn().unwrap();
    let message = uploaded.next().await;
    assert_eq!(TraceContext::from_attributes(&message.attributes).trace_id(), Some(TRACE));
    drop(command);
}
