//! OpenTelemetry's Collector. It passes on what it received, as OTLP's JSON, to this process.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{DefaultBodyLimit, State};
use axum::routing::post;
use parking_lot::Mutex;
use serde_json::{Value, json};

use super::program::{Program, free_ports};
use super::{Ports, Seen};

const NAME: &str = "otelcol";

/// What the Collector has passed on, request by request.
#[derive(Clone, Default)]
struct Passed {
    traces: Arc<Mutex<Vec<Value>>>,
    metrics: Arc<Mutex<Vec<Value>>>,
}

pub(super) struct Collector {
    _program: Program,
    ports: Ports,
    passed: Passed,
}

impl Collector {
    /// `None` if the program is not installed.
    pub(super) async fn start(folder: &Path) -> Option<Self> {
        let passed = Passed::default();
        let router = axum::Router::new()
            .route("/v1/traces", post(traces))
            .route("/v1/metrics", post(metrics))
            .layer(DefaultBodyLimit::disable())
            .with_state(passed.clone());
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let own = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let [grpc, http] = free_ports();
        let pipeline = json!({ "receivers": ["otlp"], "exporters": ["otlp_http"] });
        // JSON is YAML.
        let configuration = json!({
            "receivers": { "otlp": { "protocols": {
                "grpc": { "endpoint": format!("127.0.0.1:{grpc}") },
                "http": { "endpoint": format!("127.0.0.1:{http}") },
            } } },
            "exporters": { "otlp_http": {
                "endpoint": format!("http://{own}"),
                "encoding": "json",
                "compression": "none",
                "sending_queue": { "enabled": false },
            } },
            "service": {
                "pipelines": { "traces": pipeline, "metrics": pipeline },
                "telemetry": { "metrics": { "level": "none" } },
            },
        });
        let file = folder.join("collector.yaml");
        fs::write(&file, configuration.to_string()).unwrap();
        let arguments = ["--config".to_owned(), file.display().to_string()];
        let program = Program::start(NAME, &arguments, &[grpc, http], folder).await?;
        Some(Self { _program: program, ports: Ports { grpc, http }, passed })
    }

    pub(super) fn ports(&self) -> Ports {
        self.ports
    }

    /// The services that sent data points of a histogram, with the traces of their exemplars.
    pub(super) fn histogram(&self, name: &str) -> BTreeMap<String, BTreeSet<String>> {
        let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for request in self.passed.metrics.lock().iter() {
            for (service, metric) in
                items_of(request, ["resourceMetrics", "scopeMetrics", "metrics"])
            {
                if metric["name"] == name {
                    let points = metric["histogram"]["dataPoints"].as_array().into_iter().flatten();
                    let exemplars = points
                        .flat_map(|point| point["exemplars"].as_array().into_iter().flatten());
                    let traces = exemplars.map(|exemplar| text(&exemplar["traceId"]));
                    found.entry(service).or_default().extend(traces);
                }
            }
        }
        found
    }

    pub(super) fn trace(&self, id: &str) -> Vec<Seen> {
        let all = self.passed.traces.lock();
        let own = all.iter().flat_map(spans_of).filter(|(_, span)| span["traceId"] == id);
        own.map(|(service, span)| seen(service, span)).collect()
    }
}

async fn metrics(State(passed): State<Passed>, Json(request): Json<Value>) -> Json<Value> {
    passed.metrics.lock().push(request);
    Json(json!({}))
}

async fn traces(State(passed): State<Passed>, Json(request): Json<Value>) -> Json<Value> {
    passed.traces.lock().push(request);
    Json(json!({}))
}

/// The spans of a request, with the names of their services.
fn spans_of(request: &Value) -> Vec<(String, &Value)> {
    items_of(request, ["resourceSpans", "scopeSpans", "spans"])
}

/// What is in a request, by the names of the lists.
fn items_of<'a>(request: &'a Value, lists: [&str; 3]) -> Vec<(String, &'a Value)> {
    let list = |value: &'_ Value, name: &str| value[name].as_array().cloned().unwrap_or_default();
    let [resources, scopes, items] = lists;
    let mut found = Vec::new();
    for resource in request[resources].as_array().into_iter().flatten() {
        let attributes = list(&resource["resource"], "attributes");
        let service = attributes.iter().find(|one| one["key"] == "service.name");
        let service = service.map(|one| text(&one["value"]["stringValue"])).unwrap_or_default();
        for scope in resource[scopes].as_array().into_iter().flatten() {
            let own = scope[items].as_array().into_iter().flatten();
            found.extend(own.map(|item| (service.clone(), item)));
        }
    }
    found
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn seen(service: String, span: &Value) -> Seen {
    let at = |name: &str| Duration::from_nanos(text(&span[name]).parse().unwrap());
    let list = |name: &str| span[name].as_array().into_iter().flatten();
    let attribute = |one: &Value| {
        let value = one["value"].as_object().unwrap().values().next();
        let value = value.map_or_else(String::new, |value| match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        });
        (text(&one["key"]), value)
    };
    Seen {
        id: text(&span["spanId"]),
        parent: Some(text(&span["parentSpanId"])).filter(|parent| !parent.is_empty()),
        links: list("links").map(|link| text(&link["spanId"])).collect(),
        name: text(&span["name"]),
        service,
        begun: at("startTimeUnixNano"),
        ended: at("endTimeUnixNano"),
        attributes: list("attributes").map(attribute).collect::<BTreeMap<_, _>>(),
    }
}
