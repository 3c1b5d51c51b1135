//! Following a deployment through the ledger: what each stage wrote, as it writes it.

use std::collections::BTreeSet;
use std::time::Duration;

use longshore_ledger::Record;
use longshore_messages::{
    BuildSubmitted, DeploymentFinished, DeploymentId, ImagePublished, SourceUploaded,
};

use crate::cloud_target::CloudTarget;
use crate::error::CliError;
use crate::stages::{STAGES, decode};

/// Time between two looks at a local ledger: a step is shown well before anybody could miss it.
const LOCAL_POLL: Duration = Duration::from_millis(25);

/// Time between two looks at a ledger on Google: a list call is cheap there, a thousand of them are
/// not.
const GOOGLE_POLL: Duration = Duration::from_millis(500);

/// Deployments that are followed at once without anybody noticing that each is looked at less
/// often.
const UNHURRIED: usize = 4;

/// A step that a deployment has taken.
#[derive(Clone, Debug)]
pub(crate) enum Seen {
    /// The uploader admitted it, and the source is stored.
    Uploaded(SourceUploaded),
    /// A build makes its image, or made it before.
    Building(BuildSubmitted),
    /// The image is in the registry.
    Published(ImagePublished),
    /// It has ended.
    Finished(Box<DeploymentFinished>),
}

/// Follows a deployment to its end, telling each step once and in order. `followed` is how many are
/// followed beside it: the more they are, the longer the pauses, so that the ledger is asked about
/// as often for thirty as for four.
pub(crate) async fn follow(
    target: &CloudTarget,
    id: DeploymentId,
    followed: impl Fn() -> usize,
    mut tell: impl FnMut(&Seen),
) -> Result<DeploymentFinished, CliError> {
    let ledger = &target.ledger;
    let poll = if target.local { LOCAL_POLL } else { GOOGLE_POLL };
    let mut told = BTreeSet::new();
    loop {
        // Read before the stages: whatever a finished deployment went through is there by then.
        let outcome = ledger.outcome(id).await.map_err(CliError::Ledger)?;
        for stage in STAGES {
            if told.contains(stage) {
                continue;
            }
            let Some(record) = ledger.stage_record(id, stage).await.map_err(CliError::Ledger)?
            else {
                break;
            };
            if let Some(seen) = read(stage, &record) {
                tell(&seen);
            }
            told.insert(stage);
        }
        if let Some(finished) = outcome.and_then(|record| decode::<DeploymentFinished>(&record)) {
            tell(&Seen::Finished(Box::new(finished.clone())));
            return Ok(finished);
        }
        tokio::time::sleep(
            poll * u32::try_from(followed().div_ceil(UNHURRIED).max(1)).unwrap_or(1),
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
