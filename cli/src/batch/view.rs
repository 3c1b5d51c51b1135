//! What the ledger says about a batch, for people and programs.

use std::time::Duration;

use longshore_cloud::pacing::forecast::{Part, forecast};
use longshore_ledger::{AcceptedBatch, BatchControl, BatchProgress, MemberState};
use longshore_messages::{BatchFinished, BatchGate, BatchId, BatchOutcome, Failure, decode};
use longshore_runner::telemetry::chain;
use serde::Serialize;
use time::OffsetDateTime;

use super::forecast::{Expected, minutes};
use crate::acting::{self, Done};
use crate::cloud_target::CloudTarget;
use crate::error::CliError;
use crate::output::{self, Cell, Table, Text, Tone};
use crate::time_text::rfc3339;
use crate::unreadable::Unreadable;

/// A batch in JSON.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BatchStatus {
    pub(crate) batch: BatchId,
    pub(crate) name: String,
    /// `running`, `paused`, `cancelled` or `stopped` until it has ended; then its outcome.
    pub(crate) state: String,
    pub(crate) ended: bool,
    pub(crate) functions: usize,
    pub(crate) waiting: usize,
    pub(crate) in_flight: usize,
    /// Those whose revisions wait for the gates of their wave before they get traffic.
    pub(crate) staged: usize,
    pub(crate) deployed: usize,
    pub(crate) unchanged: usize,
    pub(crate) traffic_pinned: usize,
    pub(crate) failed: usize,
    pub(crate) superseded: usize,
    pub(crate) cancelled: usize,
    pub(crate) not_started: usize,
    pub(crate) parked: usize,
    /// Number of waves.
    pub(crate) waves: usize,
    /// The first wave that has not ended, from 1.
    pub(crate) wave: Option<usize>,
    /// The wave, from 1, whose gates hold up the next one.
    pub(crate) at_gate: Option<usize>,
    /// Whether the gates of that wave need the approval of a person, who has not given it.
    pub(crate) needs_approval: bool,
    /// What gates that passed had found.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) gate_notes: Vec<String>,
    pub(crate) requester: String,
    pub(crate) started_at: Option<String>,
    pub(crate) finished_at: Option<String>,
    pub(crate) retry_of: Option<BatchId>,
    /// What the batch was expected to take at its start, if that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) forecast: Option<Expected>,
    /// Seconds from the start of the batch to its end: as expected now, or as it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) takes_seconds: Option<u64>,
    /// Why the request was rejected, or which gate stopped the batch.
    pub(crate) reason: Option<String>,
    pub(crate) advice: Option<String>,
    /// What operators did to the batch, newest first, where the command shows it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) actions: Vec<Done>,
}

impl BatchStatus {
    /// Whether the batch has ended, and every function is what it requests.
    pub(crate) fn is_good(&self) -> bool {
        self.ended && self.deployed + self.unchanged == self.functions && self.functions > 0
    }
}

/// How a batch ended, or `None` until it has.
pub(crate) async fn outcome_of(
    target: &CloudTarget,
    id: BatchId,
) -> Result<Option<BatchFinished>, CliError> {
    let record = target.ledger.batch_outcome(id).await.map_err(CliError::ledger)?;
    let finished = record.map(|record| decode(&record.message)).transpose();
    finished.map_err(|error| {
        let object = longshore_ledger::names::batch_outcome(id);
        CliError::Unreadable(Unreadable { object, reason: chain(&error) })
    })
}

/// The state of a batch.
///
/// # Errors
/// [`CliError::NoBatch`] if the fleet has not received its request.
pub(crate) async fn status(target: &CloudTarget, id: BatchId) -> Result<BatchStatus, CliError> {
    let ledger = &target.ledger;
    let (accepted, progress) = tokio::join!(ledger.batch(id), ledger.batch_progress(id));
    let (accepted, progress) =
        (accepted.map_err(CliError::ledger)?, progress.map_err(CliError::ledger)?);
    let finished = outcome_of(target, id).await?;
    match (accepted, progress, finished) {
        (Some(accepted), Some((progress, _)), finished) => {
            let parts = ledger.batch_forecast(id).await.map_err(CliError::ledger)?;
            let accepted_at = accepted.accepted_at;
            let status = of_accepted(id, accepted, &progress, finished.as_ref());
            let finished_at = finished.map(|finished| finished.finished_at);
            Ok(with_times(status, parts.as_deref(), accepted_at, finished_at, ledger.now()))
        }
        (_, _, Some(finished)) => Ok(of_rejected(&finished)),
        (_, _, None) => Err(CliError::NoBatch(id.to_string())),
    }
}

/// Adds what the batch was expected to take, and takes.
fn with_times(
    status: BatchStatus,
    parts: Option<&[Vec<Part>]>,
    accepted_at: OffsetDateTime,
    finished_at: Option<OffsetDateTime>,
    now: OffsetDateTime,
) -> BatchStatus {
    let took = |until: OffsetDateTime| Duration::try_from(until - accepted_at).unwrap_or_default();
    let ended = done(&status);
    let takes = match (finished_at, parts) {
        (Some(finished_at), _) => Some(took(finished_at)),
        (None, Some(parts)) if status.state == BatchControl::Running.as_str() => {
            // Functions that are left as they are end at once, and are not part of the forecast.
            Some(forecast(parts).expected_end(ended - status.unchanged.min(ended), took(now)))
        }
        (None, _) => None,
    };
    let forecast = parts.map(Expected::of);
    BatchStatus { forecast, takes_seconds: takes.map(|takes| takes.as_secs()), ..status }
}

fn of_accepted(
    id: BatchId,
    accepted: AcceptedBatch,
    progress: &BatchProgress,
    finished: Option<&BatchFinished>,
) -> BatchStatus {
    let count = |state| progress.count(state);
    let settings = accepted.settings;
    let at_gate = progress.wave_at_gate(&settings);
    let gate = progress.gate.as_ref();
    let state = match finished {
        Some(finished) => finished.outcome.as_str(),
        None => progress.control.as_str(),
    };
    BatchStatus {
        batch: id,
        name: settings.name.clone(),
        state: state.to_owned(),
        ended: finished.is_some(),
        functions: accepted.functions,
        waiting: count(MemberState::Waiting),
        in_flight: count(MemberState::Admitted) + count(MemberState::Releasing),
        staged: count(MemberState::Staged),
        deployed: count(MemberState::Deployed),
        unchanged: count(MemberState::Unchanged),
        traffic_pinned: count(MemberState::TrafficPinned) + count(MemberState::Held),
        failed: count(MemberState::Failed),
        superseded: count(MemberState::Superseded),
        cancelled: count(MemberState::Cancelled),
        not_started: count(MemberState::NotStarted),
        parked: count(MemberState::Parked),
        waves: settings.number_of_waves(accepted.functions),
        wave: progress.wave(&settings).map(|wave| wave + 1),
        at_gate: at_gate.map(|wave| wave + 1),
        needs_approval: at_gate.is_some_and(|wave| progress.approved <= wave)
            && settings.gates.contains(&BatchGate::Approval),
        gate_notes: progress.gate_notes.clone(),
        requester: accepted.requester,
        started_at: Some(rfc3339(accepted.accepted_at)),
        finished_at: finished.map(|finished| rfc3339(finished.finished_at)),
        retry_of: accepted.retry_of,
        forecast: None,
        takes_seconds: None,
        reason: gate.map(|gate| gate.reason.clone()),
        advice: gate.map(|gate| gate.advice.clone()),
        actions: Vec::new(),
    }
}

fn of_rejected(finished: &BatchFinished) -> BatchStatus {
    let failure: Option<&Failure> = match &finished.outcome {
        BatchOutcome::Rejected(failure) => Some(failure),
        BatchOutcome::Completed | BatchOutcome::Stopped(_) | BatchOutcome::Cancelled => None,
    };
    BatchStatus {
        batch: finished.id,
        name: finished.name.clone(),
        state: finished.outcome.as_str().to_owned(),
        ended: true,
        functions: 0,
        waiting: 0,
        in_flight: 0,
        staged: 0,
        deployed: 0,
        unchanged: 0,
        traffic_pinned: 0,
        failed: 0,
        superseded: 0,
        cancelled: 0,
        not_started: 0,
        parked: 0,
        waves: 0,
        wave: None,
        at_gate: None,
        needs_approval: false,
        gate_notes: Vec::new(),
        requester: String::new(),
        started_at: None,
        finished_at: Some(rfc3339(finished.finished_at)),
        retry_of: None,
        forecast: None,
        takes_seconds: None,
        reason: failure.map(|failure| failure.reason.clone()),
        advice: failure.map(|failure| failure.advice.clone()),
        actions: Vec::new(),
    }
}

/// The colour of the state of a batch.
pub(crate) fn tone(state: &str) -> Tone {
    match state {
        "completed" => Tone::Good,
        "stopped" | "rejected" => Tone::Bad,
        state if state == BatchControl::Running.as_str() => Tone::Busy,
        _ => Tone::Quiet,
    }
}

pub(crate) fn human(status: &BatchStatus) -> Text {
    let mut table = Table::default();
    table.row(["batch".into(), status.batch.to_string().into()]);
    if !status.name.is_empty() {
        table.row(["name".into(), status.name.as_str().into()]);
    }
    table.row(["state".into(), Cell::new(&status.state, tone(&status.state))]);
    table.row(["functions".into(), counts(status).into()]);
    let wave = status.wave.filter(|_| status.waves > 1);
    let wave = wave.map(|wave| format!("{wave} of {}{}", status.waves, gate_of(status)));
    let mut add = |name: &str, value: Option<&str>| {
        if let Some(value) = value {
            table.row([name.into(), value.into()]);
        }
    };
    add("wave", wave.as_deref());
    for note in &status.gate_notes {
        add("gate", Some(note));
    }
    add("started", status.started_at.as_deref());
    add("finished", status.finished_at.as_deref());
    let retry_of = status.retry_of.map(|id| id.to_string());
    let expected = status.forecast.as_ref().map(Expected::text);
    add("forecast", expected.as_deref());
    let takes = status.takes_seconds.map(minutes);
    let takes = takes.map(|takes| match status.ended {
        true => takes,
        false => format!("{takes} in all, as expected now"),
    });
    add("takes", takes.as_deref());
    add("retry of", retry_of.as_deref());
    add("reason", status.reason.as_deref());
    add("advice", status.advice.as_deref());
    let coloured = output::stdout_is_coloured();
    let mut parts = vec![table.text(coloured)];
    if !status.actions.is_empty() {
        parts.push(acting::table(&status.actions, coloured));
    }
    Text::join(parts, "\n\n")
}

/// What a batch waits for between two waves.
fn gate_of(status: &BatchStatus) -> String {
    match status.at_gate {
        None => String::new(),
        Some(wave) if status.needs_approval => {
            format!(", waits for the approval of wave {wave}: `longshore batch approve`")
        }
        Some(wave) => format!(", waits for the gates of wave {wave}"),
    }
}

/// Number of functions that have ended.
fn done(status: &BatchStatus) -> usize {
    status.functions - status.waiting - status.in_flight - status.staged
}

/// `12 of 40 done: 10 deployed, 2 failed; 5 in flight`.
pub(crate) fn counts(status: &BatchStatus) -> String {
    let done = done(status);
    let parts = [
        (status.deployed, "deployed"),
        (status.unchanged, "unchanged"),
        (status.traffic_pinned, "traffic-pinned"),
        (status.failed, "failed"),
        (status.superseded, "superseded"),
        (status.cancelled, "cancelled"),
        (status.not_started, "not started"),
        (status.parked, "parked"),
    ];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    let mut text = format!("{done} of {} done", status.functions);
    if !parts.is_empty() {
        text.push_str(&format!(": {}", parts.join(", ")));
    }
    if status.in_flight > 0 {
        text.push_str(&format!("; {} in flight", status.in_flight));
    }
    if status.staged > 0 {
        text.push_str(&format!("; {} without traffic yet", status.staged));
    }
    text
}
