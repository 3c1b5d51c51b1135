//! What the stages of a deployment leave in the ledger.

use longshore_ledger::Record;
use longshore_messages::{DeploymentId, StageMessage};

use crate::cloud_target::CloudTarget;
use crate::error::CliError;

/// The names under which stages leave their records, in the order of the road.
pub(crate) const STAGES: [&str; 3] = ["uploader", "build-submitter", "registry-watcher"];

/// The stage that has a deployment in hand: the one behind the last that handed it on.
pub(crate) async fn under_way(target: &CloudTarget, id: DeploymentId) -> Result<String, CliError> {
    for stage in STAGES {
        if target.ledger.stage_record(id, stage).await.map_err(CliError::Ledger)?.is_none() {
            return Ok(format!("in {stage}"));
        }
    }
    Ok("in service-deployer".to_owned())
}

/// A record of a newer version is passed over: its outcome is what counts.
pub(crate) fn decode<M: StageMessage>(record: &Record) -> Option<M> {
    longshore_messages::decode(&record.message).ok()
}
