//! `longshore redeploy`: publishes the request of a deployment again.

use std::path::PathBuf;

use clap::Args;
use longshore_messages::{DeploymentId, decode_request};
use serde::Serialize;

use crate::acting::ActingArgs;
use crate::cloud_target::CloudTarget;
use crate::deploying::publish;
use crate::deployment::parse;
use crate::error::CliError;
use crate::exit;
use crate::output::{self, Output};

const HELP: &str = "\
Examples:
  longshore redeploy 4f1c2b… --reason 'the registry is back'

The request is published unchanged, but with a new identity and as the requester of
this command. It uses the source that the request names, and reuses a fresh image.

Exit codes: 0 requested; 1 no such deployment, or its request cannot be read; 64
not a deployment id; 69 no cloud.";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct RedeployArgs {
    /// Id of the deployment whose request is published again
    pub(crate) deployment: String,
    #[command(flatten)]
    pub(crate) acting: ActingArgs,
}

/// The new deployment in JSON.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Redeployed {
    deployment: DeploymentId,
    redeploys: DeploymentId,
}

pub(crate) async fn run(
    args: RedeployArgs,
    data_dir: Option<PathBuf>,
    output: Output,
) -> Result<u8, CliError> {
    let target = CloudTarget::find(data_dir).await?;
    let id = parse(&args.deployment)?;
    let request = target.ledger.request(id).await.map_err(CliError::ledger)?;
    let request = request.ok_or_else(|| CliError::NoDeployment(id.to_string()))?;
    let function = decode_request(&request.message).ok().and_then(|request| request.function);
    let function = function.ok_or_else(|| CliError::NoDeployment(id.to_string()))?;
    let again = publish(&target, function).await?;
    args.acting.note(&target, "redeploy", id.to_string(), format!("as {again}")).await;
    let redeployed = Redeployed { deployment: again, redeploys: id };
    output::result(output, &redeployed, |redeployed| redeployed.deployment.to_string())?;
    output::say(format!("requested; `longshore status {again} --follow` follows it"));
    Ok(exit::OK)
}
