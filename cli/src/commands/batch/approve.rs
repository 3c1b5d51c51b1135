//! `longshore batch approve`: a person's word that the next wave may begin.

use std::path::PathBuf;

use clap::Args;
use longshore_ledger::BatchProgress;
use longshore_messages::BatchId;

use super::IdArgs;
use crate::acting::ActingArgs;
use crate::batch;
use crate::cloud_target::CloudTarget;
use crate::error::CliError;
use crate::exit;
use crate::output::{self, Output};

#[derive(Debug, Args)]
pub(crate) struct ApproveArgs {
    #[command(flatten)]
    batch: IdArgs,
    /// Number of the wave to approve, from 1; fails if another wave waits [default: the wave that
    /// waits]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    wave: Option<u64>,
    #[command(flatten)]
    acting: ActingArgs,
}

pub(super) async fn run(
    args: ApproveArgs,
    data_dir: Option<PathBuf>,
    output: Output,
) -> Result<u8, CliError> {
    let id: BatchId = args.batch.id()?;
    let target = CloudTarget::find(data_dir).await?;
    let before = batch::status(&target, id).await?;
    let accepted = target.ledger.batch(id).await.map_err(CliError::ledger)?;
    let accepted = accepted.ok_or_else(|| CliError::NoBatch(id.to_string()))?;
    let wanted = args.wave.and_then(|wave| usize::try_from(wave).ok());
    let approve = |progress: &BatchProgress| {
        let waits = progress.wave_at_gate(&accepted.settings)? + 1;
        let is_wanted = wanted.is_none_or(|wave| wave == waits) && progress.approved < waits;
        is_wanted.then(|| BatchProgress { approved: waits, ..progress.clone() })
    };
    let progress = target.ledger.change_batch(id, approve).await.map_err(CliError::ledger)?;
    let approved = progress.map_or(0, |progress| progress.approved);
    let status = batch::status(&target, id).await?;
    output::result(output, &status, |_| String::new())?;
    if approved == 0 || wanted.or(before.at_gate).is_none_or(|wave| approved < wave) {
        output::say(match (before.at_gate, before.wave) {
            (Some(wave), _) => format!("not approved: wave {wave} is the one that waits"),
            (None, Some(wave)) => {
                format!("not approved: the batch is {}, and in wave {wave}", before.state)
            }
            (None, None) => format!("not approved: the batch is {}", before.state),
        });
        return Ok(exit::FAILED);
    }
    args.acting.note(&target, "batch-approve", id.to_string(), format!("wave {approved}")).await;
    batch::publish_again(&target, id).await?;
    output::say(format!(
        "wave {approved} is approved; the next one begins if its other gates pass"
    ));
    Ok(exit::OK)
}
