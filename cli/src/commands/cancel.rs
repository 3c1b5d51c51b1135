//! `longshore cancel`: requests the cancellation of a deployment.

use std::path::PathBuf;

use clap::Args;
use longshore_ledger::Cancel;
use time::OffsetDateTime;

use crate::acting::ActingArgs;
use crate::cloud_target::CloudTarget;
use crate::deployment::{DELETION, deployment_status, parse};
use crate::error::CliError;
use crate::exit;
use crate::output::{self, Output};

const HELP: &str = "\
Examples:
  longshore cancel 4f1c2b…   the deployment ends at its next stage
  longshore cancel 4f1c2b… --reason 'wrong branch'

Exit codes: 0 cancellation requested; 1 too late, or no such deployment; 64 not
a deployment id; 69 no cloud.";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct CancelArgs {
    /// Id of the deployment
    pub(crate) deployment: String,
    #[command(flatten)]
    pub(crate) acting: ActingArgs,
}

pub(crate) async fn run(
    args: CancelArgs,
    data_dir: Option<PathBuf>,
    output: Output,
) -> Result<u8, CliError> {
    let target = CloudTarget::find(data_dir).await?;
    let id = parse(&args.deployment)?;
    // Fails if the deployment does not exist.
    let before = deployment_status(&target, id).await?;
    if before.state == DELETION {
        output::say(format!(
            "{id} is the deletion of {}, which cannot be cancelled",
            before.function
        ));
        return Ok(exit::FAILED);
    }
    target
        .ledger
        .cancel(id, &Cancel { asked_at: OffsetDateTime::now_utc() })
        .await
        .map_err(CliError::ledger)?;
    let status = deployment_status(&target, id).await?;
    let ended = target.ledger.outcome(id).await.map_err(CliError::ledger)?.is_some();
    let noted = if ended { "too late" } else { "requested" };
    args.acting.note(&target, "cancel", id.to_string(), noted).await;
    output::result(output, &status, |_| String::new())?;
    if ended {
        output::say(format!("too late: the deployment has already ended ({})", status.state));
        return Ok(exit::FAILED);
    }
    // The worker marks the deployment before it looks for requests to cancel it a last time.
    if target.ledger.ending(id).await.map_err(CliError::ledger)?.is_some() {
        output::say(format!(
            "probably too late: the service is being written; `longshore status {id} --follow` \
             shows how the deployment ends"
        ));
        return Ok(exit::FAILED);
    }
    output::say(
        "cancellation requested; it takes effect at the next stage, \
         unless the service is already being written",
    );
    Ok(exit::OK)
}
