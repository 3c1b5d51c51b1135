//! How long each stage of a deployment took, from the ledger.

use longshore_ledger::Record;
use longshore_messages::{DeploymentId, TraceContext};
use serde::Serialize;
use time::Duration;
use time::OffsetDateTime;

use crate::cloud_target::CloudTarget;
use crate::error::CliError;
use crate::incomplete::{self, noted};
use crate::output::{self, Output, Table, Text};
use crate::stage_names::STAGES;
use crate::unreadable::Unreadable;

/// The stages of one deployment in JSON.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Trace {
    deployment: String,
    trace_id: Option<String>,
    steps: Vec<TraceStep>,
    total_ms: Option<f64>,
    /// Ledger entries that cannot be read.
    unreadable: Vec<Unreadable>,
}

/// One stage. All times are in milliseconds.
#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct TraceStep {
    stage: String,
    /// From the deployment request until Pub/Sub accepted the input of the stage.
    at_ms: f64,
    /// From then until the stage started.
    queued_ms: f64,
    /// From then until the stage finished, without `waited_ms`.
    worked_ms: f64,
    waited_ms: f64,
    waited_for: Option<String>,
    attempt: Option<u32>,
}

pub(crate) async fn run(
    target: &CloudTarget,
    id: DeploymentId,
    output: Output,
) -> Result<u8, CliError> {
    let (mut records, mut unreadable) = (Vec::new(), Vec::new());
    for stage in STAGES {
        let record = target.ledger.stage_record(id, stage).await.map_err(CliError::ledger);
        records.extend(noted(record, &mut unreadable)?.flatten());
    }
    let outcome = target.ledger.outcome(id).await.map_err(CliError::ledger);
    let outcome = noted(outcome, &mut unreadable)?.flatten();
    records.extend(outcome);
    let request = target.ledger.request(id).await.map_err(CliError::ledger);
    let request = noted(request, &mut unreadable)?.flatten();
    if request.is_none() && records.is_empty() && unreadable.is_empty() {
        return Err(CliError::NoDeployment(id.to_string()));
    }
    let first = records.first().map(|first| first.published_at);
    let begun = request.map(|request| request.published_at).or(first);
    let begun = begun.unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let trace_id = records.first().and_then(|first| {
        TraceContext::from_attributes(&first.message.attributes).trace_id().map(str::to_owned)
    });
    let total_ms = records.last().map(|last| millis(last.finished_at - begun));
    let steps = records.iter().map(|record| step(record, begun)).collect();
    let trace = Trace { deployment: id.to_string(), trace_id, steps, total_ms, unreadable };
    output::result(output, &trace, human)?;
    Ok(incomplete::say(&trace.unreadable))
}

/// Negative times become zero, because the clocks of different machines differ.
fn step(record: &Record, begun: OffsetDateTime) -> TraceStep {
    let waited_ms = Duration::milliseconds(i64::try_from(record.waited_ms).unwrap_or(i64::MAX));
    let worked = record.finished_at - record.started_at - waited_ms;
    TraceStep {
        stage: record.stage.clone(),
        at_ms: millis(record.published_at - begun),
        queued_ms: millis(record.started_at - record.published_at),
        worked_ms: millis(worked),
        waited_ms: millis(waited_ms),
        waited_for: record.waited_for.clone(),
        attempt: record.attempt,
    }
}

fn millis(duration: Duration) -> f64 {
    (duration.as_seconds_f64() * 1e6).round().max(0.0) / 1e3
}

fn human(trace: &Trace) -> Text {
    let mut table = Table::headed([
        "STAGE",
        "AT ms",
        "QUEUED ms",
        "WORKED ms",
        "WAITED ms",
        "ATTEMPT",
        "WAITED FOR",
    ]);
    for step in &trace.steps {
        table.row([
            step.stage.as_str().into(),
            format!("{:.1}", step.at_ms).into(),
            format!("{:.1}", step.queued_ms).into(),
            format!("{:.1}", step.worked_ms).into(),
            format!("{:.1}", step.waited_ms).into(),
            step.attempt.map_or_else(|| "-".to_owned(), |attempt| attempt.to_string()).into(),
            step.waited_for.as_deref().unwrap_or_default().into(),
        ]);
    }
    let mut text = table.text(output::stdout_is_coloured());
    text.push(trace.total_ms.map(|total| format!("\ntotal {total:.1} ms")).unwrap_or_default());
    text.push(trace.trace_id.as_ref().map(|id| format!(", trace {id}")).unwrap_or_default());
    text
}
