//! The command line.

use std::path::PathBuf;

use clap::{CommandFactory as _, Parser, Subcommand, ValueHint};

use crate::commands::batch::BatchArgs;
use crate::commands::build::BuildArgs;
use crate::commands::call::CallArgs;
use crate::commands::cancel::CancelArgs;
use crate::commands::cloud::CloudArgs;
use crate::commands::completion::CompletionArgs;
use crate::commands::console::ConsoleArgs;
use crate::commands::delete::DeleteArgs;
use crate::commands::deploy::DeployArgs;
use crate::commands::describe::DescribeArgs;
use crate::commands::internal::Internal;
use crate::commands::inventory::InventoryArgs;
use crate::commands::list::ListArgs;
use crate::commands::logs::LogsArgs;
use crate::commands::man::ManArgs;
use crate::commands::migrate::MigrateArgs;
use crate::commands::parked::ParkedArgs;
use crate::commands::provision::ProvisionArgs;
use crate::commands::redeploy::RedeployArgs;
use crate::commands::rollback::RollbackArgs;
use crate::commands::secrets::SecretsArgs;
use crate::commands::status::StatusArgs;
use crate::commands::trace::TraceArgs;
use crate::commands::up::UpArgs;
use crate::commands::watch::WatchArgs;
use crate::commands::worker::WorkerArgs;
use crate::output::Output;

/// Name of the program.
const PROGRAM: &str = "longshore";

const HELP: &str = "\
Examples:
  longshore up examples/python-http   start everything, deploy, call, keep running
  longshore up --watch ./hello        the same, and redeploy after each change
  longshore deploy ./hello            deploy to a running `up` or to Google Cloud
  longshore call hello --data '{\"name\": \"Ada\"}'
  longshore list                      list all functions with their state
  longshore logs hello --follow       stream the function's output

Exit codes:
  0    success
  1    failure, or a named resource does not exist; the error says why
  2    a deployment ended, and the function does not serve the requested version;
       or a batch cannot succeed, or a migration leaves something out
  3    the function was called and returned HTTP status 400 or above
  64   invalid arguments, settings or manifest; nothing was changed
  69   no cloud is available
  130  interrupted

Results go to standard output, everything else to standard error. `--output
json` writes one JSON document, or nothing if the command fails before it has a
result. NO_COLOR, CLICOLOR and CLICOLOR_FORCE are respected.

Without LONGSHORE_PROJECT, commands use the local cloud of a running `up`. With
LONGSHORE_PROJECT and LONGSHORE_REGION, they use Google Cloud, with Application
Default Credentials.";

/// Deploy function source to Cloud Run
#[derive(Debug, Parser)]
#[command(name = PROGRAM, version, after_help = HELP, max_term_width = 100)]
pub(crate) struct Arguments {
    /// Directory for the local cloud's state [default: longshore in the user's state directory]
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        env = "LONGSHORE_DATA_DIR",
        hide_env = true,
        value_hint = ValueHint::DirPath
    )]
    pub(crate) data_dir: Option<PathBuf>,
    /// Format of results on standard output
    #[arg(long, global = true, value_enum, default_value_t = Output::Human)]
    pub(crate) output: Output,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Start the local cloud and the workers, deploy functions, and run until Ctrl-C
    Up(UpArgs),
    /// Deploy functions and follow the deployments until they finish
    Deploy(DeployArgs),
    /// Deploy many functions under one id
    Batch(BatchArgs),
    /// List everything that is deployed, and what it can be migrated to
    Inventory(InventoryArgs),
    /// Migrate what is deployed to another API, region, runtime or key
    Migrate(MigrateArgs),
    /// Call a function
    Call(CallArgs),
    /// List all functions
    #[command(visible_alias = "ls")]
    List(ListArgs),
    /// Show the details of a function
    Describe(DescribeArgs),
    /// Roll a function back to an earlier deployment
    Rollback(RollbackArgs),
    /// Delete functions
    Delete(DeleteArgs),
    /// Manage secrets
    Secrets(SecretsArgs),
    /// Show how a function was built: times, caches, downloads and layers
    Build(BuildArgs),
    /// Show a function's build log and output
    Logs(LogsArgs),
    /// Show the latest deployment of every function, or a single deployment
    Status(StatusArgs),
    /// Watch all deployments live
    Watch(WatchArgs),
    /// Draw the trace of a deployment
    Trace(TraceArgs),
    /// Cancel a deployment
    Cancel(CancelArgs),
    /// Publish the request of a deployment again, as a new deployment
    Redeploy(RedeployArgs),
    /// Serve the console, a web page for operators
    Console(ConsoleArgs),
    /// List and replay messages that no worker could handle
    Parked(ParkedArgs),
    /// Create the fleet's topics, subscriptions and ledger bucket if they do not exist
    Provision(ProvisionArgs),
    /// Run only the local cloud
    Cloud(CloudArgs),
    /// Run one worker, like its own program
    Worker(WorkerArgs),
    /// Generate a shell completion script
    Completion(CompletionArgs),
    /// Generate manual pages
    Man(ManArgs),
    /// Commands that this program runs itself
    #[command(hide = true, subcommand)]
    Internal(Internal),
}

/// The command line without its hidden commands, which shells would otherwise complete.
pub(crate) fn visible() -> clap::Command {
    let program = Arguments::command();
    let commands: Vec<clap::Command> =
        program.get_subcommands().filter(|command| !command.is_hide_set()).cloned().collect();
    let mut visible = clap::Command::new(PROGRAM)
        .version(env!("CARGO_PKG_VERSION"))
        .args(program.get_arguments())
        .subcommands(commands)
        .subcommand_required(true);
    if let Some(about) = program.get_about() {
        visible = visible.about(about.clone());
    }
    if let Some(examples) = program.get_after_help() {
        visible = visible.after_help(examples.clone());
    }
    visible
}

#[cfg(test)]
mod tests {
    use clap_complete::Shell;

    use super::*;
    use crate::commands::{completion, man};

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn every_visible_command_has_examples() {
        let program = Arguments::command();
        for command in program
            .get_subcommands()
            .filter(|command| !command.is_hide_set() && command.get_name() != "worker")
        {
            let help = command.clone().render_help().to_string();
            assert!(help.contains("Examples:\n  longshore "), "{help}");
        }
    }

    #[test]
    fn every_shell_completes_the_visible_commands() {
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
            let script = completion::script(shell, visible());
            assert!(script.contains("describe") && script.contains("watch"), "{shell}: {script}");
            // Hidden commands are left out. `internal` is also a value of `--ingress`.
            assert!(!script.contains("guard"), "{shell}: {script}");
        }
    }

    #[test]
    fn every_command_has_a_page() {
        let dir = tempfile::tempdir().unwrap();
        let written = man::pages(&dir.path().join("man1"), visible()).unwrap();
        assert!(written.len() > 10, "{written:?}");
        let deploy = std::fs::read_to_string(dir.path().join("man1/longshore-deploy.1")).unwrap();
        assert!(deploy.contains("Exit codes") && deploy.contains("longshore\\-deploy"), "{deploy}");
    }
}
