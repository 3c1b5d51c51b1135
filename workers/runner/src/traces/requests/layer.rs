//! Takes what Google's clients report about their requests.
//!
//! A client has a span for each request, with some twenty fields, of which traces keep half. Most
//! requests are joined to their calls, so they need no spans of OpenTelemetry: this layer takes what is
//! kept.

use std::cell::RefCell;
use std::fmt::Debug;
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

use opentelemetry::trace::{SpanContext, SpanKind, Status, TraceContextExt as _, TraceFlags};
use opentelemetry::{ContextGuard, InstrumentationScope, KeyValue, Value};
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks};
use tracing::dispatcher::WeakDispatch;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Dispatch, Subscriber};
use tracing_opentelemetry::get_otel_context;
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use super::Requests;
use crate::traces::SCOPE;
use crate::traces::spans::random_id;

/// Prefix of the targets of spans that Google's clients have for their requests.
pub(crate) const REQUESTS: &str = "google_cloud_gax_internal";

pub(crate) struct RequestLayer {
    requests: Arc<Requests>,
    /// Where the spans are. Within a new span, there is no current dispatcher to ask.
    dispatch: OnceLock<WeakDispatch>,
}

impl RequestLayer {
    pub(crate) fn new(requests: Arc<Requests>) -> Self {
        Self { requests, dispatch: OnceLock::new() }
    }

    /// The span of the call that sends a request.
    fn above(&self, request: &Attributes<'_>) -> Option<opentelemetry::Context> {
        let dispatch = self.dispatch.get()?.upgrade()?;
        let current = || request.is_contextual().then(|| dispatch.current_span().id().cloned());
        let id = request.parent().cloned().or_else(|| current().flatten())?;
        let context = get_otel_context(&id, &dispatch)?;
        context.span().span_context().is_valid().then_some(context)
    }
}

thread_local! {
    /// What the requests that this thread is working on have made OpenTelemetry's current span.
    static ATTACHED: RefCell<Vec<(Id, ContextGuard)>> = const { RefCell::new(Vec::new()) };
}

impl<S> Layer<S> for RequestLayer
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_register_dispatch(&self, dispatch: &Dispatch) {
        // Set twice only if the layer is used twice, which it is not.
        let _ = self.dispatch.set(dispatch.downgrade());
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(above) = self.above(attributes) else { return };
        let Some(span) = context.span(id) else { return };
        let mut request = Request::below(above);
        attributes.record(&mut request);
        span.extensions_mut().insert(request);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        if let Some(request) = span.extensions_mut().get_mut::<Request>() {
            values.record(request);
        }
    }

    /// Some clients put the current span into the headers of the request: then it is the call.
    fn on_enter(&self, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let above = span.extensions().get::<Request>().map(|request| request.above.clone());
        if let Some(above) = above {
            ATTACHED.with_borrow_mut(|attached| attached.push((id.clone(), above.attach())));
        }
    }

    fn on_exit(&self, id: &Id, _: Context<'_, S>) {
        ATTACHED.with_borrow_mut(|attached| {
            if let Some(at) = attached.iter().rposition(|(one, _)| one == id) {
                attached.remove(at);
            }
        });
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let Some(span) = context.span(&id) else { return };
        let request = span.extensions_mut().remove::<Request>();
        if let Some(request) = request {
            self.requests.add(request.ended());
        }
    }
}

/// A request in progress.
struct Request {
    above: opentelemetry::Context,
    began: SystemTime,
    name: String,
    has_failed: bool,
    failure: String,
    attributes: Vec<KeyValue>,
}

impl Request {
    fn below(above: opentelemetry::Context) -> Self {
        Self {
            above,
            began: SystemTime::now(),
            name: String::new(),
            has_failed: false,
            failure: String::new(),
            attributes: Vec::new(),
        }
    }

    fn set(&mut self, key: &'static str, value: Value) {
        match self.attributes.iter_mut().find(|attribute| attribute.key.as_str() == key) {
            Some(attribute) => attribute.value = value,
            None => self.attributes.push(KeyValue::new(key, value)),
        }
    }

    fn ended(self) -> SpanData {
        let above = self.above.span().span_context().clone();
        let state = above.trace_state().clone();
        SpanData {
            span_context: SpanContext::new(
                above.trace_id(),
                random_id(),
                TraceFlags::SAMPLED,
                false,
                state,
            ),
            parent_span_id: above.span_id(),
            parent_span_is_remote: false,
            span_kind: SpanKind::Client,
            name: self.name.into(),
            start_time: self.began,
            end_time: SystemTime::now(),
            attributes: self.attributes,
            dropped_attributes_count: 0,
            events: SpanEvents::default(),
            links: SpanLinks::default(),
            status: if self.has_failed { Status::error(self.failure) } else { Status::Unset },
            instrumentation_scope: InstrumentationScope::builder(SCOPE).build(),
        }
    }
}

impl Visit for Request {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.record_str(field, &format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "otel.name" => value.clone_into(&mut self.name),
            "otel.status_code" => self.has_failed = value.eq_ignore_ascii_case("error"),
            "otel.status_description" => value.clone_into(&mut self.failure),
            name if is_kept(name) => self.set(name, value.to_owned().into()),
            _ => {}
        }
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        if is_kept(field.name()) {
            self.set(field.name(), value.into());
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        // Attributes have signed numbers only.
        self.record_i64(field, i64::try_from(value).unwrap_or(i64::MAX));
    }
}

/// Whether an attribute is what the client of a request knows about it
/// (<https://opentelemetry.io/docs/specs/semconv/http/http-spans/>,
/// <https://opentelemetry.io/docs/specs/semconv/rpc/rpc-spans/>). Its other attributes are the same
/// for all requests of a process, such as the version of the client.
fn is_kept(key: &str) -> bool {
    matches!(
        key,
        "error.type"
            | "http.request.method"
            | "http.request.resend_count"
            | "http.response.body.size"
            | "http.response.status_code"
            | "rpc.method"
            | "rpc.response.status_code"
            | "rpc.system.name"
            | "server.address"
            | "server.port"
            | "url.full"
            | "url.scheme"
            | "url.template"
    )
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::TracerProvider as _;
    use opentelemetry_sdk::propagation::TraceContextPropagator;
    use opentelemetry_sdk::trace::SdkTracerProvider;
    use tracing::field::Empty;
    use tracing::subscriber::with_default;
    use tracing_opentelemetry::OpenTelemetrySpanExt as _;
    use tracing_subscriber::filter::Targets;
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;

    /// Runs `call` in the span of a call, and returns the id of that span and the requests below it.
    fn requests_of(call: impl FnOnce()) -> (opentelemetry::trace::SpanId, Vec<SpanData>) {
        let provider = SdkTracerProvider::builder().build();
        let only = |target: &'static str| {
            Targets::new().with_target(target, tracing::level_filters::LevelFilter::INFO)
        };
        let traces = tracing_opentelemetry::layer()
            .with_tracer(provider.tracer("test"))
            .with_context_activation(false)
            .with_filter(only("longshore"));
        let requests = Arc::<Requests>::default();
        let layer = RequestLayer::new(Arc::clone(&requests)).with_filter(only(REQUESTS));
        with_default(tracing_subscriber::registry().with(traces).with(layer), || {
            let span = tracing::info_span!(target: "longshore_cloud", "cloud.get_object");
            span.in_scope(call);
            let id = span.context().span().span_context().span_id();
            (id, requests.held.lock().remove(&id).unwrap_or_default())
        })
    }

    #[test]
    fn a_request_has_what_its_client_knows_about_it() {
        let (call, requests) = requests_of(|| {
            let span = tracing::info_span!(
                target: "google_cloud_gax_internal::observability",
                "http_request",
                otel.name = "GET /storage/v1/b/{}",
                otel.status_code = "UNSET",
                otel.status_description = Empty,
                "server.address" = "localhost",
                "server.port" = 443_i64,
                "url.template" = Some("/storage/v1/b/{}"),
                "gcp.client.version" = "1.21.0",
                "http.response.status_code" = Empty,
                "error.type" = Empty,
            );
            span.record("http.response.status_code", 404_i64);
            span.record("otel.status_code", "ERROR");
            span.record("otel.status_description", "not found");
            span.record("error.type", "404");
        });
        let [request] = &requests[..] else { panic!("{requests:?}") };
        assert_eq!(request.parent_span_id, call);
        assert_eq!(request.name, "GET /storage/v1/b/{}");
        assert_eq!(request.status, Status::error("not found"));
        let expected = [
            KeyValue::new("server.address", "localhost"),
            KeyValue::new("server.port", 443),
            KeyValue::new("url.template", "/storage/v1/b/{}"),
            KeyValue::new("http.response.status_code", 404),
            KeyValue::new("error.type", "404"),
        ];
        assert_eq!(request.attributes, expected);
    }

    #[test]
    fn a_request_carries_the_trace_of_its_call() {
        let mut headers = std::collections::HashMap::new();
        let (call, _) = requests_of(|| {
            let span =
                tracing::info_span!(target: "google_cloud_gax_internal::http", "http_request");
            span.in_scope(|| {
                use opentelemetry::propagation::TextMapPropagator as _;
                assert!(!tracing::Span::current().context().span().span_context().is_valid());
                TraceContextPropagator::new().inject(&mut headers);
            });
            assert!(!opentelemetry::Context::current().has_active_span());
        });
        assert!(headers["traceparent"].contains(&call.to_string()), "{headers:?}");
    }

    #[test]
    fn a_request_without_a_call_is_left_out() {
        let layer = RequestLayer::new(Arc::default());
        let requests = Arc::clone(&layer.requests);
        with_default(tracing_subscriber::registry().with(layer), || {
            tracing::info_span!(target: "google_cloud_gax_internal::http", "http_request");
        });
        assert!(requests.held.lock().is_empty());
    }
}
