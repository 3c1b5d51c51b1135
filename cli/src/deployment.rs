//! The status of a deployment, from the ledger.

use longshore_messages::{DeploymentFinished, DeploymentId, Failure, Outcome};
use serde::Serialize;

use crate::cloud_target::CloudTarget;
use crate::error::CliError;
use crate::output::Tone;
use crate::stages::{decode, under_way};
use crate::time_text::rfc3339;

/// State of an id that belongs to a deletion of the function.
pub(crate) const DELETION: &str = "deletion";

/// The status of a deployment in JSON.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeploymentStatus {
    pub(crate) deployment: DeploymentId,
    pub(crate) function: String,
    /// The outcome, or the stage that is handling the deployment.
    pub(crate) state: String,
    pub(crate) admitted_at: Option<String>,
    pub(crate) url: Option<String>,
    pub(crate) revision: Option<String>,
    pub(crate) failure: Option<Failure>,
}

/// Parses a deployment id.
pub(crate) fn parse(id: &str) -> Result<DeploymentId, CliError> {
    id.parse().map_err(|_| CliError::NotAnId(id.to_owned()))
}

pub(crate) async fn deployment_status(
    target: &CloudTarget,
    id: DeploymentId,
) -> Result<DeploymentStatus, CliError> {
    if let Some(deletion) = target.ledger.deletion(id).await.map_err(CliError::Ledger)? {
        return Ok(DeploymentStatus {
            function: deletion.function.to_string(),
            state: DELETION.to_owned(),
            admitted_at: Some(rfc3339(deletion.asked_at)),
            ..DeploymentStatus::new(id)
        });
    }
    let outcome = target.ledger.outcome(id).await.map_err(CliError::Ledger)?;
    let finished = outcome.and_then(|record| decode::<DeploymentFinished>(&record));
    let open = target.ledger.open(id).await.map_err(CliError::Ledger)?;
    if finished.is_none()
        && open.is_none()
        && target.ledger.request(id).await.map_err(CliError::Ledger)?.is_none()
    {
        return Err(CliError::NoDeployment(id.to_string()));
    }
    let mut status = DeploymentStatus {
        function: open.as_ref().map(|open| open.function.to_string()).unwrap_or_default(),
        admitted_at: open.map(|open| rfc3339(open.opened_at)),
        ..DeploymentStatus::new(id)
    };
    match finished {
        Some(finished) => end(&mut status, finished),
        None => status.state = under_way(target, id).await?,
    }
    Ok(status)
}

impl DeploymentStatus {
    /// A status with only an id.
    fn new(deployment: DeploymentId) -> Self {
        Self {
            deployment,
            function: String::new(),
            state: String::new(),
            admitted_at: None,
            url: None,
            revision: None,
            failure: None,
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
        }
        Outcome::Failed(failure) => status.failure = Some(failure),
        Outcome::Superseded { .. } | Outcome::Cancelled => {}
    }
}

pub(crate) fn tone(state: &str) -> Tone {
    match state {
        "deployed" | "unchanged" => Tone::Good,
        "failed" => Tone::Bad,
        "superseded" | "cancelled" | "deletion" => Tone::Plain,
        _ => Tone::Busy,
    }
}
