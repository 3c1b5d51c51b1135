//! `longshore logs`: how a function was built, and what it printed.

use std::path::PathBuf;

use longshore_cloud::LogLine;
use longshore_messages::{BuildRef, FunctionRef};
use serde::Serialize;
use time::format_description::well_known::Rfc3339;

use crate::args::{LogsArgs, Output};
use crate::error::CliError;
use crate::place::Place;
use crate::{exit, output};

/// Both logs, as `--output json` writes them.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Logs {
    function: String,
    build: Vec<String>,
    run: Vec<RunLine>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct RunLine {
    at: String,
    revision: String,
    severity: String,
    text: String,
}

pub(crate) async fn logs(args: LogsArgs, data_dir: Option<PathBuf>, output: Output) -> Result<u8, CliError> {
    let place = Place::find(data_dir).await?;
    let function = place.function(&args.function);
    let build = build_log(&place, &function, args.lines).await?;
    let printed = place
        .clients
        .logs
        .service_tail(&function.project, &function.region, &function.name, None, args.lines)
        .await
        .map_err(CliError::Logs)?;
    if build.is_empty() && printed.is_empty() {
        return Err(CliError::NoFunction(function.to_string()));
    }
    let logs = Logs { function: function.to_string(), build, run: printed.into_iter().map(RunLine::of).collect() };
    output::result(output, &logs, human)?;
    Ok(exit::OK)
}

/// The log of the build that the function's newest deployment waited for.
async fn build_log(place: &Place, function: &FunctionRef, lines: usize) -> Result<Vec<String>, CliError> {
    let Some(build) = latest_build(place, function).await? else { return Ok(Vec::new()) };
    let listed = place.clients.builds.list_by_tag(&function.project, &function.region, &build.tag()).await;
    match listed.map_err(CliError::Logs)?.first() {
        Some(build) => place.clients.builds.log_tail(build, lines).await.map_err(CliError::Logs),
        None => Ok(Vec::new()),
    }
}

async fn latest_build(place: &Place, function: &FunctionRef) -> Result<Option<BuildRef>, CliError> {
    let Some(head) = place.ledger.head(function).await.map_err(CliError::Ledger)? else { return Ok(None) };
    let record = place.ledger.stage_record(head.deployment, "build-submitter").await.map_err(CliError::Ledger)?;
    let submitted =
        record.and_then(|record| longshore_messages::decode::<longshore_messages::BuildSubmitted>(&record.message).ok());
    Ok(submitted.map(|submitted| submitted.build.build))
}

impl RunLine {
    fn of(line: LogLine) -> Self {
        let at = line.at.format(&Rfc3339).unwrap_or_default();
        Self { at, revision: line.revision, severity: line.severity, text: line.text }
    }
}

fn human(logs: &Logs) -> String {
    let build = logs.build.iter().map(|line| format!("build  {line}"));
    let run = logs.run.iter().map(|line| format!("{}  {}  {}", line.at, line.revision, line.text));
    build.chain(run).collect::<Vec<_>>().join("\n")
}
