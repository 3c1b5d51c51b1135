//! The first span of a deployment: from its request to its outcome.
//!
//! Its id is the beginning of the deployment's id, so every worker knows it, and the worker that
//! publishes the outcome sends it. What only the first worker knows travels with the trace, in
//! `tracestate`: the span of the requester, and when the request was published.

use std::time::{Duration, SystemTime};

use longshore_cloud::Received;
use longshore_messages::{
    BatchId, DeploymentFinished, DeploymentId, FailureClass, Outcome, Topic, TraceContext,
};
use opentelemetry::KeyValue;
use opentelemetry::trace::{SpanId, SpanKind, Status, TraceState};
use opentelemetry_sdk::trace::SpanData;
use time::OffsetDateTime;

use super::batches::of_batch;
use super::spans::{NewSpan, PIPELINE, Parent, first_16, parent_of};

/// The key of our entry in `tracestate`.
const KEY: &str = "longshore";

/// Maximum length of the entries of others that are passed on, in bytes: `tracestate` has at most
/// 512.
const OTHERS_BYTES_MAX: usize = 440;

/// What travels with the trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    /// The span of the requester, if its request had a trace.
    pub(super) requester: SpanId,
    pub(super) requested_at: SystemTime,
    /// Whether the requester keeps its trace.
    pub(super) requesters_decision: Option<bool>,
}

impl Mark {
    pub(super) fn of(state: &TraceState) -> Option<Self> {
        Self::parse(state.get(KEY)?)
    }

    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        let requester = SpanId::from_hex(parts.next()?).ok()?;
        let nanos = u64::from_str_radix(parts.next()?, 16).ok()?;
        let requesters_decision = match parts.next()? {
            "1" => Some(true),
            "0" => Some(false),
            _ => None,
        };
        let requested_at = SystemTime::UNIX_EPOCH.checked_add(Duration::from_nanos(nanos))?;
        Some(Self { requester, requested_at, requesters_decision })
    }

    fn text(self) -> String {
        let since = self.requested_at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let decision = match self.requesters_decision {
            Some(true) => "1",
            Some(false) => "0",
            None => "-",
        };
        format!("{}.{:x}.{decision}", self.requester, since.as_nanos())
    }

    /// Takes the mark out of a span: it is of use to the workers only.
    pub(super) fn remove(span: &mut SpanData) {
        let context = &span.span_context;
        if context.trace_state().get(KEY).is_none() {
            return;
        }
        let state = context.trace_state().delete(KEY).unwrap_or_default();
        span.span_context = opentelemetry::trace::SpanContext::new(
            context.trace_id(),
            context.span_id(),
            context.trace_flags(),
            context.is_remote(),
            state,
        );
    }
}

fn root_id(deployment: DeploymentId) -> String {
    first_16(&deployment.to_string())
}

/// The trace of an input, with the span of its deployment as parent of what the first stage does.
/// The trace is the requester's, or otherwise one whose id is the deployment's, so that all
/// deliveries of a request share it.
pub(crate) fn rooted(
    received: &Received,
    topic: &str,
    deployment: Option<DeploymentId>,
) -> TraceContext {
    let carried = TraceContext::from_attributes(&received.message.attributes);
    let Some(deployment) = deployment else { return carried };
    let state = carried.tracestate.as_deref().unwrap_or_default();
    let has_mark = state.split(',').any(|entry| entry.trim().starts_with("longshore="));
    // Whatever a requester writes there is none of ours.
    let is_request = Topic::from_requester(topic).is_some();
    if has_mark && !is_request {
        return carried;
    }
    let id = deployment.to_string();
    let parts = carried.traceparent.as_deref().map(|parent| parent.split('-').collect::<Vec<_>>());
    let (trace, requester, decision) = match parts.as_deref() {
        Some([_, trace, parent, flags, ..]) => {
            let is_sampled = u8::from_str_radix(flags, 16).is_ok_and(|flags| flags & 1 == 1);
            ((*trace).to_owned(), SpanId::from_hex(parent), Some(is_sampled))
        }
        _ => (id, Ok(SpanId::INVALID), None),
    };
    let mark = Mark {
        requester: requester.unwrap_or(SpanId::INVALID),
        requested_at: received.published_at.into(),
        requesters_decision: decision,
    };
    let others = state.split(',').map(str::trim);
    let others = others.filter(|entry| !entry.is_empty() && !entry.starts_with("longshore="));
    let mut entries = format!("{KEY}={}", mark.text());
    let own = entries.len();
    for entry in others {
        if entries.len() - own + entry.len() < OTHERS_BYTES_MAX {
            entries.push(',');
            entries.push_str(entry);
        }
    }
    TraceContext {
        traceparent: Some(format!("00-{trace}-{}-01", root_id(deployment))),
        tracestate: Some(entries),
    }
}

/// Sends the span of a deployment that has ended. Its id is computed, so a receiver that gets it
/// twice has it once. Names and attributes follow OpenTelemetry's semantic conventions for CI/CD. A
/// deployment of a batch is linked to it.
pub(crate) fn finished(
    finished: &DeploymentFinished,
    batch: Option<BatchId>,
    trace: &TraceContext,
) {
    let Some(Parent { context, .. }) = parent_of(trace) else { return };
    let Some(mark) = Mark::of(context.trace_state()) else { return };
    let (outcome, id) = (&finished.outcome, finished.id);
    let status = match outcome {
        Outcome::Failed(failure) => Status::error(failure.code.clone()),
        Outcome::Deployed(_)
        | Outcome::Unchanged(_)
        | Outcome::TrafficPinned { .. }
        | Outcome::Superseded { .. }
        | Outcome::Cancelled => Status::Unset,
    };
    let mut attributes = vec![
        KeyValue::new("cicd.pipeline.name", PIPELINE),
        KeyValue::new("cicd.pipeline.action.name", "RUN"),
        KeyValue::new("cicd.pipeline.run.id", id.to_string()),
        KeyValue::new("cicd.pipeline.result", result(outcome)),
        KeyValue::new("longshore.deployment", id.to_string()),
        KeyValue::new("longshore.function", finished.function.clone()),
        KeyValue::new("longshore.outcome", outcome.as_str()),
        // Its own time is that in which none of its parts works.
        KeyValue::new("longshore.waits_for", "its stages"),
    ];
    attributes.extend(batch.map(|batch| KeyValue::new("longshore.batch", batch.to_string())));
    let span = NewSpan {
        id: Some(root_id(id)),
        kind: SpanKind::Server,
        attributes,
        links: batch.map(of_batch).into_iter().collect(),
        status,
        ..NewSpan::new(
            format!("RUN deployment {}", finished.function),
            mark.requested_at.into(),
            OffsetDateTime::now_utc(),
        )
    };
    span.send(&context, mark.requester);
}

/// `cicd.pipeline.result`: a failure is the requester's, an error is the fleet's or the platform's.
fn result(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Deployed(_) | Outcome::TrafficPinned { .. } => "success",
        Outcome::Unchanged(_) => "skip",
        Outcome::Failed(failure) => match failure.class {
            FailureClass::User => "failure",
            FailureClass::System => "error",
        },
        Outcome::Superseded { .. } | Outcome::Cancelled => "cancellation",
    }
}

#[cfg(test)]
mod tests;
