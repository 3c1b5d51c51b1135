//! Chooses the spans of a destination, and sends them.

use std::time::Duration;

use opentelemetry::trace::Status;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::transform::common::tonic::ResourceAttributesWithSchema;
use opentelemetry_proto::transform::trace::tonic::group_spans_by_resource_and_scope;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};

use super::root::Mark;
use crate::otlp::{Destination, Sampler, Sender};

/// Duration from which a span is kept although its trace is not: longer than all that is fast, and
/// shorter than a build.
const SLOW: Duration = Duration::from_secs(30);

#[derive(Debug)]
pub(super) struct OtlpExporter {
    sender: Sender,
    sampler: Sampler,
    resource: ResourceAttributesWithSchema,
}

impl OtlpExporter {
    /// Call this inside the runtime: a processor exports on a thread of its own.
    pub(super) fn new(destination: Destination, sampler: Sampler, resource: &Resource) -> Self {
        Self { sender: Sender::new(destination), sampler, resource: resource.into() }
    }
}

impl SpanExporter for OtlpExporter {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let mut kept = batch;
        kept.retain(|span| is_kept(self.sampler, span));
        if kept.is_empty() {
            return Ok(());
        }
        kept.iter_mut().for_each(Mark::remove);
        let request = ExportTraceServiceRequest {
            resource_spans: group_spans_by_resource_and_scope(kept, &self.resource),
        };
        self.sender.send("spans", request).await
    }
}

/// Whether a span is sent.
fn is_kept(sampler: Sampler, span: &SpanData) -> bool {
    let is_error = matches!(span.status, Status::Error { .. });
    let took = span.end_time.duration_since(span.start_time).unwrap_or_default();
    is_error || took >= SLOW || is_sampled(sampler, span)
}

fn is_sampled(sampler: Sampler, span: &SpanData) -> bool {
    let by_ratio = |ratio: f64| {
        // As OpenTelemetry's sampler does, so that other programs decide alike.
        let bytes = span.span_context.trace_id().to_bytes();
        let (_, low) = bytes.split_at(8);
        let low = low.iter().fold(0_u64, |value, byte| value << 8 | u64::from(*byte)) >> 1;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_precision_loss,
            clippy::cast_sign_loss,
            reason = "a share of all ids needs few digits"
        )]
        let limit = (ratio * (1_u64 << 63) as f64) as u64;
        low < limit
    };
    match sampler {
        Sampler::AlwaysOn => true,
        Sampler::AlwaysOff => false,
        Sampler::Ratio(ratio) => by_ratio(ratio),
        Sampler::ParentOr(ratio) => match Mark::of(span.span_context.trace_state()) {
            Some(Mark { requesters_decision: Some(is_sampled), .. }) => is_sampled,
            Some(_) | None => by_ratio(ratio),
        },
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use opentelemetry::InstrumentationScope;
    use opentelemetry::trace::{SpanContext, SpanId, SpanKind, TraceFlags, TraceId, TraceState};
    use opentelemetry_sdk::trace::{SpanEvents, SpanLinks};

    use super::*;

    fn span(trace: u128, state: &str) -> SpanData {
        let state = TraceState::from_key_value([("longshore", state)]).unwrap_or_default();
        let context = SpanContext::new(
            TraceId::from(trace),
            SpanId::from(1),
            TraceFlags::SAMPLED,
            false,
            state,
        );
        SpanData {
            span_context: context,
            parent_span_id: SpanId::from(2),
            parent_span_is_remote: false,
            span_kind: SpanKind::Internal,
            name: "a".into(),
            start_time: SystemTime::UNIX_EPOCH,
            end_time: SystemTime::UNIX_EPOCH + Duration::from_millis(1),
            attributes: Vec::new(),
            dropped_attributes_count: 0,
            events: SpanEvents::default(),
            links: SpanLinks::default(),
            status: Status::Unset,
            instrumentation_scope: InstrumentationScope::default(),
        }
    }

    #[test]
    fn a_ratio_keeps_that_share_of_the_traces() {
        let ids = (0..1000_u128).map(|number| number * (u128::from(u64::MAX) / 1000));
        let kept = ids.filter(|id| is_kept(Sampler::Ratio(0.3), &span(*id, ""))).count();
        assert!((295..=305).contains(&kept), "{kept}");
    }

    #[test]
    fn what_failed_or_was_slow_is_kept_although_its_trace_is_not() {
        assert!(!is_kept(Sampler::AlwaysOff, &span(1, "")));
        let mut failed = span(1, "");
        failed.status = Status::error("no");
        assert!(is_kept(Sampler::AlwaysOff, &failed));
        let mut slow = span(1, "");
        slow.end_time += SLOW;
        assert!(is_kept(Sampler::AlwaysOff, &slow));
    }

    #[test]
    fn the_decision_of_the_requester_is_respected() {
        let at = |sampled: &str| span(1, &format!("0000000000000000.64.{sampled}"));
        assert!(is_kept(Sampler::ParentOr(0.0), &at("1")));
        assert!(!is_kept(Sampler::ParentOr(1.0), &at("0")));
        assert!(is_kept(Sampler::ParentOr(1.0), &at("-")));
    }
}
