//! Jaeger, which stores traces in memory, and shows them over an API of its own.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use super::program::{Program, free_ports};
use super::{Ports, Seen};

const NAME: &str = "jaeger";

pub(super) struct Jaeger {
    _program: Program,
    ports: Ports,
    /// The port of its API.
    query: u16,
}

impl Jaeger {
    /// `None` if the program is not installed.
    pub(super) async fn start(folder: &Path) -> Option<Self> {
        let [grpc, http, query, others @ ..] = free_ports::<11>();
        let flag = |name: &str, port: u16| format!("--{name}host-port=127.0.0.1:{port}");
        let mut arguments = vec![
            "--collector.otlp.enabled=true".to_owned(),
            flag("collector.otlp.grpc.", grpc),
            flag("collector.otlp.http.", http),
            flag("query.http-server.", query),
        ];
        // What it also listens on, by default on every interface.
        let also = [
            "query.grpc-server.",
            "admin.http.",
            "collector.grpc-server.",
            "collector.http-server.",
            "http-server.",
            "processor.jaeger-binary.server-",
            "processor.jaeger-compact.server-",
            "processor.zipkin-compact.server-",
        ];
        arguments.extend(also.into_iter().zip(others).map(|(name, port)| flag(name, port)));
        let ports = [grpc, http, query];
        let program = Program::start(NAME, &arguments, &ports, folder).await?;
        Some(Self { _program: program, ports: Ports { grpc, http }, query })
    }

    pub(super) fn ports(&self) -> Ports {
        self.ports
    }

    /// The spans of a trace, as far as they have arrived.
    pub(super) async fn trace(&self, id: &str) -> Vec<Seen> {
        let url = format!("http://127.0.0.1:{}/api/traces/{id}", self.query);
        let response = reqwest::get(url).await.unwrap();
        // An unknown trace is an error.
        let found: Value = response.json().await.unwrap_or_default();
        let traces = found["data"].as_array().into_iter().flatten();
        let spans = traces.flat_map(|trace| {
            let spans = trace["spans"].as_array().into_iter().flatten();
            spans.map(|span| seen(trace, span)).collect::<Vec<_>>()
        });
        spans.collect()
    }
}

fn seen(trace: &Value, span: &Value) -> Seen {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let micros = |name: &str| Duration::from_micros(span[name].as_u64().unwrap());
    let references = |kind: &str| {
        let all = span["references"].as_array().into_iter().flatten();
        let of_kind = all.filter(|one| one["refType"] == kind && one["traceID"] == span["traceID"]);
        of_kind.map(|reference| text(&reference["spanID"])).collect::<Vec<_>>()
    };
    let attribute = |tag: &Value| {
        let value = match &tag["value"] {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        (text(&tag["key"]), value)
    };
    let process = &trace["processes"][text(&span["processID"])];
    let tags = span["tags"].as_array().into_iter().flatten();
    let links = references("FOLLOWS_FROM");
    Seen {
        id: text(&span["spanID"]),
        // A parent that is also linked has the reference of the link only, which Jaeger takes for the
        // parent.
        parent: references("CHILD_OF").first().or(links.first()).cloned(),
        links,
        name: text(&span["operationName"]),
        service: text(&process["serviceName"]),
        begun: micros("startTime"),
        ended: micros("startTime") + micros("duration"),
        attributes: tags.map(attribute).collect::<BTreeMap<_, _>>(),
    }
}
