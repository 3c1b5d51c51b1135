//! `longshore trace`: draws the trace of a deployment.

mod draw;
mod stages;

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, ValueHint};
use longshore_messages::{DeploymentId, TraceContext};
use longshore_trace_store::{Idle, Trace, TraceId, from_json, read_trace, to_json};

use crate::cloud_target::CloudTarget;
use crate::data_dir::DataDir;
use crate::deployment::parse;
use crate::error::CliError;
use crate::exit;
use crate::output::{self, Output};

pub(crate) use self::draw::drawing;

const HELP: &str = "\
Examples:
  longshore trace 4f1c2b…                        the trace of a deployment
  longshore trace 4f1c2b… --follow               until the deployment has ended
  longshore trace 4f1c2b… --output json > t.json write the trace to a file
  longshore trace --file t.json                  draw a trace from a file
  longshore trace 4f1c2b… --stages               how long each stage queued, worked
                                                 and waited, from the ledger

Each row is a span: what was done, by which worker, and how long it took. Idle
time is folded; --expand draws it in full. The critical path,
which decided how long the deployment took, is drawn with thick bars.

A running `longshore up` stores all traces. With `--output json`, the trace is
written in OTLP's JSON form, which other trace viewers can open. Files can
contain the traces of any program.

Exit codes: 0 success; 1 no such deployment, no trace of it, or a stage is
unreadable; 64 not a deployment id, or not a file in OTLP's JSON form; 69 no
cloud.";

/// Time between two looks at a trace that is not complete.
const FOLLOW_POLL: Duration = Duration::from_millis(250);

/// Number of looks at the trace of a deployment that has ended, while its last span is missing.
const LOOKS_AFTER_END_MAX: u32 = 20;

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct TraceArgs {
    /// Id of the deployment
    #[arg(required_unless_present = "file", conflicts_with = "file")]
    pub(crate) deployment: Option<String>,
    /// Draw the trace in this file, in OTLP's JSON form
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) file: Option<PathBuf>,
    /// Draw the trace as it grows, until the deployment has ended
    #[arg(long, short, conflicts_with_all = ["file", "stages"])]
    pub(crate) follow: bool,
    /// Draw idle time in full
    #[arg(long, conflicts_with = "stages")]
    pub(crate) expand: bool,
    /// Show how long each stage queued, worked and waited, from the ledger
    #[arg(long, conflicts_with = "file")]
    pub(crate) stages: bool,
}

pub(crate) async fn run(
    args: TraceArgs,
    data_dir: Option<PathBuf>,
    output: Output,
) -> Result<u8, CliError> {
    let idle = if args.expand { Idle::Shown } else { Idle::Folded };
    if let Some(file) = &args.file {
        let bytes =
            std::fs::read(file).map_err(|source| CliError::Read { path: file.clone(), source })?;
        let data = from_json(&bytes)
            .map_err(|source| CliError::NotATrace { path: file.clone(), source })?;
        let json =
            to_json(&data).map_err(|source| CliError::NotATrace { path: file.clone(), source })?;
        return show(output, &Trace::from_otlp(data), &json, idle);
    }
    let deployment = args.deployment.unwrap_or_default();
    let id = parse(&deployment)?;
    let target = CloudTarget::find(data_dir.clone()).await?;
    if args.stages {
        return stages::run(&target, id, output).await;
    }
    let store = DataDir::named_or_default(data_dir)?.traces();
    if args.follow {
        follow(&target, &store, id, output, idle).await?;
    }
    let trace_id = trace_id(&target, id).await?.ok_or(CliError::NoDeployment(deployment))?;
    let data = read_trace(&store, trace_id).map_err(CliError::Traces)?;
    let data = data.ok_or_else(|| CliError::NoTrace(trace_id.to_string()))?;
    let json = to_json(&data).map_err(|source| CliError::NotATrace { path: store, source })?;
    let trace = Trace::from_otlp(data);
    // The requester's trace may have several deployments.
    let own = trace.of_deployment(&id.to_string());
    show(output, if own.spans.is_empty() { &trace } else { &own }, &json, idle)
}

fn show(output: Output, trace: &Trace, json: &[u8], idle: Idle) -> Result<u8, CliError> {
    match output {
        Output::Json => output::text_result(&String::from_utf8_lossy(json))?,
        Output::Human => {
            let (columns, _) = output::columns_and_rows();
            let text = draw::waterfall(trace, idle, columns, output::stdout_is_coloured());
            output::text_result(text.as_str())?;
        }
    }
    Ok(exit::OK)
}

/// The trace of a deployment: its request's, or otherwise the one whose id is its own. `None` if the
/// ledger does not know the deployment.
async fn trace_id(target: &CloudTarget, id: DeploymentId) -> Result<Option<TraceId>, CliError> {
    let request = target.ledger.request(id).await.map_err(CliError::ledger)?;
    let carried = match request {
        Some(request) => TraceContext::from_attributes(&request.message.attributes),
        None => {
            // A request that was refused at once has only an outcome.
            let outcome = target.ledger.outcome(id).await.map_err(CliError::ledger)?;
            let Some(outcome) = outcome else { return Ok(None) };
            TraceContext::from_attributes(&outcome.message.attributes)
        }
    };
    let text = carried.trace_id().map_or_else(|| id.to_string(), str::to_owned);
    Ok(text.parse().ok())
}

/// Shows the trace on standard error as it grows, until the deployment has ended and its last spans
/// are there.
async fn follow(
    target: &CloudTarget,
    store: &Path,
    id: DeploymentId,
    output: Output,
    idle: Idle,
) -> Result<(), CliError> {
    let mut seen = 0;
    let mut looks_after_end = 0;
    loop {
        let ended = target.ledger.outcome(id).await.map_err(CliError::ledger)?.is_some();
        let Some(trace_id) = trace_id(target, id).await? else {
            return Err(CliError::NoDeployment(id.to_string()));
        };
        let data = read_trace(store, trace_id).map_err(CliError::Traces)?;
        let trace = data.map(Trace::from_otlp).unwrap_or_default().of_deployment(&id.to_string());
        // The span of the whole deployment is sent by the worker that ends it.
        let root = id.to_string()[..16].to_owned();
        looks_after_end += u32::from(ended);
        let is_complete = trace.spans.iter().any(|span| span.span_id.to_string() == root);
        // A worker that was killed has sent nothing.
        if ended && is_complete || looks_after_end > LOOKS_AFTER_END_MAX {
            output::show(Vec::new());
            return Ok(());
        }
        if output == Output::Human && trace.spans.len() != seen {
            seen = trace.spans.len();
            if output::is_terminal() {
                let (columns, rows) = output::columns_and_rows();
                let drawn = draw::lines(&trace, idle, columns, output::stderr_is_coloured());
                output::show(drawn.into_iter().take(rows.saturating_sub(1)).collect());
            }
        }
        tokio::time::sleep(FOLLOW_POLL).await;
    }
}
