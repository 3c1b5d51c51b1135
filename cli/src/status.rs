//! `longshore status` and `longshore cancel`.

use std::path::PathBuf;

use longshore_ledger::Cancel;
use longshore_messages::{DeploymentFinished, DeploymentId, Outcome};
use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::args::{CancelArgs, Output, StatusArgs};
use crate::error::CliError;
use crate::exit;
use crate::follow::follow;
use crate::function::under_way;
use crate::output::{self, Cell, Table, Tone};
use crate::place::Place;
use crate::progress::Progress;

/// State of what is no deployment but a deletion of the function.
const DELETION: &str = "deletion";

/// A function and its newest deployment, as `--output json` writes it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct FunctionStatus {
    function: String,
    generation: u64,
    deployment: DeploymentId,
    state: String,
    url: Option<String>,
}

/// Where one deployment stands.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct DeploymentStatus {
    deployment: DeploymentId,
    function: String,
    /// An outcome, or the stage that has it in hand.
    state: String,
    admitted_at: Option<String>,
    url: Option<String>,
    revision: Option<String>,
    failure: Option<longshore_messages::Failure>,
}

pub(crate) async fn status(
    args: StatusArgs,
    data_dir: Option<PathBuf>,
    output: Output,
) -> Result<u8, CliError> {
    let place = Place::find(data_dir).await?;
    match args.deployment {
        Some(deployment) => {
            let id = parse(&deployment)?;
            let mut status = deployment_status(&place, id).await?;
            if args.follow {
                follow_to_end(&place, &status).await?;
                status = deployment_status(&place, id).await?;
            }
            output::result(output, &status, human)?;
            if args.follow && status.url.is_none() {
                return Ok(exit::NOT_DEPLOYED);
            }
        }
        None => {
            let functions = function_statuses(&place).await?;
            output::result(output, &functions, |functions| human_table(functions))?;
            if functions.is_empty() {
                output::say("nothing was deployed yet: `longshore deploy DIR` does it");
            }
        }
    }
    Ok(exit::OK)
}

/// Shows each step until the deployment has ended. A deletion has nothing to follow.
async fn follow_to_end(place: &Place, status: &DeploymentStatus) -> Result<(), CliError> {
    if status.state == DELETION {
        return Ok(());
    }
    let progress = Progress::new(1);
    let line = progress.line(&status.function);
    follow(place, status.deployment, || 1, |seen| line.seen(seen)).await.map(drop)
}

pub(crate) async fn cancel(
    args: CancelArgs,
    data_dir: Option<PathBuf>,
    output: Output,
) -> Result<u8, CliError> {
    let place = Place::find(data_dir).await?;
    let id = parse(&args.deployment)?;
    // Says so when there is no such deployment.
    let before = deployment_status(&place, id).await?;
    if before.state == DELETION {
        output::say(&format!(
            "{id} is the deletion of {}; it cannot be cancelled",
            before.function
        ));
        return Ok(exit::FAILED);
    }
    place
        .ledger
        .cancel(id, &Cancel { asked_at: OffsetDateTime::now_utc() })
        .await
        .map_err(CliError::Ledger)?;
    let status = deployment_status(&place, id).await?;
    let ended = place.ledger.outcome(id).await.map_err(CliError::Ledger)?.is_some();
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

/// The id of a deployment, as the user typed it.
pub(crate) fn parse(id: &str) -> Result<DeploymentId, CliError> {
    id.parse().map_err(|_| CliError::NotAnId(id.to_owned()))
}

async fn function_statuses(place: &Place) -> Result<Vec<FunctionStatus>, CliError> {
    let mut statuses = Vec::new();
    for (function, head) in place.ledger.list_functions().await.map_err(CliError::Ledger)? {
        if place.ledger.deletion(head.deployment).await.map_err(CliError::Ledger)?.is_some() {
            continue;
        }
        let status = deployment_status(place, head.deployment).await?;
        let live = place.clients.services.get(&function.service()).await.map_err(CliError::Look)?;
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

async fn deployment_status(place: &Place, id: DeploymentId) -> Result<DeploymentStatus, CliError> {
    if let Some(deletion) = place.ledger.deletion(id).await.map_err(CliError::Ledger)? {
        return Ok(DeploymentStatus {
            function: deletion.function.to_string(),
            state: DELETION.to_owned(),
            admitted_at: deletion.asked_at.format(&Rfc3339).ok(),
            ..DeploymentStatus::new(id)
        });
    }
    let outcome = place.ledger.outcome(id).await.map_err(CliError::Ledger)?;
    let finished = outcome
        .and_then(|record| longshore_messages::decode::<DeploymentFinished>(&record.message).ok());
    let open = place.ledger.open(id).await.map_err(CliError::Ledger)?;
    if finished.is_none()
        && open.is_none()
        && place.ledger.request(id).await.map_err(CliError::Ledger)?.is_none()
    {
        return Err(CliError::NoDeployment(id.to_string()));
    }
    let mut status = DeploymentStatus {
        function: open.as_ref().map(|open| open.function.to_string()).unwrap_or_default(),
        admitted_at: open.and_then(|open| open.opened_at.format(&Rfc3339).ok()),
        ..DeploymentStatus::new(id)
    };
    match finished {
        Some(finished) => end(&mut status, finished),
        None => status.state = under_way(place, id).await?,
    }
    Ok(status)
}

impl DeploymentStatus {
    /// Nothing but the id.
    fn new(deployment: DeploymentId) -> Self {
        Self {
            deployment,
            function: String::new(),
            state: String::new(),
            admitted_at: None,
            url: None,
            revision: None,
            failure: None,
        }
    }
}

fn end(status: &mut DeploymentStatus, finished: DeploymentFinished) {
    finished.outcome.as_str().clone_into(&mut status.state);
    status.function = finished.function;
    status.admitted_at =
        finished.deployment.and_then(|deployment| deployment.admitted_at.format(&Rfc3339).ok());
    match finished.outcome {
        Outcome::Deployed(serving) | Outcome::Unchanged(serving) => {
            status.url = Some(serving.url);
            status.revision = Some(serving.revision);
        }
        Outcome::Failed(failure) => status.failure = Some(failure),
        Outcome::Superseded { .. } | Outcome::Cancelled => {}
    }
}

fn human(status: &DeploymentStatus) -> String {
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

fn human_table(functions: &[FunctionStatus]) -> String {
    if functions.is_empty() {
        return String::new();
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

fn tone(state: &str) -> Tone {
    match state {
        "deployed" | "unchanged" => Tone::Good,
        "failed" => Tone::Bad,
        "superseded" | "cancelled" | "deletion" => Tone::Plain,
        _ => Tone::Busy,
    }
}
