//! `longshore cancel`: asks a deployment to stop.

use std::path::PathBuf;

use clap::Args;
use longshore_ledger::Cancel;
use time::OffsetDateTime;

use crate::cloud_target::CloudTarget;
use crate::deployment::{DELETION, deployment_status, parse};
use crate::error::CliError;
use crate::exit;
use crate::output::{self, Output};

const HELP: &str = "\
Examples:
  longshore cancel 4f1c2b…   it ends at its next stage

Exit codes: 0 asked to stop; 1 too late, or no such deployment; 64 not an id;
69 no cloud.";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct CancelArgs {
    /// Id of a deployment
    pub(crate) deployment: String,
}

pub(crate) async fn run(
    args: CancelArgs,
    data_dir: Option<PathBuf>,
    output: Output,
) -> Result<u8, CliError> {
    let target = CloudTarget::find(data_dir).await?;
    let id = parse(&args.deployment)?;
    // Says so when there is no such deployment.
    let before = deployment_status(&target, id).await?;
    if before.state == DELETION {
        output::say(&format!(
            "{id} is the deletion of {}; it cannot be cancelled",
            before.function
        ));
        return Ok(exit::FAILED);
    }
    target
        .ledger
        .cancel(id, &Cancel { asked_at: OffsetDateTime::now_utc() })
        .await
        .map_err(CliError::Ledger)?;
    let status = deployment_status(&target, id).await?;
    let ended = target.ledger.outcome(id).await.map_err(CliError::Ledger)?.is_some();
    output::result(output, &status, |_| String::new())?;
    if ended {
        output::say(&format!("too late: the deployment has ended ({})", status.state));
        return Ok(exit::FAILED);
    }
    output::say(
        "asked to stop; it ends at the next stage, unless its service is being written already",
    );
    Ok(exit::OK)
}
