//! Spans of shared builds.
//!
//! The deployment that claimed a build has the build in its trace, as a part of what it submitted. A
//! deployment that waits for the same build has only its wait there, linked to the build.

use longshore_ledger::Claim;
use longshore_messages::{BuildRef, DeploymentId, TraceContext};
use opentelemetry::KeyValue;
use time::OffsetDateTime;

use super::spans::{NewSpan, record, span_id};

/// Id of the span of a build: the same on every worker.
#[must_use]
pub fn build_span_id(build: BuildRef) -> String {
    span_id(&["build", &build.to_string()])
}

/// The trace of the deployment that claimed a build, with what it submitted as parent. `None` if the
/// claim cannot be read.
#[must_use]
pub fn claimants_trace(claim: &Claim) -> Option<TraceContext> {
    claim.decode().ok().map(|(_, trace)| trace)
}

/// Sends the span of a deployment's wait for a build of another deployment.
pub(crate) fn shared_build(
    (begun, ended): (OffsetDateTime, OffsetDateTime),
    build: BuildRef,
    claim: &Claim,
    deployment: DeploymentId,
    trace: &TraceContext,
) {
    let links = claimants_trace(claim).and_then(|claimants| {
        let traceparent = format!("00-{}-{}-01", claimants.trace_id()?, build_span_id(build));
        Some(TraceContext { traceparent: Some(traceparent), tracestate: None })
    });
    let attributes = vec![
        KeyValue::new("longshore.build", build.to_string()),
        KeyValue::new("longshore.waits_for", "the build of another deployment"),
        KeyValue::new("longshore.deployment", deployment.to_string()),
    ];
    let span = NewSpan {
        id: Some(span_id(&["wait for build", &build.to_string(), &deployment.to_string()])),
        attributes,
        links: links.into_iter().collect(),
        ..NewSpan::new("wait for shared build", begun, ended)
    };
    record(trace, span);
}
