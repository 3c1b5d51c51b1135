//! The status of a deployment, from the ledger.

use longshore_messages::{Builder, DeploymentFinished, DeploymentId, Failure, Outcome};
use serde::Serialize;

use crate::cloud_target::CloudTarget;
use crate::error::CliError;
use crate::incomplete::noted;
use crate::output::Tone;
use crate::parked_message::{PARKED, ParkedMessage};
use crate::parked_search::ParkedSearch;
use crate::pinned::{self, Pinned};
use crate::stage_names::{LAST_STAGE, STAGES, UNDER_WAY};
use crate::stages::{finished, under_way};
use crate::time_text::rfc3339;
use crate::unreadable::{UNREADABLE, Unreadable};

/// State of an id that belongs to a deletion of the function.
pub(crate) const DELETION: &str = "deletion";

/// The status of a deployment in JSON.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeploymentStatus {
    pub(crate) deployment: DeploymentId,
    pub(crate) function: String,
    /// The requester: whose topic the request came by. `None` if it was not read.
    pub(crate) requester: Option<String>,
    /// The outcome, the stage that is handling the deployment, `parked`, or `unreadable`.
    pub(crate) state: String,
    pub(crate) admitted_at: Option<String>,
    pub(crate) url: Option<String>,
    pub(crate) revision: Option<String>,
    /// What built the image of the revision, as far as Google says it.
    pub(crate) builder: Option<Builder>,
    pub(crate) failure: Option<Failure>,
    /// The traffic, if it is pinned, so that `revision` does not serve.
    pub(crate) pinned_traffic: Option<Pinned>,
    /// What the pinned traffic means, and what to do about it.
    #[serde(skip)]
    pub(crate) pinned_words: Option<(String, String)>,
    /// Why the deployment has not ended.
    pub(crate) waiting: Option<WaitingStatus>,
    /// The parked message for which the deployment waits.
    pub(crate) parked: Option<ParkedMessage>,
    /// Ledger entries that this status lacks.
    pub(crate) unreadable: Vec<Unreadable>,
}

/// Why a deployment waits, in JSON.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WaitingStatus {
    /// The name of the reason, such as `build` or `quota`.
    pub(crate) reason: &'static str,
    /// The reason in words.
    pub(crate) sentence: String,
    /// When the wait is expected to end, if that is known.
    pub(crate) until: Option<String>,
}

/// State of a deployment whose request its batch has not published.
const IN_BATCH: &str = "waiting in its batch";

/// Parses a deployment id.
pub(crate) fn parse(id: &str) -> Result<DeploymentId, CliError> {
    id.parse().map_err(|_| CliError::NotAnId(id.to_owned()))
}

/// The status of a deployment, as far as it can be read.
pub(crate) async fn deployment_status(
    target: &CloudTarget,
    id: DeploymentId,
) -> Result<DeploymentStatus, CliError> {
    let mut unreadable = Vec::new();
    let deletion = target.ledger.deletion(id).await.map_err(CliError::ledger);
    if let Some(deletion) = noted(deletion, &mut unreadable)?.flatten() {
        return Ok(DeploymentStatus {
            function: deletion.function.to_string(),
            state: DELETION.to_owned(),
            admitted_at: Some(rfc3339(deletion.asked_at)),
            ..DeploymentStatus::new(id)
        });
    }
    let finished = noted(finished(target, id).await, &mut unreadable)?.flatten();
    let has_unknown_end = !unreadable.is_empty();
    let open = target.ledger.open(id).await.map_err(CliError::ledger);
    let open = noted(open, &mut unreadable)?.flatten();
    if finished.is_none() && open.is_none() && unreadable.is_empty() {
        let request = target.ledger.request(id).await.map_err(CliError::ledger);
        if matches!(noted(request, &mut unreadable)?, Some(None)) {
            return Err(CliError::NoDeployment(id.to_string()));
        }
    }
    let mut status = DeploymentStatus {
        function: open.as_ref().map(|open| open.function.to_string()).unwrap_or_default(),
        ..DeploymentStatus::new(id)
    };
    match finished {
        Some(finished) => end(&mut status, finished),
        None if has_unknown_end => UNREADABLE.clone_into(&mut status.state),
        None => {
            let admission = target.ledger.admission(id).await.map_err(CliError::ledger);
            let admission = noted(admission, &mut unreadable)?.flatten();
            status.admitted_at = admission.map(|admission| rfc3339(admission.admitted_at));
            let stage = noted(under_way(target, id).await, &mut unreadable)?;
            status.state = stage.unwrap_or_else(|| UNREADABLE.to_owned());
        }
    }
    status.unreadable = unreadable;
    Ok(status)
}

/// Like [`deployment_status`], and adds the requester, and why the deployment has not ended. A
/// request that was parked when it arrived is in the ledger only as such a message.
pub(crate) async fn status_or_parked(
    target: &CloudTarget,
    id: DeploymentId,
) -> Result<DeploymentStatus, CliError> {
    let (mut status, missing) = match deployment_status(target, id).await {
        Ok(mut status) => {
            let request = target.ledger.request(id).await.map_err(CliError::ledger);
            let request = noted(request, &mut status.unreadable)?.flatten();
            status.requester = request.map(|request| request.requester);
            (status, None)
        }
        Err(error @ CliError::NoDeployment(_)) => (DeploymentStatus::new(id), Some(error)),
        Err(error) => return Err(error),
    };
    let stage = match (status.state.strip_prefix(UNDER_WAY), &missing) {
        (Some(stage), _) => stage,
        (None, Some(_)) => STAGES.first().copied().unwrap_or(LAST_STAGE),
        (None, None) => return Ok(status),
    };
    let waiting = target.ledger.why_waiting(id).await.map_err(CliError::ledger);
    let waiting = noted(waiting, &mut status.unreadable)?.flatten();
    status.waiting = waiting.map(|(waiting, now)| WaitingStatus {
        reason: waiting.reason(),
        sentence: waiting.sentence(now),
        until: waiting.until().map(rfc3339),
    });
    let mut search = ParkedSearch::new([id], None);
    search.read(target).await?;
    match (search.holding_up(id, stage), missing) {
        (Some(message), _) => {
            PARKED.clone_into(&mut status.state);
            status.parked = Some(message.clone());
            Ok(status)
        }
        (None, Some(_)) if status.waiting.is_some() => {
            IN_BATCH.clone_into(&mut status.state);
            Ok(status)
        }
        (None, Some(missing)) => Err(missing),
        (None, None) => Ok(status),
    }
}

/// Replaces the states of those deployments that wait for a parked message.
pub(crate) async fn mark_parked<'a>(
    target: &CloudTarget,
    states: impl IntoIterator<Item = (DeploymentId, &'a mut String)>,
) -> Result<(), CliError> {
    let under_way: Vec<_> =
        states.into_iter().filter(|(_, state)| state.starts_with(UNDER_WAY)).collect();
    if under_way.is_empty() {
        return Ok(());
    }
    let mut search = ParkedSearch::new(under_way.iter().map(|(id, _)| *id), None);
    search.read(target).await?;
    for (id, state) in under_way {
        let stage = state.strip_prefix(UNDER_WAY).unwrap_or_default();
        if search.holding_up(id, stage).is_some() {
            PARKED.clone_into(state);
        }
    }
    Ok(())
}

impl DeploymentStatus {
    /// A status with only an id.
    fn new(deployment: DeploymentId) -> Self {
        Self {
            deployment,
            function: String::new(),
            requester: None,
            state: String::new(),
            admitted_at: None,
            url: None,
            revision: None,
            builder: None,
            failure: None,
            pinned_traffic: None,
            pinned_words: None,
            waiting: None,
            parked: None,
            unreadable: Vec::new(),
        }
    }
}

fn end(status: &mut DeploymentStatus, finished: DeploymentFinished) {
    finished.outcome.as_str().clone_into(&mut status.state);
    status.function = finished.function;
    status.admitted_at = finished.deployment.map(|deployment| rfc3339(deployment.admitted_at));
    match finished.outcome {
        Outcome::Deployed(serving) | Outcome::Unchanged(serving) => {
            status.url = Some(serving.url);
            status.revision = Some(serving.revision);
            status.builder = known(serving.builder);
        }
        Outcome::Failed(failure) => status.failure = Some(failure),
        Outcome::TrafficPinned { ready, traffic } => {
            status.revision = Some(ready.revision);
            status.builder = known(ready.builder);
            status.pinned_words = Some((pinned::words(&traffic), pinned::advice(&traffic)));
            status.pinned_traffic = Some(traffic.into());
        }
        Outcome::Superseded { .. } | Outcome::Cancelled => {}
    }
}

/// The builder, if anything is known of it.
pub(crate) fn known(builder: Builder) -> Option<Builder> {
    Some(builder).filter(|builder| !builder.is_unknown())
}

pub(crate) fn tone(state: &str) -> Tone {
    match state {
        "deployed" | "unchanged" => Tone::Good,
        "failed" | "traffic-pinned" | PARKED | UNREADABLE => Tone::Bad,
        "superseded" | "cancelled" | "deletion" => Tone::Plain,
        _ => Tone::Busy,
    }
}
