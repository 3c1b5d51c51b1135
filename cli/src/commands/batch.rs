//! `longshore batch`: deploys many functions under one id.

mod approve;
mod control;
mod plan;
mod report;
mod rollback;
mod start;
mod status;
mod validate;

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueHint};
use longshore_messages::BatchId;

use crate::acting::ActingArgs;
use crate::error::CliError;
use crate::output::Output;

const HELP: &str = "\
Examples:
  longshore batch validate batch.yaml   list all problems of a manifest
  longshore batch plan batch.yaml       what is new, changed, unchanged, and how long
  longshore batch start batch.yaml --watch
  longshore batch status                all batches; with an id, one
  longshore batch pause BATCH           admit nothing until `resume`
  longshore batch retry BATCH           what failed or did not start, as a new batch
  longshore batch approve BATCH         let the next wave begin
  longshore batch rollback BATCH --wave 1
  longshore batch report BATCH --format html > report.html

A manifest is YAML or JSON with `entries`, and `defaults` that they share:

  defaults: {runtime: python312, service: {memory: 256Mi}}
  waves: [1, 10]
  gates: [{request: {path: /healthz}}, {approval: {}}]
  toleratedFailures: 2
  entries:
    - directory: functions/hello
      matrix: {regions: [europe-west1, us-central1]}
    - function: {name: bye, entryPoint: bye, source: {git: {…}}}

Its fields are those of `Batch` in messages/proto/longshore/v1/batch.proto.

A batch is identified by its content: starting the same one twice creates one batch.

`plan` and `start` first check for problems that would make deployments fail: APIs
that are not enabled, quotas, names in use, runtimes that have ended, and missing
secrets, topics, buckets and grants. If there are any, nothing is written.

Exit codes: 0 success; 1 failure, no such batch, or too late; 2 the batch cannot
succeed, or it was watched until it ended, and not every function serves the
requested version; 64 invalid manifest or id, and every problem is listed with its
file, line and field; 69 no cloud; 130 interrupted.";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct BatchArgs {
    #[command(subcommand)]
    pub(crate) command: BatchCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum BatchCommand {
    /// Validate a manifest without a cloud, and list all its problems
    Validate(ManifestArgs),
    /// Show what a batch would change, what limits it, and how long it takes; changes nothing
    Plan(plan::PlanArgs),
    /// Upload the sources, and start a batch
    Start(start::StartArgs),
    /// Show all batches, or one
    Status(status::StatusArgs),
    /// Follow a batch until it ends
    Watch(IdArgs),
    /// Admit no more functions until the batch is resumed
    Pause(ControlArgs),
    /// Resume a paused batch
    Resume(ControlArgs),
    /// Admit no more functions, and cancel those in flight
    Cancel(ControlArgs),
    /// Start a batch of the functions that failed, were cancelled or did not start
    Retry(ControlArgs),
    /// Let the next wave begin after one that waits for approval
    Approve(approve::ApproveArgs),
    /// Roll back the functions that a batch deployed, as a new batch
    Rollback(rollback::RollbackArgs),
    /// Show how each function ended, with failures grouped by their cause
    Report(report::ReportArgs),
}

#[derive(Debug, Args)]
pub(crate) struct ManifestArgs {
    /// Manifest of the batch, YAML or JSON
    #[arg(value_name = "MANIFEST", value_hint = ValueHint::FilePath)]
    pub(crate) manifest: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct IdArgs {
    /// Id of the batch
    pub(crate) batch: String,
}

impl IdArgs {
    fn id(&self) -> Result<BatchId, CliError> {
        parse(&self.batch)
    }
}

#[derive(Debug, Args)]
pub(crate) struct ControlArgs {
    #[command(flatten)]
    pub(crate) id: IdArgs,
    #[command(flatten)]
    pub(crate) acting: ActingArgs,
}

fn parse(id: &str) -> Result<BatchId, CliError> {
    id.parse().map_err(|_| CliError::NotABatchId(id.to_owned()))
}

pub(crate) async fn run(
    args: BatchArgs,
    data_dir: Option<PathBuf>,
    output: Output,
) -> Result<u8, CliError> {
    match args.command {
        BatchCommand::Validate(args) => validate::run(&args, output),
        BatchCommand::Plan(args) => plan::run(args, data_dir, output).await,
        BatchCommand::Start(args) => start::run(args, data_dir, output).await,
        BatchCommand::Status(args) => status::run(args, data_dir, output).await,
        BatchCommand::Watch(args) => status::watch(args.id()?, data_dir, output).await,
        BatchCommand::Pause(args) => control::pause(&args, data_dir, output).await,
        BatchCommand::Resume(args) => control::resume(&args, data_dir, output).await,
        BatchCommand::Cancel(args) => control::cancel(&args, data_dir, output).await,
        BatchCommand::Retry(args) => start::retry(&args, data_dir, output).await,
        BatchCommand::Approve(args) => approve::run(args, data_dir, output).await,
        BatchCommand::Rollback(args) => rollback::run(args, data_dir, output).await,
        BatchCommand::Report(args) => report::run(args, data_dir, output).await,
    }
}
