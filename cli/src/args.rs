//! The command line.

use std::path::PathBuf;

use clap::{CommandFactory as _, Parser, Subcommand, ValueHint};

use crate::commands::call::CallArgs;
use crate::commands::cancel::CancelArgs;
use crate::commands::cloud::CloudArgs;
use crate::commands::completion::CompletionArgs;
use crate::commands::delete::DeleteArgs;
use crate::commands::deploy::DeployArgs;
use crate::commands::describe::DescribeArgs;
use crate::commands::internal::Internal;
use crate::commands::list::ListArgs;
use crate::commands::logs::LogsArgs;
use crate::commands::man::ManArgs;
use crate::commands::parked::ParkedArgs;
use crate::commands::provision::ProvisionArgs;
use crate::commands::secrets::SecretsArgs;
use crate::commands::status::StatusArgs;
use crate::commands::trace::TraceArgs;
use crate::commands::up::UpArgs;
use crate::commands::worker::WorkerArgs;
use crate::output::Output;

/// Name of the program.
const PROGRAM: &str = "longshore";

const HELP: &str = "\
Examples:
  longshore up examples/python-http   start everything, deploy, call, stay up
  longshore up --watch ./hello        the same, and again after each change
  longshore deploy ./hello            beside a running `up`, or to Google Cloud
  longshore call hello --data '{\"name\": \"Ada\"}'
  longshore list                      all functions, and how they stand
  longshore logs hello --follow       what it prints

Exit codes:
  0    done
  1    failed, or something that was named is not there; the error says why
  2    a deployment ended, and its function does not serve what was asked for
  3    the function was called, and answered with HTTP status 400 or above
  64   arguments, settings or a manifest cannot be used; nothing was done
  69   no cloud to talk to
  130  interrupted

Results are on standard output, everything else on standard error. `--output
json` writes one JSON document; when a command fails before it has a result, it
writes none. NO_COLOR, CLICOLOR and CLICOLOR_FORCE are obeyed.

Without LONGSHORE_PROJECT, commands talk to the local cloud of a running `up`.
With LONGSHORE_PROJECT and LONGSHORE_REGION set they talk to Google Cloud, with
Application Default Credentials.";

/// Loads function source onto Cloud Run.
#[derive(Debug, Parser)]
#[command(name = PROGRAM, version, after_help = HELP, max_term_width = 100)]
pub(crate) struct Arguments {
    /// Directory of the local cloud's state [default: longshore in the user's state directory]
    #[arg(long, global = true, value_name = "DIR", env = "LONGSHORE_DATA_DIR", hide_env = true, value_hint = ValueHint::DirPath)]
    pub(crate) data_dir: Option<PathBuf>,
    /// How results are written to standard output
    #[arg(long, global = true, value_enum, default_value_t = Output::Human)]
    pub(crate) output: Output,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Start the local cloud and the workers, deploy functions, and stay up until Ctrl-C
    Up(UpArgs),
    /// Deploy functions, and follow them until they serve
    Deploy(DeployArgs),
    /// Call a function
    Call(CallArgs),
    /// Show all functions
    #[command(visible_alias = "ls")]
    List(ListArgs),
    /// Show everything that is known of a function
    Describe(DescribeArgs),
    /// Delete functions
    Delete(DeleteArgs),
    /// Keep what functions need and nobody else may see
    Secrets(SecretsArgs),
    /// Show what a function printed, and how it was built
    Logs(LogsArgs),
    /// Show the newest deployment of every function, or one deployment
    Status(StatusArgs),
    /// Show where the time of a deployment went
    Trace(TraceArgs),
    /// Ask a deployment to stop
    Cancel(CancelArgs),
    /// Show messages that were put aside because no worker could handle them, and publish them
    /// again
    Parked(ParkedArgs),
    /// Make the fleet's topics, subscriptions and ledger where they are missing
    Provision(ProvisionArgs),
    /// Run the local cloud alone
    Cloud(CloudArgs),
    /// Run one worker, as its own program does
    Worker(WorkerArgs),
    /// Write the shell's completion of this command line
    Completion(CompletionArgs),
    /// Write the manual pages
    Man(ManArgs),
    /// What this program runs itself as
    #[command(hide = true, subcommand)]
    Internal(Internal),
}

/// The command line as people see it: a hidden command would be completed all the same.
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
    fn every_command_that_people_type_has_examples() {
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
    fn every_shell_completes_the_commands_that_people_see() {
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
            let script = completion::script(shell, visible());
            assert!(script.contains("describe") && script.contains("watch"), "{shell}: {script}");
            // Hidden commands stay so; `internal` alone is a value of `--ingress`.
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
