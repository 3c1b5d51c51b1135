//! Records of the stages of a deployment in the ledger.

use longshore_ledger::{Record, names};
use longshore_messages::{DeploymentFinished, DeploymentId, StageMessage};
use longshore_runner::telemetry::chain;

use crate::cloud_target::CloudTarget;
use crate::error::CliError;
use crate::stage_names::{LAST_STAGE, STAGES, UNDER_WAY};
use crate::unreadable::Unreadable;

/// The stage that is handling a deployment: the one after the last that wrote a record.
pub(crate) async fn under_way(target: &CloudTarget, id: DeploymentId) -> Result<String, CliError> {
    for stage in STAGES {
        if target.ledger.stage_record(id, stage).await.map_err(CliError::ledger)?.is_none() {
            return Ok(format!("{UNDER_WAY}{stage}"));
        }
    }
    Ok(format!("{UNDER_WAY}{LAST_STAGE}"))
}

/// How a deployment ended, or `None` if it has not ended.
pub(crate) async fn finished(
    target: &CloudTarget,
    id: DeploymentId,
) -> Result<Option<DeploymentFinished>, CliError> {
    let outcome = target.ledger.outcome(id).await.map_err(CliError::ledger)?;
    outcome.as_ref().map(|record| ended(id, record)).transpose()
}

/// The outcome in its record.
pub(crate) fn ended(id: DeploymentId, record: &Record) -> Result<DeploymentFinished, CliError> {
    longshore_messages::decode(&record.message).map_err(|error| {
        CliError::Unreadable(Unreadable { object: names::outcome(id), reason: chain(&error) })
    })
}

/// Returns `None` for a record written by a newer version; only its outcome matters.
pub(crate) fn decode<M: StageMessage>(record: &Record) -> Option<M> {
    longshore_messages::decode(&record.message).ok()
}
