//! Logs for people or programs, and spans over OTLP.

use std::io::IsTerminal as _;

pub use longshore_cloud::chain;
use longshore_messages::TraceContext;
use opentelemetry::propagation::TextMapPropagator as _;
use opentelemetry::trace::{TraceContextExt as _, TracerProvider as _};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::Span;
use tracing::level_filters::LevelFilter;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

pub use crate::logs::LogFormat;
use crate::logs::{self, LogLayer, OUR_CRATES};
use crate::otlp::TelemetrySettings;
use crate::traces;

/// Guard of the telemetry: sends the remaining spans when it is dropped.
pub struct Telemetry {
    provider: SdkTracerProvider,
}

/// Sets up logs on standard error, which name traces in `project`, and the recording of spans. Call
/// this once, inside the runtime.
pub fn init(
    service: &'static str,
    format: LogFormat,
    level: LevelFilter,
    project: &str,
    settings: &TelemetrySettings,
) -> Telemetry {
    let (provider, requests) = traces::provider(service, settings);
    let has_receiver = settings.own.is_some() || settings.destination.is_some();
    let of = |target: &'static str, level| {
        Targets::new().with_default(LevelFilter::OFF).with_target(target, level)
    };
    // Without a receiver, spans are needed only for the ids in messages.
    let of_requests = if has_receiver { LevelFilter::INFO } else { LevelFilter::OFF };
    let requests = requests.with_filter(of(traces::REQUESTS, of_requests));
    let coloured = std::io::stderr().is_terminal();
    let logs = LogLayer::new(format, service, project, coloured).with_filter(logs::filter(level));
    let tracer = provider.tracer(traces::SCOPE);
    let traces = tracing_opentelemetry::layer()
        .with_tracer(tracer)
        // Threads, source files, modules and idle times say nothing about a deployment.
        .with_location(false)
        .with_target(false)
        .with_threads(false)
        .with_tracked_inactivity(false)
        // Only requests need OpenTelemetry's current span, and their layer sets it.
        .with_context_activation(false)
        .with_filter(of(OUR_CRATES, LevelFilter::INFO));
    // Only a test sets a subscriber twice, and then the first one stays.
    let _ = tracing_subscriber::registry().with(logs).with(traces).with(requests).try_init();
    Telemetry { provider }
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        if let Err(error) = self.provider.shutdown() {
            tracing::debug!(%error, "the last spans may be lost");
        }
    }
}

/// The trace context that makes a message a child of the span, or `None` if no span is recorded.
pub(crate) fn context_of(span: &Span) -> Option<TraceContext> {
    let context = span.context();
    if !context.span().span_context().is_valid() {
        return None;
    }
    let mut carrier = std::collections::HashMap::new();
    TraceContextPropagator::new().inject_context(&context, &mut carrier);
    let mut take = |name: &str| carrier.remove(name).filter(|value| !value.is_empty());
    Some(TraceContext { traceparent: take("traceparent"), tracestate: take("tracestate") })
}
