//! Records of the stages of a deployment in the ledger.

use longshore_ledger::Record;
use longshore_messages::{DeploymentId, StageMessage};

use crate::cloud_target::CloudTarget;
use crate::error::CliError;

/// Names of the stages that write records, in order.
pub(crate) const STAGES: [&str; 3] = ["uploader", "build-submitter", "registry-watcher"];

/// The stage that is handling a deployment: the one after the last that wrote a record.
pub(crate) async fn under_way(target: &CloudTarget, id: DeploymentId) -> Result<String, CliError> {
    for stage in STAGES {
        if target.ledger.stage_record(id, stage).await.map_err(CliError::Ledger)?.is_none() {
            return Ok(format!("in {stage}"));
        }
    }
    Ok("in service-deployer".to_owned())
}

/// Returns `None` for a record written by a newer version; only its outcome matters.
pub(crate) fn decode<M: StageMessage>(record: &Record) -> Option<M> {
    longshore_messages::decode(&record.message).ok()
}
