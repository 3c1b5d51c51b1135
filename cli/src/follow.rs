//! Follows a deployment by reading what each stage writes to the ledger.

use std::collections::BTreeSet;
use std::time::Duration;

use longshore_ledger::Record;
use longshore_messages::{
    BuildSubmitted, DeploymentFinished, DeploymentId, ImagePublished, SourceUploaded,
};

use crate::cloud_target::CloudTarget;
use crate::error::CliError;
use crate::stages::{STAGES, decode};

/// Time between two reads of a local ledger: short enough to show each step without delay.
const LOCAL_POLL: Duration = Duration::from_millis(25);

/// Time between two reads of a ledger on Google Cloud, where many reads cost money.
const GOOGLE_POLL: Duration = Duration::from_millis(500);

/// Number of deployments up to which each is read at the full rate.
const FULL_RATE_MAX: usize = 4;

/// A step of a deployment.
#[derive(Clone, Debug)]
pub(crate) enum Seen {
    /// The uploader admitted the deployment and stored the source.
    Uploaded(SourceUploaded),
    /// The image is being built, or was built before.
    Building(BuildSubmitted),
    /// The image is in the registry.
    Published(ImagePublished),
    /// The deployment has ended.
    Finished(Box<DeploymentFinished>),
}

/// Follows a deployment until it ends, and reports each step once and in order. `followed` is the
/// number of deployments being followed: the more there are, the longer the pauses, so that the
/// total rate of reads stays about the same for thirty as for four.
pub(crate) async fn follow(
    target: &CloudTarget,
    id: DeploymentId,
    followed: impl Fn() -> usize,
    mut report: impl FnMut(&Seen),
) -> Result<DeploymentFinished, CliError> {
    let ledger = &target.ledger;
    let poll = if target.local { LOCAL_POLL } else { GOOGLE_POLL };
    let mut reported = BTreeSet::new();
    loop {
        // Read before the stages: a finished deployment has written all of its stages by then.
        let outcome = ledger.outcome(id).await.map_err(CliError::Ledger)?;
        for stage in STAGES {
            if reported.contains(stage) {
                continue;
            }
            let Some(record) = ledger.stage_record(id, stage).await.map_err(CliError::Ledger)?
            else {
                break;
            };
            if let Some(seen) = read(stage, &record) {
                report(&seen);
            }
            reported.insert(stage);
        }
        if let Some(finished) = outcome.and_then(|record| decode::<DeploymentFinished>(&record)) {
            report(&Seen::Finished(Box::new(finished.clone())));
            return Ok(finished);
        }
        tokio::time::sleep(
            poll * u32::try_from(followed().div_ceil(FULL_RATE_MAX).max(1)).unwrap_or(1),
        )
        .await;
    }
}

fn read(stage: &str, record: &Record) -> Option<Seen> {
    match stage {
        "uploader" => decode(record).map(Seen::Uploaded),
        "build-submitter" => decode(record).map(Seen::Building),
        "registry-watcher" => decode(record).map(Seen::Published),
        _ => None,
    }
}
