//! `longshore status`: shows the latest deployment of every function, or a single deployment.

use std::path::PathBuf;

use clap::Args;
use longshore_messages::DeploymentId;
use serde::Serialize;

use crate::cloud_target::CloudTarget;
use crate::deployment::{DELETION, DeploymentStatus, deployment_status, parse, tone};
use crate::error::CliError;
use crate::exit;
use crate::follow::follow;
use crate::output::{self, Cell, Output, Table, Text};
use crate::progress::Progress;

const HELP: &str = "\
Examples:
  longshore status                       every function with its latest deployment
  longshore status DEPLOYMENT            one deployment; if it failed, why
  longshore status DEPLOYMENT --follow   wait until it finishes

Exit codes: 0 success, with --follow only if the function serves; 2 with
--follow, it does not; 1 no such deployment; 64 not a deployment id; 69 no
cloud.";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct StatusArgs {
    /// Id of the deployment
    pub(crate) deployment: Option<String>,
    /// Follow the deployment until it finishes
    #[arg(long, short, requires = "deployment")]
    pub(crate) follow: bool,
}

/// A function and its latest deployment in JSON.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct FunctionStatus {
    function: String,
    generation: u64,
    deployment: DeploymentId,
    state: String,
    url: Option<String>,
}

pub(crate) async fn run(
    args: StatusArgs,
    data_dir: Option<PathBuf>,
    output: Output,
) -> Result<u8, CliError> {
    let target = CloudTarget::find(data_dir).await?;
    match args.deployment {
        Some(deployment) => {
            let id = parse(&deployment)?;
            let mut status = deployment_status(&target, id).await?;
            if args.follow {
                follow_to_end(&target, &status).await?;
                status = deployment_status(&target, id).await?;
            }
            output::result(output, &status, human)?;
            if args.follow && status.url.is_none() {
                return Ok(exit::NOT_DEPLOYED);
            }
        }
        None => {
            let functions = function_statuses(&target).await?;
            output::result(output, &functions, |functions| human_table(functions))?;
            if functions.is_empty() {
                output::say("nothing has been deployed yet; deploy with `longshore deploy DIR`");
            }
        }
    }
    Ok(exit::OK)
}

/// Shows each step until the deployment has finished. There is nothing to follow for a deletion.
async fn follow_to_end(target: &CloudTarget, status: &DeploymentStatus) -> Result<(), CliError> {
    if status.state == DELETION {
        return Ok(());
    }
    let progress = Progress::new(1);
    let line = progress.line(&status.function);
    follow(target, status.deployment, || 1, |seen| line.seen(seen)).await.map(drop)
}

async fn function_statuses(target: &CloudTarget) -> Result<Vec<FunctionStatus>, CliError> {
    let mut statuses = Vec::new();
    for (function, head) in target.ledger.list_functions().await.map_err(CliError::Ledger)? {
        if target.ledger.deletion(head.deployment).await.map_err(CliError::Ledger)?.is_some() {
            continue;
        }
        let status = deployment_status(target, head.deployment).await?;
        let live = target
            .clients
            .services
            .get(&function.service())
            .await
            .map_err(CliError::ReadService)?;
        statuses.push(FunctionStatus {
            function: function.to_string(),
            generation: head.admission.generation,
            deployment: head.deployment,
            state: status.state,
            url: live.map(|live| live.url).filter(|url| !url.is_empty()),
        });
    }
    Ok(statuses)
}

fn human(status: &DeploymentStatus) -> Text {
    let mut table = Table::default();
    table.row(["deployment".into(), status.deployment.to_string().into()]);
    table.row(["function".into(), status.function.as_str().into()]);
    table.row(["state".into(), Cell::new(&status.state, tone(&status.state))]);
    let mut add = |name: &str, value: Option<&str>| {
        if let Some(value) = value {
            table.row([name.into(), value.into()]);
        }
    };
    add("admitted", status.admitted_at.as_deref());
    add("url", status.url.as_deref());
    add("revision", status.revision.as_deref());
    if let Some(failure) = &status.failure {
        add("stage", Some(&failure.stage));
        add("code", Some(&failure.code));
        add("reason", Some(&failure.reason));
        add("advice", Some(&failure.advice));
    }
    table.text(output::stdout_is_coloured())
}

fn human_table(functions: &[FunctionStatus]) -> Text {
    if functions.is_empty() {
        return Text::default();
    }
    let mut table = Table::headed(["FUNCTION", "GENERATION", "STATE", "DEPLOYMENT", "URL"]);
    for status in functions {
        table.row([
            status.function.as_str().into(),
            status.generation.to_string().into(),
            Cell::new(&status.state, tone(&status.state)),
            status.deployment.to_string().into(),
            status.url.as_deref().unwrap_or("-").into(),
        ]);
    }
    table.text(output::stdout_is_coloured())
}
