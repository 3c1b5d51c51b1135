//! `longshore batch pause`, `resume` and `cancel`.
//!
//! Each changes the progress of the batch in the ledger by compare-and-swap, so no worker that read it
//! before can admit anything after. Then the request of the batch is published again, so that
//! batch-feeder goes on at once.

use std::path::PathBuf;

use longshore_ledger::BatchControl;

use super::ControlArgs;
use crate::batch;
use crate::cloud_target::CloudTarget;
use crate::error::CliError;
use crate::exit;
use crate::output::{self, Output};

pub(super) async fn pause(
    args: &ControlArgs,
    data_dir: Option<PathBuf>,
    output: Output,
) -> Result<u8, CliError> {
    let said =
        "no more functions are admitted until `longshore batch resume`; those in flight continue";
    let paused = |control| match control {
        BatchControl::Running => Some(BatchControl::Paused),
        BatchControl::Paused | BatchControl::Cancelled | BatchControl::Stopped => None,
    };
    change(args, data_dir, output, BatchControl::Paused, paused, said).await
}

pub(super) async fn resume(
    args: &ControlArgs,
    data_dir: Option<PathBuf>,
    output: Output,
) -> Result<u8, CliError> {
    let resumed = |control| match control {
        BatchControl::Paused => Some(BatchControl::Running),
        BatchControl::Running | BatchControl::Cancelled | BatchControl::Stopped => None,
    };
    change(args, data_dir, output, BatchControl::Running, resumed, "functions are admitted again")
        .await
}

pub(super) async fn cancel(
    args: &ControlArgs,
    data_dir: Option<PathBuf>,
    output: Output,
) -> Result<u8, CliError> {
    let said = "no more functions are admitted, and those in flight are cancelled, unless their \
                services are being written";
    let cancelled = |control| match control {
        BatchControl::Running | BatchControl::Paused | BatchControl::Stopped => {
            Some(BatchControl::Cancelled)
        }
        BatchControl::Cancelled => None,
    };
    change(args, data_dir, output, BatchControl::Cancelled, cancelled, said).await
}

async fn change(
    args: &ControlArgs,
    data_dir: Option<PathBuf>,
    output: Output,
    aim: BatchControl,
    decide: impl Fn(BatchControl) -> Option<BatchControl>,
    said: &str,
) -> Result<u8, CliError> {
    let id = args.id.id()?;
    let target = CloudTarget::find(data_dir).await?;
    // Fails if the batch does not exist.
    let before = batch::status(&target, id).await?;
    if before.ended {
        output::say(format!("too late: the batch has already ended ({})", before.state));
        return Ok(exit::FAILED);
    }
    let control = target.ledger.control_batch(id, decide).await.map_err(CliError::ledger)?;
    let action = match aim {
        BatchControl::Paused => "batch-pause",
        BatchControl::Running => "batch-resume",
        BatchControl::Cancelled | BatchControl::Stopped => "batch-cancel",
    };
    let result = control.map_or("no such batch", BatchControl::as_str);
    args.acting.note(&target, action, id.to_string(), result).await;
    let now = batch::status(&target, id).await?;
    output::result(output, &now, |_| String::new())?;
    if control != Some(aim) {
        output::say(format!("the batch is {}, so this has no effect", now.state));
        return Ok(exit::FAILED);
    }
    batch::publish_again(&target, id).await?;
    output::say(said);
    Ok(exit::OK)
}
