//! `longshore delete`: deletes functions, but not the images and sources that others may share.

mod fence;
mod function;

use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;

use clap::Args;
use futures::future::join_all;
use longshore_messages::{DeploymentId, FunctionRef};
use longshore_runner::telemetry::chain;
use serde::Serialize;

use crate::acting::ActingArgs;
use crate::cloud_target::CloudTarget;
use crate::error::CliError;
use crate::exit;
use crate::flavour::live_function;
use crate::output::{self, Output};

use fence::{Fence, GOOGLE_POLL, Kept, LOCAL_POLL, Removed};
use function::FunctionFence;

const HELP: &str = "\
Examples:
  longshore delete hello
  longshore delete --yes hello goodbye   do not ask: for scripts
  longshore delete --yes --ignore-missing hello

Deletes the triggers of the function, and then the Cloud Run service with all its
revisions, or the function of the Cloud Functions API with its service.
Deployments in progress end as superseded. Images and sources are kept, because
other functions may share them. A service that this fleet did not create is deleted
only with --force. The name can be reused; its generation numbers continue.

Exit codes: 0 all functions were deleted; 1 one or more were not, or do not
exist; 64 not confirmed; 69 no cloud.";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct DeleteArgs {
    /// Names of the functions
    #[arg(value_name = "FUNCTION", required = true)]
    pub(crate) functions: Vec<String>,
    /// Do not ask for confirmation
    #[arg(long, short)]
    pub(crate) yes: bool,
    /// Delete the service even if this fleet did not create it
    #[arg(long)]
    pub(crate) force: bool,
    /// Succeed if a function does not exist
    #[arg(long)]
    pub(crate) ignore_missing: bool,
    #[command(flatten)]
    pub(crate) acting: ActingArgs,
}

/// Result for one function in JSON.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Deleted {
    function: String,
    /// `deleted`, `missing` or `not-deleted`.
    outcome: &'static str,
    /// Id of the deletion, which has a generation like a deployment.
    deletion: Option<DeploymentId>,
    generation: Option<u64>,
    /// Deployments that the deletion superseded.
    superseded: Vec<DeploymentId>,
    /// What was kept because other functions may share it.
    kept: Kept,
    error: Option<String>,
}

pub(crate) async fn run(
    args: DeleteArgs,
    data_dir: Option<PathBuf>,
    output: Output,
) -> Result<u8, CliError> {
    let target = CloudTarget::find(data_dir).await?;
    let functions: Vec<FunctionRef> =
        args.functions.iter().map(|name| target.function(name)).collect();
    if !args.yes && !confirmed(&functions)? {
        output::say("nothing was deleted");
        return Ok(exit::USAGE);
    }
    let removed = join_all(functions.iter().map(|at| remove(&target, at, args.force))).await;
    let deleted: Vec<Deleted> = functions
        .iter()
        .zip(removed)
        .map(|(at, removed)| report(at, removed, args.ignore_missing))
        .collect();
    for one in &deleted {
        if let Some(deletion) = one.deletion {
            let result = format!("deleted as {deletion}");
            args.acting.note(&target, "delete", one.function.as_str(), result).await;
        }
    }
    output::result(output, &deleted, |_| String::new())?;
    let all = deleted
        .iter()
        .all(|one| one.outcome == "deleted" || (one.outcome == "missing" && args.ignore_missing));
    Ok(if all { exit::OK } else { exit::FAILED })
}

/// Deletes a function by the API that it was deployed by.
async fn remove(target: &CloudTarget, at: &FunctionRef, force: bool) -> Result<Removed, CliError> {
    let fence = Fence {
        ledger: &target.ledger,
        services: &*target.clients.services,
        triggers: &target.clients.triggers,
        fleet: &target.settings.fleet,
        poll: if target.local { LOCAL_POLL } else { GOOGLE_POLL },
    };
    let service = fence.services.get(&at.service()).await.map_err(CliError::ReadService)?;
    let head = target.ledger.head(at).await.map_err(CliError::ledger)?;
    match live_function(target, at, service.as_ref(), head.as_ref()).await? {
        None => fence.remove(at, force).await,
        Some(live) => {
            let functions = &*target.clients.functions;
            FunctionFence { fence, functions }.remove(at, &live, force).await
        }
    }
}

/// Asks for confirmation on the terminal.
fn confirmed(functions: &[FunctionRef]) -> Result<bool, CliError> {
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        return Err(CliError::NotConfirmed);
    }
    output::say(
        "these functions will be deleted with all revisions, and their URLs will stop working:",
    );
    for at in functions {
        output::say(format!("  {at}"));
    }
    let mut stderr = std::io::stderr().lock();
    let mut answer = String::new();
    // No answer means no.
    let asked = write!(stderr, "delete? [y/N] ").and_then(|()| stderr.flush());
    let answered = asked.and_then(|()| std::io::stdin().read_line(&mut answer));
    Ok(answered.is_ok() && matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

/// Prints the result for a function, and returns it for the JSON output.
fn report(at: &FunctionRef, removed: Result<Removed, CliError>, ignore_missing: bool) -> Deleted {
    let function = at.to_string();
    let empty = |outcome, error| Deleted {
        function: function.clone(),
        outcome,
        deletion: None,
        generation: None,
        superseded: Vec::new(),
        kept: Kept::default(),
        error,
    };
    match removed {
        Ok(removed) => {
            say_removed(at, &removed);
            Deleted {
                function: function.clone(),
                outcome: "deleted",
                deletion: Some(removed.deletion),
                generation: Some(removed.generation),
                superseded: removed.superseded,
                kept: removed.kept,
                error: None,
            }
        }
        Err(error) => {
            let missing = matches!(error, CliError::NoFunction(_));
            let text = chain(&error);
            if missing && ignore_missing {
                output::say(format!("{at}: does not exist"));
            } else {
                output::say(if missing {
                    format!("error: {text}")
                } else {
                    format!("error: {at}: {text}")
                });
                if let Some(advice) = error.advice() {
                    output::say(format!("  {advice}"));
                }
            }
            empty(if missing { "missing" } else { "not-deleted" }, Some(text))
        }
    }
}

fn say_removed(at: &FunctionRef, removed: &Removed) {
    output::say(format!("{at}: deleted (generation {})", removed.generation));
    for id in &removed.superseded {
        output::say(format!("  deployment {id} was in progress and ends as superseded"));
    }
    for (what, kept) in [("image ", &removed.kept.image), ("source", &removed.kept.source)] {
        if let Some(kept) = kept {
            output::say(format!("  kept, because others may share it: {what} {kept}"));
        }
    }
}
