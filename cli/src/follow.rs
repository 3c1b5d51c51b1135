//! Follows a deployment by reading what each stage writes to the ledger.

use std::collections::BTreeSet;
use std::time::Duration;

use longshore_ledger::Record;
use longshore_messages::{DeploymentFinished, DeploymentId, Published, SourceUploaded, Submitted};
use time::OffsetDateTime;
use tokio::time::Instant;

use crate::cloud_target::CloudTarget;
use crate::error::CliError;
use crate::parked_search::ParkedSearch;
use crate::stage_names::{LAST_STAGE, STAGES};
use crate::stages::{decode, ended};

/// Time between two reads of a local ledger: short enough to show each step without delay.
const LOCAL_POLL: Duration = Duration::from_millis(25);

/// Time between two reads of a ledger on Google Cloud, where many reads cost money.
const GOOGLE_POLL: Duration = Duration::from_millis(500);

/// Time between two searches for a parked message, as a multiple of the time between two reads.
/// Listing costs more than reading, and parking is rare.
const READS_PER_SEARCH: u32 = 10;

/// Number of deployments up to which each is read at the full rate.
const FULL_RATE_MAX: usize = 4;

/// A step of a deployment.
#[derive(Clone, Debug)]
pub(crate) enum Seen {
    /// The uploader admitted the deployment and stored the source.
    Uploaded(Box<SourceUploaded>),
    /// The image is being built, or was built before. With the runtime that was chosen, if the
    /// request names a language.
    Building(Submitted, Option<String>),
    /// The image is in the registry.
    Published(Published),
    /// The deployment has ended.
    Finished(Box<DeploymentFinished>),
}

/// Follows a deployment until it ends, and reports each step once and in order. Fails with
/// [`CliError::Parked`] if a message is parked for which the deployment waits. `since` is when the
/// deployment was requested, if it is known. `followed` is the
/// number of deployments being followed: the more there are, the longer the pauses, so that the
/// total rate of reads stays about the same for thirty as for four.
pub(crate) async fn follow(
    target: &CloudTarget,
    id: DeploymentId,
    since: Option<OffsetDateTime>,
    followed: impl Fn() -> usize,
    mut report: impl FnMut(&Seen),
) -> Result<DeploymentFinished, CliError> {
    let ledger = &target.ledger;
    let poll = if target.local { LOCAL_POLL } else { GOOGLE_POLL };
    let mut reported = BTreeSet::new();
    let mut parked = ParkedSearch::new([id], since);
    let mut search_at = Instant::now() + poll * READS_PER_SEARCH;
    loop {
        // Read before the stages: a finished deployment has written all of its stages by then.
        let outcome = ledger.outcome(id).await.map_err(CliError::ledger)?;
        for stage in STAGES {
            if reported.contains(stage) {
                continue;
            }
            let Some(record) = ledger.stage_record(id, stage).await.map_err(CliError::ledger)?
            else {
                break;
            };
            if let Some(mut seen) = read(stage, &record) {
                if let Seen::Building(Submitted::Function(_), chosen) = &mut seen {
                    *chosen = ledger.chosen_runtime(id).await.map_err(CliError::ledger)?;
                }
                report(&seen);
            }
            reported.insert(stage);
        }
        if let Some(record) = outcome {
            let finished = ended(id, &record)?;
            report(&Seen::Finished(Box::new(finished.clone())));
            return Ok(finished);
        }
        let pause = poll * u32::try_from(followed().div_ceil(FULL_RATE_MAX).max(1)).unwrap_or(1);
        if Instant::now() >= search_at {
            let stage = STAGES.into_iter().find(|stage| !reported.contains(stage));
            let stage = stage.unwrap_or(LAST_STAGE);
            parked.read(target).await?;
            if let Some(message) = parked.holding_up(id, stage)
                && !has_passed(target, id, stage).await?
            {
                return Err(CliError::Parked(Box::new(message.clone())));
            }
            search_at = Instant::now() + pause * READS_PER_SEARCH;
        }
        tokio::time::sleep(pause).await;
    }
}

/// Whether a deployment has left a stage: then a message parked there is a duplicate.
async fn has_passed(target: &CloudTarget, id: DeploymentId, stage: &str) -> Result<bool, CliError> {
    let record = match target.ledger.outcome(id).await.map_err(CliError::ledger)? {
        None if stage != LAST_STAGE => target.ledger.stage_record(id, stage).await,
        outcome => return Ok(outcome.is_some()),
    };
    Ok(record.map_err(CliError::ledger)?.is_some())
}

fn read(stage: &str, record: &Record) -> Option<Seen> {
    match stage {
        "uploader" => decode(record).map(Box::new).map(Seen::Uploaded),
        "build-submitter" => decode(record).map(|submitted| Seen::Building(submitted, None)),
        "registry-watcher" => decode(record).map(Seen::Published),
        _ => None,
    }
}
