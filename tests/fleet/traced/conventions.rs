//! Which attributes each kind of span has.

use longshore_messages::Outcome;
use longshore_trace_store::{Kind, Span, Trace, Value};

use super::Receiver;
use crate::support::{Cloud, function, spec};

/// How a call is sent, and what its span has because of that.
enum Sent {
    /// <https://opentelemetry.io/docs/specs/semconv/http/http-spans/>
    Http { method: &'static str, path: &'static str, status: i64 },
    /// <https://opentelemetry.io/docs/specs/semconv/rpc/rpc-spans/>
    Grpc { method: &'static str, status: &'static str },
    /// <https://opentelemetry.io/docs/specs/semconv/messaging/gcp-pubsub/>
    Message { topic: &'static str },
}

use Sent::{Grpc, Http, Message};

/// Calls of a deployment of a new function: their spans, their services, and one way in which they are
/// sent.
const CALLS: [(&str, &str, Sent); 9] = [
    ("get object", "storage", Http { method: "GET", path: "/storage/v1/b/", status: 200 }),
    ("get object", "storage", Http { method: "GET", path: "/storage/v1/b/", status: 404 }),
    (
        "create object",
        "storage",
        Http { method: "POST", path: "/upload/storage/v1/b/", status: 200 },
    ),
    (
        "list objects",
        "storage",
        Grpc { method: "google.storage.v2.Storage/ListObjects", status: "OK" },
    ),
    ("submit build", "run", Http { method: "POST", path: "/v2/projects/", status: 200 }),
    ("get service", "run", Http { method: "GET", path: "/v2/projects/", status: 404 }),
    ("write service", "run", Http { method: "POST", path: "/v2/projects/", status: 200 }),
    ("publish", "pubsub", Message { topic: "longshore.source-uploaded" }),
    ("publish", "pubsub", Message { topic: "longshore.deployment-events" }),
];

fn int(span: &Span, attribute: &str) -> Option<i64> {
    match span.attributes.get(attribute)? {
        Value::Int(number) => Some(*number),
        _ => None,
    }
}

impl Sent {
    fn is_of(&self, span: &Span) -> bool {
        match self {
            Http { method, path, status } => {
                let url = span.text("url.full").unwrap_or_default();
                span.text("http.request.method") == Some(method)
                    && int(span, "http.response.status_code") == Some(*status)
                    && url.starts_with("http://127.0.0.1:")
                    && url.contains(path)
                    && span.text("url.scheme") == Some("http")
            }
            Grpc { method, status } => {
                span.text("rpc.system.name") == Some("grpc")
                    && span.text("rpc.method") == Some(method)
                    && span.text("rpc.response.status_code") == Some(status)
            }
            Message { topic } => {
                span.text("messaging.system") == Some("gcp_pubsub")
                    && span.text("messaging.operation.name") == Some("publish")
                    && span.text("messaging.operation.type") == Some("send")
                    && span.text("messaging.destination.name") == Some(topic)
                    && span.text("messaging.message.id").is_some()
                    && int(span, "messaging.message.body.size").is_some_and(|bytes| bytes > 0)
            }
        }
    }
}

/// A client names its server, and what its protocol says.
fn assert_is_of_a_client(span: &Span) {
    assert_eq!(span.text("server.address"), Some("127.0.0.1"), "{span:#?}");
    assert!(int(span, "server.port").is_some_and(|port| port > 0), "{span:#?}");
    let has = |attributes: &[&str]| {
        attributes.iter().all(|attribute| span.attributes.contains_key(*attribute))
    };
    let is_complete =
        has(&["http.request.method", "http.response.status_code", "url.full", "url.scheme"])
            || has(&["rpc.system.name", "rpc.method", "rpc.response.status_code"])
            || has(&["messaging.system", "messaging.message.id"]);
    assert!(is_complete, "{span:#?}");
}

/// The handling of a message, which is a task of the deployment.
fn assert_is_of_a_handling(span: &Span, id: &str) {
    let topic = span.name.strip_prefix("process ").unwrap();
    let destination = format!("longshore.{topic}");
    let stage = span.service.strip_prefix("longshore-").unwrap();
    for (attribute, expected) in [
        ("messaging.system", "gcp_pubsub"),
        ("messaging.operation.name", "process"),
        ("messaging.operation.type", "process"),
        ("messaging.destination.name", destination.as_str()),
        ("cicd.pipeline.name", "deployment"),
        ("cicd.pipeline.run.id", id),
        ("cicd.pipeline.task.name", stage),
        ("longshore.deployment", id),
    ] {
        assert_eq!(span.text(attribute), Some(expected), "{attribute}: {span:#?}");
    }
    let subscription = span.text("messaging.destination.subscription.name").unwrap();
    assert_eq!(subscription, longshore_messages::subscription_id("longshore", stage, topic));
    let message = span.text("messaging.message.id").unwrap();
    assert_eq!(span.text("cicd.pipeline.task.run.id"), Some(message));
    assert!(int(span, "messaging.message.body.size").is_some_and(|bytes| bytes > 0), "{span:#?}");
    assert_eq!(int(span, "messaging.gcp_pubsub.message.delivery_attempt"), Some(1), "{span:#?}");
    assert_eq!(span.text("messaging.gcp_pubsub.message.ordering_key"), None, "the fleet has none");
    let result = span.text("cicd.pipeline.task.run.result");
    assert!(matches!(result, Some("success" | "skip")), "{span:#?}");
}

fn assert_is_of_the_deployment(span: &Span, id: &str) {
    for (attribute, expected) in [
        ("cicd.pipeline.name", "deployment"),
        ("cicd.pipeline.action.name", "RUN"),
        ("cicd.pipeline.run.id", id),
        ("cicd.pipeline.result", "success"),
        ("longshore.outcome", "deployed"),
    ] {
        assert_eq!(span.text(attribute), Some(expected), "{attribute}: {span:#?}");
    }
}

fn is_complete(trace: &Trace) -> bool {
    trace.spans.iter().any(|span| span.kind == Kind::Server)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_spans_of_a_deployment_have_the_attributes_of_the_semantic_conventions() {
    let cloud = Cloud::start().await;
    let receiver = Receiver::start(&cloud).await;
    let fleet = receiver.fleet(&cloud);
    let source = cloud.stage(&function(cloud.folder(), "by the conventions")).await;
    let id = cloud.request(spec("conventional", source)).await;
    let finished = cloud.end_of(id).await;
    assert!(matches!(finished.outcome, Outcome::Deployed(_)), "{finished:?}\n{}", cloud.logs());
    for worker in fleet {
        assert!(worker.stop(), "a worker did not stop gracefully");
    }
    let id = id.to_string();
    let trace = receiver.trace(&id, is_complete).await;
    for (name, service, sent) in &CALLS {
        let named: Vec<&Span> = trace.spans.iter().filter(|span| span.name == *name).collect();
        let found = named.iter().find(|span| sent.is_of(span));
        let found = found.unwrap_or_else(|| panic!("no {name:?} like this in {named:#?}"));
        assert_eq!(found.text("gcp.client.service"), Some(*service), "{found:#?}");
        assert!(found.text("gcp.resource.destination.id").is_some(), "{found:#?}");
        assert!(!found.has_failed(), "what is expected is no error: {found:#?}");
    }
    let of_kind = |kind: Kind| trace.spans.iter().filter(move |span| span.kind == kind);
    of_kind(Kind::Client).for_each(assert_is_of_a_client);
    of_kind(Kind::Consumer).for_each(|span| assert_is_of_a_handling(span, &id));
    let roots: Vec<&Span> = of_kind(Kind::Server).collect();
    let [root] = roots[..] else { panic!("{roots:#?}") };
    assert_is_of_the_deployment(root, &id);
}
