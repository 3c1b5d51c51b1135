//! Events for reports: what a recorded handoff says, as one flat message.
//!
//! An event is computed from the record alone, so a record that is published again has the same
//! event. It is published beside the record's message, before the input is acknowledged: each
//! transition has at least one event.

use longshore_ledger::Record;
use longshore_messages::{
    BuildRef, Deployment, DeploymentEvent, DeploymentFinished, FailureClass, Outcome, Published,
    SourceUploaded, Submitted, TraceContext, WireMessage, decode,
};
use time::OffsetDateTime;

/// Maximum length of the reason of a failure, in characters. The outcome has all of it.
const REASON_CHARS_MAX: usize = 1_000;

/// The event of a record, and `None` for a message that is not about a deployment.
pub(crate) fn event_of(record: &Record, fleet: &str) -> Option<WireMessage> {
    let attributes = &record.message.attributes;
    let attribute = |name: &str| attributes.get(name).cloned().unwrap_or_default();
    let trace = TraceContext::from_attributes(attributes);
    let deployment_id = attributes.get("deployment")?.clone();
    let transition = record.topic.rsplit('.').next().unwrap_or_default().to_owned();
    let function = attribute("function");
    let mut place = function.split('/').map(str::to_owned);
    let (project, region) = (place.next().unwrap_or_default(), place.next().unwrap_or_default());
    let handled_ms = milliseconds(record.started_at, record.finished_at);
    let event = DeploymentEvent {
        event_id: format!("{}/event", attribute("ce-id")),
        occurred_at: DeploymentEvent::time(record.finished_at),
        fleet: fleet.to_owned(),
        deployment_id,
        function,
        project,
        region,
        requester: attribute("requester"),
        batch_id: attribute("batch"),
        transition,
        stage: record.stage.clone(),
        queued_ms: milliseconds(record.published_at, record.started_at),
        worked_ms: handled_ms.saturating_sub(record.waited_ms),
        waited_ms: record.waited_ms,
        waited_for: record.waited_for.clone().unwrap_or_default(),
        attempt: record.attempt,
        trace_id: trace.trace_id().unwrap_or_default().to_owned(),
        ..details(&record.message)
    };
    Some(event.encode(&record.stage, &trace, record.finished_at))
}

/// What only the message itself says. A message of a newer version has no details.
fn details(message: &WireMessage) -> DeploymentEvent {
    let kind = message.attributes.get("ce-type").map_or("", String::as_str);
    let of = |deployment: &Deployment, build: Option<BuildRef>| DeploymentEvent {
        generation: Some(deployment.generation),
        build: build.map(|build| build.to_string()).unwrap_or_default(),
        ..DeploymentEvent::default()
    };
    let details = if kind.contains(".deployment-finished.") {
        decode::<DeploymentFinished>(message).ok().map(ended)
    } else if kind.contains(".source-uploaded.") {
        decode::<SourceUploaded>(message).ok().map(|uploaded| of(&uploaded.deployment, None))
    } else if kind.contains(".build-submitted.") {
        decode::<Submitted>(message).ok().map(|submitted| match submitted {
            Submitted::Shared(shared) => of(&shared.deployment, Some(shared.build.build)),
            Submitted::Function(started) => of(&started.deployment, None),
        })
    } else if kind.contains(".image-published.") {
        decode::<Published>(message).ok().map(|published| match published {
            Published::Shared(shared) => of(&shared.deployment, Some(shared.image.build)),
            Published::Function(function) => of(&function.deployment, None),
        })
    } else {
        None
    };
    details.unwrap_or_default()
}

fn ended(finished: DeploymentFinished) -> DeploymentEvent {
    let event = DeploymentEvent {
        generation: finished.deployment.map(|deployment| deployment.generation),
        outcome: finished.outcome.as_str().to_owned(),
        ..DeploymentEvent::default()
    };
    match finished.outcome {
        Outcome::Deployed(serving) | Outcome::Unchanged(serving) => {
            DeploymentEvent { revision: serving.revision, ..event }
        }
        Outcome::TrafficPinned { ready, .. } => {
            DeploymentEvent { revision: ready.revision, ..event }
        }
        Outcome::Failed(failure) => DeploymentEvent {
            failure_class: match failure.class {
                FailureClass::User => "user".to_owned(),
                FailureClass::System => "system".to_owned(),
            },
            failure_code: failure.code,
            failure_reason: failure.reason.chars().take(REASON_CHARS_MAX).collect(),
            ..event
        },
        Outcome::Superseded { .. } | Outcome::Cancelled => event,
    }
}

fn milliseconds(from: OffsetDateTime, to: OffsetDateTime) -> u64 {
    u64::try_from((to - from).whole_milliseconds()).unwrap_or(0)
}
