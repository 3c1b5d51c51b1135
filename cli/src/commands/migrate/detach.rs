//! `longshore migrate detach`: Google's own way from a function to a service of Cloud Run.
//!
//! The service keeps its URL, its revisions and its triggers; nothing is built. The state is that of
//! the cloud, so the command continues after an interruption where it was.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use futures::stream::{self, StreamExt as _};
use longshore_cloud::{CloudError, FunctionState, Kind, LiveFunction, OperationEnd};
use longshore_messages::FunctionRef;
use longshore_runner::telemetry::chain;
use serde::Serialize;

use crate::acting::ActingArgs;
use crate::cloud_target::CloudTarget;
use crate::error::CliError;
use crate::exit;
use crate::output::{self, Cell, Output, Table, Text, Tone};

/// Maximum number of functions that are detached at the same time. The quota of writes paces them.
const AT_ONCE: usize = 8;

/// Time between two looks at an operation.
const LOOK_PAUSE: Duration = Duration::from_secs(1);

/// Longest wait for one function: as long as gcloud waits for a step of an upgrade.
const WITHIN: Duration = Duration::from_secs(1_820);

#[derive(Debug, Args)]
pub(crate) struct DetachArgs {
    /// Functions to detach: NAME or PROJECT/REGION/NAME
    #[arg(required = true, value_name = "FUNCTION")]
    functions: Vec<String>,
    /// Confirm, because detaching cannot be undone
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    acting: ActingArgs,
}

/// What became of a function, in JSON.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Detached {
    function: String,
    state: State,
    /// Why it is not detached, and what to do.
    reason: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
enum State {
    Detached,
    /// It is a service of Cloud Run already.
    Already,
    Failed,
}

/// What to do with a function.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    /// Begin to detach it.
    Begin,
    /// Look again: an operation runs on it.
    Wait,
    Done(State),
    Refuse(&'static str),
}

/// Decides by what is there. `began`: whether this command has begun to detach it. Pure.
fn step(function: Option<&LiveFunction>, has_service: bool, began: bool) -> Step {
    let Some(function) = function else {
        return match (has_service, began) {
            (true, true) => Step::Done(State::Detached),
            (true, false) => Step::Done(State::Already),
            (false, _) => Step::Refuse("neither a function nor a service has this name"),
        };
    };
    if function.is_first_generation {
        return Step::Refuse(
            "it is of the first generation, which has no service: copy it with `longshore migrate \
             plan --to run`",
        );
    }
    match function.state {
        FunctionState::Active => Step::Begin,
        FunctionState::Failed | FunctionState::Undefined => {
            Step::Refuse("its last operation failed: deploy it first")
        }
        // An operation detaches it, too.
        FunctionState::Deploying | FunctionState::Deleting | FunctionState::Unknown => Step::Wait,
    }
}

pub(super) async fn run(
    args: DetachArgs,
    data_dir: Option<PathBuf>,
    output: Output,
) -> Result<u8, CliError> {
    if !args.yes {
        return Err(CliError::DetachNotConfirmed);
    }
    let target = CloudTarget::find(data_dir).await?;
    let functions: BTreeSet<String> =
        args.functions.iter().map(|named| target.function(named).to_string()).collect();
    let detached: Vec<Detached> = stream::iter(functions)
        .map(async |named| {
            let at = target.function(&named);
            match tokio::time::timeout(WITHIN, detach(&target, &at)).await {
                Ok(Ok((state, reason))) => Detached { function: named, state, reason },
                Ok(Err(error)) => failed(named, chain(&error)),
                Err(_) => failed(
                    named,
                    "its operation has not ended: run the command again to continue".to_owned(),
                ),
            }
        })
        .buffered(AT_ONCE)
        .collect()
        .await;
    for one in detached.iter().filter(|one| one.state == State::Detached) {
        args.acting.note(&target, "detach", one.function.as_str(), "detached").await;
    }
    output::result(output, &detached, |detached| human(detached))?;
    let has_failed = detached.iter().any(|one| one.state == State::Failed);
    Ok(if has_failed { exit::NOT_DEPLOYED } else { exit::OK })
}

fn failed(function: String, reason: String) -> Detached {
    Detached { function, state: State::Failed, reason: Some(reason) }
}

async fn detach(
    target: &CloudTarget,
    at: &FunctionRef,
) -> Result<(State, Option<String>), CloudError> {
    let clients = &target.clients;
    let (function_name, service_name) = (at.function(), at.service());
    let mut began = false;
    loop {
        let (function, service) = tokio::try_join!(
            clients.functions.get(&function_name),
            clients.services.get(&service_name),
        )?;
        match step(function.as_ref(), service.is_some(), began) {
            Step::Done(state) => return Ok((state, None)),
            Step::Refuse(reason) => return Ok((State::Failed, Some(reason.to_owned()))),
            Step::Wait => tokio::time::sleep(LOOK_PAUSE).await,
            Step::Begin => match clients.functions.detach(&function_name).await {
                Ok(Some(operation)) => {
                    began = true;
                    if let Some(reason) = ended(target, &operation).await? {
                        return Ok((State::Failed, Some(reason)));
                    }
                }
                // It was detached by someone else.
                Ok(None) => began = true,
                Err(error) if error.kind == Kind::PreconditionFailed => {
                    tokio::time::sleep(LOOK_PAUSE).await;
                }
                Err(error) => return Err(error),
            },
        }
    }
}

/// Waits for the end of an operation, and returns why it failed.
async fn ended(target: &CloudTarget, operation: &str) -> Result<Option<String>, CloudError> {
    loop {
        let found = target.clients.functions.operation(operation).await?;
        match found.map(|progress| progress.end) {
            Some(OperationEnd::InProgress) => tokio::time::sleep(LOOK_PAUSE).await,
            Some(OperationEnd::Failed { message, .. }) => return Ok(Some(message)),
            Some(OperationEnd::Succeeded) | None => return Ok(None),
        }
    }
}

fn human(detached: &[Detached]) -> Text {
    let mut table = Table::headed(["FUNCTION", "STATE", "REASON"]);
    for one in detached {
        let state = match one.state {
            State::Detached => Cell::new("detached", Tone::Good),
            State::Already => Cell::new("already a service", Tone::Quiet),
            State::Failed => Cell::new("failed", Tone::Bad),
        };
        let reason = one.reason.clone().unwrap_or_default();
        table.row([one.function.as_str().into(), state, reason.into()]);
    }
    table.text(output::stdout_is_coloured())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn function(state: FunctionState) -> LiveFunction {
        LiveFunction { state, ..LiveFunction::default() }
    }

    #[test]
    fn the_state_of_the_cloud_decides_how_to_continue() {
        let active = function(FunctionState::Active);
        assert_eq!(step(Some(&active), true, false), Step::Begin);
        for state in [FunctionState::Deploying, FunctionState::Deleting, FunctionState::Unknown] {
            assert_eq!(step(Some(&function(state)), true, true), Step::Wait, "{state:?}");
        }
        assert_eq!(step(None, true, true), Step::Done(State::Detached));
        assert_eq!(step(None, true, false), Step::Done(State::Already));
        assert!(matches!(step(None, false, true), Step::Refuse(_)));
        let broken = function(FunctionState::Failed);
        assert!(matches!(step(Some(&broken), true, false), Step::Refuse(_)));
        let old = LiveFunction { is_first_generation: true, ..active };
        assert!(matches!(step(Some(&old), false, false), Step::Refuse(_)));
    }
}
