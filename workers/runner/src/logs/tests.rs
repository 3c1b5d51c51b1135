//! Lines are formatted here; that real workers write them is in `tests/fleet/observed.rs`.

use std::sync::Arc;

use parking_lot::Mutex;
use tracing::subscriber::with_default;
use tracing_subscriber::layer::SubscriberExt as _;

use super::redact::redacted;
use super::*;

/// Collects what a layer would write.
struct Collecting {
    layer: LogLayer,
    lines: Arc<Mutex<Vec<String>>>,
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Collecting {
    fn on_register_dispatch(&self, dispatch: &Dispatch) {
        <LogLayer as Layer<S>>::on_register_dispatch(&self.layer, dispatch);
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        self.layer.on_new_span(attributes, id, context);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        self.layer.on_record(id, values, context);
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        self.lines.lock().push(self.layer.line(event, &context));
    }
}

fn lines(format: LogFormat, log: impl FnOnce()) -> Vec<String> {
    use opentelemetry::trace::TracerProvider as _;
    let lines = Arc::<Mutex<Vec<String>>>::default();
    let layer = LogLayer::new(format, "uploader", "demo-project", false);
    let collecting = Collecting { layer, lines: Arc::clone(&lines) };
    let provider = opentelemetry_sdk::trace::SdkTracerProvider::builder().build();
    let traces = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
    with_default(tracing_subscriber::registry().with(collecting).with(traces), log);
    let lines = lines.lock();
    lines.clone()
}

fn about_a_deployment() {
    let span = tracing::info_span!("process", stage = "uploader", deployment = "0123", other = 1);
    let _entered = span.enter();
    tracing::warn!(attempt = 3, error = "cannot \"do\" it", "message will be retried");
}

#[test]
fn a_line_of_json_is_an_entry_of_cloud_logging_with_its_trace_and_deployment() {
    let lines = lines(LogFormat::Json, about_a_deployment);
    let entry: Value = serde_json::from_str(&lines[0]).unwrap();
    assert_eq!(entry["severity"], "WARNING");
    assert_eq!(entry["message"], "message will be retried");
    assert_eq!((&entry["attempt"], &entry["error"]), (&json!(3), &json!("cannot \"do\" it")));
    let labels = json!({ "service": "uploader", "stage": "uploader", "deployment": "0123" });
    assert_eq!(entry["logging.googleapis.com/labels"], labels);
    let trace = entry["logging.googleapis.com/trace"].as_str().unwrap();
    let id = trace.strip_prefix("projects/demo-project/traces/").unwrap();
    assert_eq!((id.len(), id.bytes().all(|byte| byte.is_ascii_hexdigit())), (32, true));
    assert_eq!(entry["logging.googleapis.com/spanId"].as_str().unwrap().len(), 16);
    assert_eq!(entry["logging.googleapis.com/trace_sampled"], true);
    let at = entry["time"].as_str().unwrap();
    assert!(OffsetDateTime::parse(at, &Rfc3339).is_ok(), "{at}");
}

#[test]
fn a_line_for_people_names_the_deployment_it_is_about() {
    let lines = lines(LogFormat::Human, about_a_deployment);
    let expected = " WARN  message will be retried  attempt=3  error=\"cannot \\\"do\\\" it\"  \
                    stage=uploader  deployment=0123\n";
    assert!(lines[0].ends_with(expected), "{}", lines[0]);
}

#[test]
fn text_that_others_wrote_stays_on_its_line_and_controls_no_terminal() {
    let hostile = "a\n{\"severity\":\"ERROR\"}\r\x1b[2J\u{9b}31m\u{202e}b\u{2028}c";
    for format in [LogFormat::Human, LogFormat::Json] {
        let lines = lines(format, || tracing::error!(name = hostile, "{hostile}"));
        let line = lines[0].strip_suffix('\n').unwrap();
        let is_hostile = |c: char| c.is_control() || "\u{202e}\u{2028}".contains(c);
        assert!(!line.contains(is_hostile), "{line:?}");
        assert!(line.contains("a\\n") || line.contains("a\\\\n"), "{line}");
    }
}

#[test]
fn credentials_are_replaced_wherever_they_stand() {
    for (text, expected) in [
        ("nothing secret", "nothing secret"),
        ("https://example.com/a@b", "https://example.com/a@b"),
        (
            "get https://user:pass@example.com/x failed",
            "get https://[redacted]@example.com/x failed",
        ),
        ("git+ssh://tok@h and http://u:p@i", "git+ssh://[redacted]@h and http://[redacted]@i"),
        ("authorization: Bearer abc.def-_=, next", "authorization: Bearer [redacted], next"),
        ("token ya29.a0Af\" end", "token ya29.[redacted]\" end"),
        ("?X-Goog-Signature=00ff&x=1", "?X-Goog-Signature=[redacted]&x=1"),
        ("key -----BEGIN PRIVATE KEY-----\nMII\n", "key -----BEGIN [redacted]"),
    ] {
        assert_eq!(redacted(text), expected);
    }
    let lines = lines(LogFormat::Json, || {
        tracing::error!(error = %"Bearer secret-1", url = ?"https://u:secret-2@h", "x ya29.secret-3");
    });
    assert!(!lines[0].contains("secret"), "{}", lines[0]);
}

#[test]
fn the_warnings_of_googles_clients_about_each_failed_call_are_not_written() {
    let layer = LogLayer::new(LogFormat::Human, "uploader", "", false);
    let written = Arc::<Mutex<Vec<String>>>::default();
    let collecting = Collecting { layer, lines: Arc::clone(&written) };
    let collecting = collecting.with_filter(filter(LevelFilter::DEBUG));
    with_default(tracing_subscriber::registry().with(collecting), || {
        tracing::warn!(target: "experimental.client.request", "a read found nothing");
        tracing::error!(target: "google_cloud_storage::storage::transport", error = "not found");
        tracing::warn!(target: "hyper", "a warning");
    });
    let written = written.lock();
    let [line] = &written[..] else { panic!("{written:?}") };
    assert!(line.contains("a warning"), "{line}");
}
