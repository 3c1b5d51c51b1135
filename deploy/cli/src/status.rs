//! `longshore status` and `longshore cancel`.

use std::path::PathBuf;

use longshore_ledger::Cancel;
use longshore_messages::{DeploymentFinished, DeploymentId, Outcome};
use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::args::{CancelArgs, Output, StatusArgs};
use crate::error::CliError;
use crate::follow::STAGES;
use crate::place::Place;
use crate::{exit, output};

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

pub(crate) async fn status(args: StatusArgs, data_dir: Option<PathBuf>, output: Output) -> Result<u8, CliError> {
    let place = Place::find(data_dir).await?;
    match args.deployment {
        Some(deployment) => {
            let status = deployment_status(&place, parse(&deployment)?).await?;
            output::result(output, &status, human)?;
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

pub(crate) async fn cancel(args: CancelArgs, data_dir: Option<PathBuf>, output: Output) -> Result<u8, CliError> {
    let place = Place::find(data_dir).await?;
    let id = parse(&args.deployment)?;
    // Says so when there is no such deployment.
    deployment_status(&place, id).await?;
    place.ledger.cancel(id, &Cancel { asked_at: OffsetDateTime::now_utc() }).await.map_err(CliError::Ledger)?;
    let status = deployment_status(&place, id).await?;
    let ended = place.ledger.outcome(id).await.map_err(CliError::Ledger)?.is_some();
    output::result(output, &status, |_| String::new())?;
    if ended {
        output::say(&format!("too late: the deployment has ended ({})", status.state));
        return Ok(exit::FAILED);
    }
    output::say("asked to stop; it ends at the next stage, unless its service is being written already");
    Ok(exit::OK)
}

/// The id of a deployment, as the user typed it.
pub(crate) fn parse(id: &str) -> Result<DeploymentId, CliError> {
    id.parse().map_err(|_| CliError::NotAnId(id.to_owned()))
}

async fn function_statuses(place: &Place) -> Result<Vec<FunctionStatus>, CliError> {
    let mut statuses = Vec::new();
    for (function, head) in place.ledger.list_functions().await.map_err(CliError::Ledger)? {
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
    let outcome = place.ledger.outcome(id).await.map_err(CliError::Ledger)?;
    let finished = outcome.and_then(|record| longshore_messages::decode::<DeploymentFinished>(&record.message).ok());
    let open = place.ledger.open(id).await.map_err(CliError::Ledger)?;
    if finished.is_none() && open.is_none() && place.ledger.request(id).await.map_err(CliError::Ledger)?.is_none() {
        return Err(CliError::NoDeployment(id.to_string()));
    }
    let mut status = DeploymentStatus {
        deployment: id,
        function: open.as_ref().map(|open| open.function.to_string()).unwrap_or_default(),
        state: String::new(),
        admitted_at: open.and_then(|open| open.opened_at.format(&Rfc3339).ok()),
        url: None,
        revision: None,
        failure: None,
    };
    match finished {
        Some(finished) => end(&mut status, finished),
        None => status.state = under_way(place, id).await?,
    }
    Ok(status)
}

fn end(status: &mut DeploymentStatus, finished: DeploymentFinished) {
    finished.outcome.as_str().clone_into(&mut status.state);
    status.function = finished.function;
    status.admitted_at = finished.deployment.and_then(|deployment| deployment.admitted_at.format(&Rfc3339).ok());
    match finished.outcome {
        Outcome::Deployed(serving) | Outcome::Unchanged(serving) => {
            status.url = Some(serving.url);
            status.revision = Some(serving.revision);
        }
        Outcome::Failed(failure) => status.failure = Some(failure),
        Outcome::Superseded { .. } | Outcome::Cancelled => {}
    }
}

/// The stage that has a deployment in hand: the one behind the last that handed it on.
async fn under_way(place: &Place, id: DeploymentId) -> Result<String, CliError> {
    for stage in STAGES {
        if place.ledger.stage_record(id, stage).await.map_err(CliError::Ledger)?.is_none() {
            return Ok(format!("in {stage}"));
        }
    }
    Ok("in service-deployer".to_owned())
}

fn human(status: &DeploymentStatus) -> String {
    let mut rows = vec![
        vec!["deployment".to_owned(), status.deployment.to_string()],
        vec!["function".to_owned(), status.function.clone()],
        vec!["state".to_owned(), status.state.clone()],
    ];
    let mut add = |name: &str, value: Option<&str>| {
        rows.extend(value.map(|value| vec![name.to_owned(), value.to_owned()]));
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
    output::table(&rows)
}

fn human_table(functions: &[FunctionStatus]) -> String {
    if functions.is_empty() {
        return String::new();
    }
    let header = ["FUNCTION", "GENERATION", "STATE", "DEPLOYMENT", "URL"].map(str::to_owned).to_vec();
    let rows = functions.iter().map(|status| {
        let url = status.url.clone().unwrap_or_else(|| "-".to_owned());
        vec![status.function.clone(), status.generation.to_string(), status.state.clone(), status.deployment.to_string(), url]
    });
    output::table(&std::iter::once(header).chain(rows).collect::<Vec<_>>())
}
