//! `longshore status`: shows the latest deployment of every function, or a single deployment.

use std::path::PathBuf;

use clap::Args;
use longshore_messages::DeploymentId;
use serde::Serialize;

use crate::cloud_target::CloudTarget;
use crate::deployment::{DELETION, DeploymentStatus, mark_parked, parse, status_or_parked, tone};
use crate::error::CliError;
use crate::exit;
use crate::follow::follow;
use crate::function::{Detail, Known};
use crate::incomplete;
use crate::output::{self, Cell, Output, Table, Text};
use crate::progress::Progress;
use crate::unreadable::Unreadable;

const HELP: &str = "\
Examples:
  longshore status                       every function with its latest deployment
  longshore status DEPLOYMENT            one deployment; why it waits or failed
  longshore status DEPLOYMENT --follow   wait until it finishes

Exit codes: 0 success (with --follow, only if the function serves); 2 with --follow,
the function does not serve; 1 no such deployment, or something is unreadable, and
everything else is shown; 64 not a deployment id; 69 no cloud.

`why` says what a deployment waits for: the build of another function, a quota,
a backoff, its turn in a batch. Times are UTC.

A deployment is `parked` if a worker could not handle one of its messages; see
`longshore parked`.";

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
    generation: Option<u64>,
    deployment: Option<DeploymentId>,
    state: String,
    url: Option<String>,
    /// Ledger entries that cannot be read.
    unreadable: Vec<Unreadable>,
}

pub(crate) async fn run(
    args: StatusArgs,
    data_dir: Option<PathBuf>,
    output: Output,
) -> Result<u8, CliError> {
    let target = CloudTarget::find(data_dir).await?;
    match args.deployment {
        Some(deployment) => one(&target, parse(&deployment)?, args.follow, output).await,
        None => {
            let functions = function_statuses(&target).await?;
            output::result(output, &functions, |functions| human_table(functions))?;
            if functions.is_empty() {
                output::say("nothing has been deployed yet; deploy with `longshore deploy DIR`");
            }
            Ok(incomplete::say(functions.iter().flat_map(|function| &function.unreadable)))
        }
    }
}

/// Shows a single deployment, after it has ended if it is followed.
async fn one(
    target: &CloudTarget,
    id: DeploymentId,
    follow: bool,
    output: Output,
) -> Result<u8, CliError> {
    let mut status = status_or_parked(target, id).await?;
    if follow && status.parked.is_none() && status.unreadable.is_empty() {
        match follow_to_end(target, &status).await {
            Ok(()) | Err(CliError::Parked(_) | CliError::Unreadable(_)) => {}
            Err(error) => return Err(error),
        }
        status = status_or_parked(target, id).await?;
    }
    output::result(output, &status, human)?;
    if let Some(parked) = &status.parked {
        output::say(format!("  {}", parked.advice()));
    }
    let code = incomplete::say(&status.unreadable);
    Ok(if code == exit::OK && follow && status.url.is_none() { exit::NOT_DEPLOYED } else { code })
}

/// Shows each step until the deployment has finished. There is nothing to follow for a deletion.
async fn follow_to_end(target: &CloudTarget, status: &DeploymentStatus) -> Result<(), CliError> {
    if status.state == DELETION {
        return Ok(());
    }
    let progress = Progress::new(1);
    let line = progress.line(&status.function);
    follow(target, status.deployment, None, || 1, |seen| line.seen(seen)).await.map(drop)
}

/// Every function except deleted ones, in the order of their names.
async fn function_statuses(target: &CloudTarget) -> Result<Vec<FunctionStatus>, CliError> {
    let known = Known::all(target, Detail::Nothing).await?;
    let mut statuses: Vec<_> =
        known.into_iter().filter(|known| !known.deleting).map(FunctionStatus::of).collect();
    let states = statuses.iter_mut().filter_map(|one| Some((one.deployment?, &mut one.state)));
    mark_parked(target, states).await?;
    Ok(statuses)
}

impl FunctionStatus {
    fn of(known: Known) -> Self {
        Self {
            function: known.at.to_string(),
            generation: known.head.as_ref().map(|head| head.admission.generation),
            deployment: known.head.as_ref().map(|head| head.deployment),
            url: known.url(),
            state: known.newest,
            unreadable: known.unreadable,
        }
    }
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
    add("requester", status.requester.as_deref());
    add("admitted", status.admitted_at.as_deref());
    add("url", status.url.as_deref());
    add("revision", status.revision.as_deref());
    if let Some(failure) = &status.failure {
        add("stage", Some(&failure.stage));
        add("code", Some(&failure.code));
        add("reason", Some(&failure.reason));
        add("advice", Some(&failure.advice));
    }
    if let Some((traffic, advice)) = &status.pinned_words {
        add("traffic", Some(traffic));
        add("advice", Some(advice));
    }
    if let (Some(waiting), None) = (&status.waiting, &status.parked) {
        add("why", Some(&waiting.sentence));
    }
    if let Some(parked) = &status.parked {
        add("stage", Some(&parked.stage));
        add("message", parked.id.as_deref());
        add("reason", Some(&parked.reason));
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
            status.generation.map_or_else(|| "-".to_owned(), |number| number.to_string()).into(),
            Cell::new(&status.state, tone(&status.state)),
            status.deployment.map_or_else(|| "-".to_owned(), |id| id.to_string()).into(),
            status.url.as_deref().unwrap_or("-").into(),
        ]);
    }
    table.text(output::stdout_is_coloured())
}
