//! Spans of the runner, and spans of what was done elsewhere or before.

use std::borrow::Cow;
use std::collections::HashMap;
use std::time::SystemTime;

use longshore_cloud::Received;
use longshore_messages::{DeploymentId, TraceContext};
use opentelemetry::propagation::TextMapPropagator as _;
use opentelemetry::trace::{
    Link, SpanContext, SpanId, SpanKind, Status, TraceContextExt as _, TraceFlags,
};
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{
    IdGenerator as _, RandomIdGenerator, SpanData, SpanEvents, SpanLinks,
};
use time::OffsetDateTime;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

/// A trace context as OpenTelemetry has it.
pub(super) struct Parent {
    pub(super) context: SpanContext,
    whole: opentelemetry::Context,
}

pub(super) fn parent_of(trace: &TraceContext) -> Option<Parent> {
    let carrier: HashMap<String, String> = [
        ("traceparent".to_owned(), trace.traceparent.clone().unwrap_or_default()),
        ("tracestate".to_owned(), trace.tracestate.clone().unwrap_or_default()),
    ]
    .into();
    let whole = TraceContextPropagator::new().extract(&carrier);
    let context = whole.span().span_context().clone();
    context.is_valid().then_some(Parent { context, whole })
}

/// The id of a first span: the beginning of the id of its trace.
pub(super) fn first_16(id: &str) -> String {
    id[..16].to_owned()
}

/// The pipeline of all deployments, in the conventions for CI/CD.
pub(super) const PIPELINE: &str = "deployment";

/// Where a message was delivered from: the ids of the topic and of the subscription.
pub(crate) struct Delivered<'a> {
    topic: &'a str,
    subscription: &'a str,
}

impl<'a> Delivered<'a> {
    /// Takes the full names.
    pub(crate) fn of(topic: &'a str, subscription: &'a str) -> Self {
        let id = |name: &'a str| name.rsplit('/').next().unwrap_or(name);
        Self { topic: id(topic), subscription: id(subscription) }
    }
}

/// How a handling ended, by the conventions for CI/CD (`cicd.pipeline.task.run.result`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TaskResult {
    Success,
    /// An earlier handling has done the work.
    Skip,
    /// The request or the source is at fault.
    Failure,
    /// The fleet or the platform is.
    Error,
    Timeout,
    /// The worker stopped.
    Cancellation,
}

impl TaskResult {
    /// Notes the result in the span of a handling. Call this once.
    pub(crate) fn note(self, span: &Span) {
        let text = match self {
            Self::Success => "success",
            Self::Skip => "skip",
            Self::Failure => "failure",
            Self::Error => "error",
            Self::Timeout => "timeout",
            Self::Cancellation => "cancellation",
        };
        span.record("cicd.pipeline.task.run.result", text);
    }
}

/// The span of one handling of an input, as a child of the span that produced the input, and linked
/// to it. Names and fields follow OpenTelemetry's semantic conventions for messaging and CI/CD.
pub(crate) fn stage_span(
    stage: &'static str,
    topic: &str,
    from: &Delivered<'_>,
    trace: &TraceContext,
    received: &Received,
    deployment: Option<DeploymentId>,
) -> Span {
    let ordering_key = Some(received.ordering_key.as_str()).filter(|key| !key.is_empty());
    // Spans have signed numbers only: others would be texts.
    let size = i64::try_from(received.message.data.len()).unwrap_or(i64::MAX);
    let span = tracing::info_span!(
        "process",
        otel.name = format!("process {topic}"),
        otel.kind = "consumer",
        messaging.system = "gcp_pubsub",
        messaging.operation.name = "process",
        "messaging.operation.type" = "process",
        messaging.destination.name = from.topic,
        messaging.destination.subscription.name = from.subscription,
        messaging.message.id = received.message_id,
        messaging.message.body.size = size,
        messaging.gcp_pubsub.message.delivery_attempt = received.attempt.map(i64::from),
        messaging.gcp_pubsub.message.ordering_key = ordering_key,
        cicd.pipeline.name = deployment.map(|_| PIPELINE),
        cicd.pipeline.run.id = deployment.map(tracing::field::display),
        cicd.pipeline.task.name = stage,
        cicd.pipeline.task.run.id = received.message_id,
        cicd.pipeline.task.run.result = tracing::field::Empty,
        stage,
        deployment = deployment.map(tracing::field::display),
        longshore.deployment = deployment.map(tracing::field::display),
    );
    let parked = received.message.attributes.get(PARKED_BY).cloned();
    let parked = parent_of(&TraceContext { traceparent: parked, tracestate: None });
    if let Some(parked) = parked {
        span.set_attribute("longshore.replay", true);
        span.add_link(parked.context);
    }
    let Some(parent) = parent_of(trace) else { return span };
    span.add_link(parent.context);
    if let Err(error) = span.set_parent(parent.whole) {
        tracing::trace!(%error, "no span is being recorded");
    }
    span
}

/// Attribute of a parked message with the span of the handling that parked it. A replay publishes the
/// message as it is, so the next handling is linked to that one.
const PARKED_BY: &str = "longshore-parked-by";

/// The attribute that names this handling in a message that it parks.
pub(crate) fn parked_by(trace: &TraceContext) -> Option<(String, String)> {
    Some((PARKED_BY.to_owned(), trace.traceparent.clone()?))
}

/// The span of what a sweep found, and does. It is a trace of its own, linked to the deployments that it
/// moves on: what they wait for is in their traces.
pub(crate) fn swept<'a>(
    what: &'static str,
    item: &str,
    deployments: impl IntoIterator<Item = &'a TraceContext>,
) -> Span {
    let span = tracing::info_span!(
        parent: None,
        "sweep",
        otel.name = format!("sweep {what}"),
        longshore.item = item,
    );
    for deployment in deployments.into_iter().filter_map(parent_of) {
        span.add_link(deployment.context);
    }
    span
}

/// Sends the span of the time that a message waited for a worker. Only for a first delivery: when a
/// later one began to wait is not known.
pub(crate) fn queued(
    topic: &str,
    from: &Delivered<'_>,
    trace: &TraceContext,
    received: &Received,
    started_at: OffsetDateTime,
) {
    if received.attempt.is_some_and(|attempt| attempt > 1) {
        return;
    }
    let attributes = vec![
        KeyValue::new("messaging.system", "gcp_pubsub"),
        KeyValue::new("messaging.destination.name", from.topic.to_owned()),
        KeyValue::new("messaging.destination.subscription.name", from.subscription.to_owned()),
        KeyValue::new("messaging.message.id", received.message_id.clone()),
        KeyValue::new("longshore.waits_for", "a worker"),
    ];
    // The clock of Pub/Sub may be ahead.
    let begun = received.published_at.min(started_at);
    let span = NewSpan::new(format!("queue {topic}"), begun, started_at);
    record(trace, NewSpan { attributes, ..span });
}

/// The span of a wait within the handling of an input.
pub(crate) fn waited(reason: &'static str) -> Span {
    tracing::info_span!(
        "wait",
        otel.name = format!("wait for {reason}"),
        longshore.waits_for = reason
    )
}

/// A span of something that is over.
#[derive(Clone, Debug)]
pub struct NewSpan {
    pub name: Cow<'static, str>,
    /// 16 hexadecimal characters, or `None` for a random id. With a computed id ([`span_id`]), a span
    /// that is sent twice is one.
    pub id: Option<String>,
    pub kind: SpanKind,
    pub started_at: OffsetDateTime,
    pub ended_at: OffsetDateTime,
    pub attributes: Vec<KeyValue>,
    /// Other spans that it is related to.
    pub links: Vec<TraceContext>,
    pub status: Status,
}

impl NewSpan {
    pub fn new(
        name: impl Into<Cow<'static, str>>,
        started_at: OffsetDateTime,
        ended_at: OffsetDateTime,
    ) -> Self {
        Self {
            name: name.into(),
            id: None,
            kind: SpanKind::Internal,
            started_at,
            ended_at: ended_at.max(started_at),
            attributes: Vec::new(),
            links: Vec::new(),
            status: Status::Unset,
        }
    }

    pub(super) fn send(self, parent: &SpanContext, parent_id: SpanId) -> SpanContext {
        let id = self.id.as_deref().and_then(|id| SpanId::from_hex(id).ok());
        let context = SpanContext::new(
            parent.trace_id(),
            id.unwrap_or_else(random_id),
            TraceFlags::SAMPLED,
            false,
            parent.trace_state().clone(),
        );
        let links = self.links.iter().filter_map(parent_of);
        let links = links.map(|link| Link::new(link.context, Vec::new(), 0)).collect();
        let mut all_links = SpanLinks::default();
        all_links.links = links;
        super::emit(SpanData {
            span_context: context.clone(),
            parent_span_id: parent_id,
            parent_span_is_remote: true,
            span_kind: self.kind,
            name: self.name,
            start_time: SystemTime::from(self.started_at),
            end_time: SystemTime::from(self.ended_at),
            attributes: self.attributes,
            dropped_attributes_count: 0,
            events: SpanEvents::default(),
            links: all_links,
            status: self.status,
            instrumentation_scope: InstrumentationScope::builder(super::SCOPE).build(),
        });
        context
    }
}

/// Sends a span as a child of the span that `trace` names. Returns the context of the new span, for
/// its children, or `None` if `trace` names none.
pub fn record(trace: &TraceContext, span: NewSpan) -> Option<TraceContext> {
    let parent = parent_of(trace)?.context;
    let context = span.send(&parent, parent.span_id());
    let traceparent = format!("00-{}-{}-01", context.trace_id(), context.span_id());
    Some(TraceContext { traceparent: Some(traceparent), tracestate: trace.tracestate.clone() })
}

/// A span id that is computed from these parts: the same on every worker.
#[must_use]
pub fn span_id(parts: &[&str]) -> String {
    // FNV-1a: two spans of one trace with the same id would be drawn as one, and nothing else
    // depends on it.
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in parts.iter().flat_map(|part| part.bytes().chain([0])) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    format!("{:016x}", hash.max(1))
}

pub(super) fn random_id() -> SpanId {
    RandomIdGenerator::default().new_span_id()
}
