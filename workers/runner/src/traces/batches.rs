//! The span of a batch.
//!
//! Each deployment of a batch is a trace of its own: one trace of a thousand deployments could be
//! neither stored nor read. So the batch is a trace, too, whose id is the batch's, and its deployments
//! are linked to its first span.

use longshore_messages::{BatchFinished, BatchId, BatchOutcome, TraceContext};
use opentelemetry::KeyValue;
use opentelemetry::trace::{SpanId, SpanKind, Status};
use time::OffsetDateTime;

use super::spans::{NewSpan, first_16, parent_of};

/// The trace of a batch, with its first span as parent of what is done for it.
pub(crate) fn of_batch(batch: BatchId) -> TraceContext {
    let id = batch.to_string();
    let traceparent = format!("00-{id}-{}-01", first_16(&id));
    TraceContext { traceparent: Some(traceparent), tracestate: None }
}

/// Sends the first span of a batch that has ended, from its request to its outcome. It is linked to the
/// span of the requester, if `requester` names one.
pub fn batch_finished(
    finished: &BatchFinished,
    requested_at: OffsetDateTime,
    requester: &TraceContext,
) {
    let Some(own) = parent_of(&of_batch(finished.id)) else { return };
    let id = finished.id.to_string();
    let failure = match &finished.outcome {
        BatchOutcome::Stopped(failure) => failure.as_ref().map(|failure| failure.code.clone()),
        BatchOutcome::Rejected(failure) => Some(failure.code.clone()),
        BatchOutcome::Completed | BatchOutcome::Cancelled => None,
    };
    let span = NewSpan {
        id: Some(first_16(&id)),
        kind: SpanKind::Server,
        attributes: vec![
            KeyValue::new("cicd.pipeline.name", "batch"),
            KeyValue::new("cicd.pipeline.action.name", "RUN"),
            KeyValue::new("cicd.pipeline.run.id", id.clone()),
            KeyValue::new("cicd.pipeline.result", result(finished)),
            KeyValue::new("longshore.batch", id),
            KeyValue::new("longshore.outcome", finished.outcome.as_str()),
            KeyValue::new("longshore.waits_for", "its deployments"),
        ],
        links: vec![requester.clone()],
        status: failure.map_or(Status::Unset, Status::error),
        ..NewSpan::new("RUN batch", requested_at, OffsetDateTime::now_utc())
    };
    span.send(&own.context, SpanId::INVALID);
}

fn result(finished: &BatchFinished) -> &'static str {
    match &finished.outcome {
        BatchOutcome::Completed if finished.counts.failed == 0 => "success",
        BatchOutcome::Completed | BatchOutcome::Stopped(_) | BatchOutcome::Rejected(_) => "failure",
        BatchOutcome::Cancelled => "cancellation",
    }
}
