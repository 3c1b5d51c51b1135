//! The spans of a build, by the times that Cloud Build reports.

use longshore_cloud::{Build, BuildPart};
use longshore_ledger::Claim;
use longshore_messages::BuildRef;
use longshore_runner::traces::{NewSpan, build_span_id, claimants_trace, record, span_id};
use opentelemetry::KeyValue;
use opentelemetry::trace::Status;
use time::OffsetDateTime;

/// Sends the spans of a build that has ended: its time in the queue and its parts, below one span in
/// the trace of the deployment that claimed it, and the time from its end until the fleet has its
/// result. Their ids are computed, because two workers may see the end at the same time.
pub(crate) fn built(build: BuildRef, claim: &Claim, seen: &Build, concluded: OffsetDateTime) {
    let (Some(created), Some(finished)) = (seen.created_at, seen.finished_at) else { return };
    let Some(claimants) = claimants_trace(claim) else { return };
    let failure = seen.failure.as_ref().map(|failure| failure.kind.clone());
    let result = if seen.status.is_failure() { "failure" } else { "success" };
    let span = NewSpan {
        id: Some(build_span_id(build)),
        attributes: vec![
            KeyValue::new("cicd.pipeline.task.name", "build"),
            KeyValue::new("cicd.pipeline.task.run.id", seen.id().to_owned()),
            KeyValue::new("cicd.pipeline.task.type", "build"),
            KeyValue::new("cicd.pipeline.task.run.result", result),
            KeyValue::new("cicd.pipeline.task.run.url.full", seen.log_url.clone()),
            KeyValue::new("longshore.build", build.to_string()),
            KeyValue::new("longshore.deployment", claim.deployment.to_string()),
        ],
        status: failure.map_or(Status::Unset, Status::error),
        ..NewSpan::new("build", created, finished)
    };
    let Some(own) = record(&claimants, span) else { return };
    let confirmation = NewSpan {
        id: Some(span_id(&["confirm build", &build.to_string()])),
        attributes: vec![
            KeyValue::new("longshore.waits_for", "the announcement of the build's end"),
            KeyValue::new("longshore.build", build.to_string()),
            KeyValue::new("longshore.deployment", claim.deployment.to_string()),
        ],
        ..NewSpan::new("confirm build", finished, concluded)
    };
    record(&claimants, confirmation);
    for (number, part) in parts(seen, created, finished).into_iter().enumerate() {
        let id = span_id(&["build", &build.to_string(), &number.to_string(), &part.name]);
        let attributes = if part.name == QUEUE {
            vec![KeyValue::new("longshore.waits_for", "a worker of Cloud Build")]
        } else {
            vec![KeyValue::new("cicd.pipeline.task.name", part.name.clone())]
        };
        let span = NewSpan {
            id: Some(id),
            attributes,
            status: if part.has_failed { Status::error(part.name.clone()) } else { Status::Unset },
            ..NewSpan::new(part.name, part.started_at, part.ended_at)
        };
        record(&own, span);
    }
}

const QUEUE: &str = "queue of Cloud Build";

/// The phases that have a span, with its name.
const PHASES: [(&str, &str); 2] = [("FETCHSOURCE", "fetch source"), ("PUSH", "push")];

/// A part that has begun and ended.
struct Ended {
    name: String,
    has_failed: bool,
    started_at: OffsetDateTime,
    ended_at: OffsetDateTime,
}

/// The time in the queue, and what Cloud Build says the build did, in the order of the starts. The
/// phase of the steps is left out, because they say more.
fn parts(seen: &Build, created: OffsetDateTime, finished: OffsetDateTime) -> Vec<Ended> {
    let queue = Ended {
        name: QUEUE.to_owned(),
        has_failed: false,
        started_at: created,
        ended_at: seen.started_at.unwrap_or(finished),
    };
    let ended = |name: &str, part: &BuildPart| {
        Some(Ended {
            name: name.to_owned(),
            has_failed: part.has_failed,
            started_at: part.begun_at?,
            ended_at: part.ended_at?,
        })
    };
    let phases = seen.phases.iter().filter_map(|phase| {
        let (_, name) = PHASES.into_iter().find(|(of, _)| *of == phase.name)?;
        ended(name, phase)
    });
    let steps = seen.steps.iter().filter_map(|step| ended(&step.name, step));
    let mut parts: Vec<Ended> = phases.chain(steps).collect();
    parts.sort_by_key(|part| part.started_at);
    parts.insert(0, queue);
    parts
}
