//! `longshore migrate`: from what is deployed to a batch that deploys it elsewhere.

mod detach;
mod plan;

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::error::CliError;
use crate::output::Output;

const HELP: &str = "\
Examples:
  longshore inventory                               what is deployed, and when runtimes end
  longshore migrate plan --to runtime=python313 --filter runtime=python39 > batch.yaml
  longshore migrate plan --to run --out batch.yaml  from the Functions API to Cloud Run
  longshore migrate plan --to functions --to region=us-central1 --out batch.yaml
  longshore batch plan batch.yaml                   what it would change; then
  longshore batch start batch.yaml --watch
  longshore migrate detach orders                   keeps the URL, without a build

`plan` changes nothing. Nothing is deployed before `batch start`, and the old
functions stay until `longshore delete`.

Exit codes: 0 success; 1 failure; 2 something is not carried over, was left out
or was not detached (each case is listed with what to do); 64 invalid --to or
--filter; 69 no cloud.";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct MigrateArgs {
    #[command(subcommand)]
    command: MigrateCommand,
}

#[derive(Debug, Subcommand)]
enum MigrateCommand {
    /// Write a manifest for `longshore batch` from what is deployed
    Plan(plan::PlanArgs),
    /// Take functions out of the Cloud Functions API; their services stay. Cannot be undone
    Detach(detach::DetachArgs),
}

pub(crate) async fn run(
    args: MigrateArgs,
    data_dir: Option<PathBuf>,
    output: Output,
) -> Result<u8, CliError> {
    match args.command {
        MigrateCommand::Plan(args) => plan::run(args, data_dir, output).await,
        MigrateCommand::Detach(args) => detach::run(args, data_dir, output).await,
    }
}
