//! `longshore delete`: functions with what belongs to them, and nothing else.

mod fence;

use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;

use futures::future::join_all;
use longshore_messages::{DeploymentId, FunctionRef};
use serde::Serialize;

use crate::args::{DeleteArgs, Output};
use crate::error::CliError;
use crate::place::Place;
use crate::{exit, output};

use fence::{Fence, GOOGLE_POLL, LOCAL_POLL, Removed};

/// What became of one function, as `--output json` writes it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Deleted {
    function: String,
    /// `deleted`, `missing` or `not-deleted`.
    outcome: &'static str,
    /// The deletion's own place in the sequence of the function's deployments.
    deletion: Option<DeploymentId>,
    generation: Option<u64>,
    /// Deployments that it ended.
    superseded: Vec<DeploymentId>,
    /// What stays: others may share it.
    kept: Kept,
    error: Option<String>,
}

/// What is not deleted, because it is shared by its content.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Kept {
    image: Option<String>,
    source: Option<String>,
}

pub(crate) async fn delete(
    args: DeleteArgs,
    data_dir: Option<PathBuf>,
    output: Output,
) -> Result<u8, CliError> {
    let place = Place::find(data_dir).await?;
    let functions: Vec<FunctionRef> =
        args.functions.iter().map(|name| place.function(name)).collect();
    if !args.yes && !confirmed(&functions)? {
        output::say("nothing was deleted");
        return Ok(exit::USAGE);
    }
    let fence = Fence {
        ledger: &place.ledger,
        services: &*place.clients.services,
        poll: if place.local { LOCAL_POLL } else { GOOGLE_POLL },
    };
    let removed = join_all(functions.iter().map(|at| fence.remove(at, args.force))).await;
    let deleted: Vec<Deleted> = functions
        .iter()
        .zip(removed)
        .map(|(at, removed)| report(at, removed, args.ignore_missing))
        .collect();
    output::result(output, &deleted, |_| String::new())?;
    let all = deleted
        .iter()
        .all(|one| one.outcome == "deleted" || (one.outcome == "missing" && args.ignore_missing));
    Ok(if all { exit::OK } else { exit::FAILED })
}

/// Asks on the terminal.
fn confirmed(functions: &[FunctionRef]) -> Result<bool, CliError> {
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        return Err(CliError::NotConfirmed);
    }
    output::say("to be deleted, with all revisions; the URLs stop answering:");
    for at in functions {
        output::say(&format!("  {at}"));
    }
    let mut stderr = std::io::stderr().lock();
    let mut answer = String::new();
    // Without an answer there is no consent.
    let asked = write!(stderr, "delete? [y/N] ").and_then(|()| stderr.flush());
    let answered = asked.and_then(|()| std::io::stdin().read_line(&mut answer));
    Ok(answered.is_ok() && matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

/// Says what became of a function, and puts it down for programs.
fn report(at: &FunctionRef, removed: Result<Removed, CliError>, missing_is_fine: bool) -> Deleted {
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
            let text = longshore_runner::telemetry::chain(&error);
            if missing && missing_is_fine {
                output::say(&format!("{at}: was not there"));
            } else {
                output::say(&if missing {
                    format!("error: {text}")
                } else {
                    format!("error: {at}: {text}")
                });
                if let Some(advice) = error.advice() {
                    output::say(&format!("  {advice}"));
                }
            }
            empty(if missing { "missing" } else { "not-deleted" }, Some(text))
        }
    }
}

fn say_removed(at: &FunctionRef, removed: &Removed) {
    output::say(&format!("{at}: deleted (generation {})", removed.generation));
    for id in &removed.superseded {
        output::say(&format!("  deployment {id} was under way; it ends as superseded"));
    }
    for (what, kept) in [("image ", &removed.kept.image), ("source", &removed.kept.source)] {
        if let Some(kept) = kept {
            output::say(&format!("  kept, since others may share it: {what} {kept}"));
        }
    }
}
