//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Loads function source onto Cloud Run.
#[derive(Debug, Parser)]
#[command(name = "longshore", version, about, after_help = EXAMPLES, max_term_width = 100)]
pub(crate) struct Arguments {
    /// Directory of the local cloud's state [default: longshore in the user's state directory]
    #[arg(long, global = true, value_name = "DIR", env = "LONGSHORE_DATA_DIR", hide_env = true)]
    pub(crate) data_dir: Option<PathBuf>,
    /// How results are written to standard output
    #[arg(long, global = true, value_enum, default_value_t = Output::Human)]
    pub(crate) output: Output,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXAMPLES: &str = "\
Examples:
  longshore up examples/python-http          start everything, deploy the function, call it, stay up
  longshore up --once examples/python-http   the same, and stop after the call
  longshore deploy ./hello                   deploy beside a running `up`, or to Google Cloud
  longshore call hello --data '{\"name\": \"Ada\"}'
  longshore status                           what is deployed, and what is under way
  longshore trace 4f1c…                      where the time of a deployment went

Exit codes: 0 done, 1 failed, 2 not deployed, 3 the function answered with an error,
64 arguments or settings cannot be used, 69 no cloud to talk to, 130 interrupted.

Without LONGSHORE_PROJECT, commands talk to the local cloud of a running `up`. With LONGSHORE_PROJECT and
LONGSHORE_REGION set they talk to Google Cloud, with Application Default Credentials.";

/// How results are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// For people
    Human,
    /// One JSON document
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Start the local cloud and the workers, deploy functions, and stay up until Ctrl-C
    Up(UpArgs),
    /// Deploy functions, and follow them until they serve
    Deploy(DeployArgs),
    /// Call a function
    Call(CallArgs),
    /// Show what a function printed, and how it was built
    Logs(LogsArgs),
    /// Show functions and deployments, or one deployment
    Status(StatusArgs),
    /// Show where the time of a deployment went
    Trace(TraceArgs),
    /// Ask a deployment to stop
    Cancel(CancelArgs),
    /// Make the fleet's topics, subscriptions and ledger where they are missing
    Provision,
    /// Run the local cloud alone
    Cloud(CloudArgs),
    /// Run one worker, as its own program does
    Worker(WorkerArgs),
    /// What this program runs itself as
    #[command(hide = true, subcommand)]
    Internal(Internal),
}

#[derive(Debug, Args)]
pub(crate) struct UpArgs {
    /// Directories of functions, each with a `longshore.yaml` or a main.py
    #[arg(value_name = "DIR")]
    pub(crate) directories: Vec<PathBuf>,
    /// Stop once every function was deployed and called
    #[arg(long)]
    pub(crate) once: bool,
    /// Refuse to run functions where no sandbox can be had
    #[arg(long)]
    pub(crate) require_isolation: bool,
    #[command(flatten)]
    pub(crate) function: FunctionArgs,
}

#[derive(Debug, Args)]
pub(crate) struct DeployArgs {
    /// Directories of functions, each with a `longshore.yaml` or a main.py
    #[arg(value_name = "DIR", required = true)]
    pub(crate) directories: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) function: FunctionArgs,
}

/// What overrides a manifest.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct FunctionArgs {
    /// Name of the function [default: the manifest's, else the directory's]
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Runtime, such as python312
    #[arg(long)]
    pub(crate) runtime: Option<String>,
    /// Function in the source that is called
    #[arg(long, value_name = "FUNCTION")]
    pub(crate) entry_point: Option<String>,
    /// Environment variable of the function; may be given several times
    #[arg(long = "env", value_name = "NAME=VALUE", value_parser = pair)]
    pub(crate) environment: Vec<(String, String)>,
    /// Environment variable of the build; may be given several times
    #[arg(long = "build-env", value_name = "NAME=VALUE", value_parser = pair)]
    pub(crate) build_environment: Vec<(String, String)>,
    /// Memory of an instance, such as 512Mi
    #[arg(long)]
    pub(crate) memory: Option<String>,
    /// Let anybody call the function
    #[arg(long)]
    pub(crate) public: bool,
}

#[derive(Debug, Args)]
pub(crate) struct CallArgs {
    /// Name of the function
    pub(crate) function: String,
    /// Body of a POST request; without it, a GET is sent
    #[arg(long)]
    pub(crate) data: Option<String>,
    /// Path and query to call
    #[arg(long, default_value = "/")]
    pub(crate) path: String,
    /// Content type of the body
    #[arg(long, default_value = "application/json")]
    pub(crate) content_type: String,
}

#[derive(Debug, Args)]
pub(crate) struct LogsArgs {
    /// Name of the function
    pub(crate) function: String,
    /// Lines of each log at most
    #[arg(long, default_value_t = 100)]
    pub(crate) lines: usize,
}

#[derive(Debug, Args)]
pub(crate) struct StatusArgs {
    /// Id of a deployment
    pub(crate) deployment: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct TraceArgs {
    /// Id of a deployment
    pub(crate) deployment: String,
}

#[derive(Debug, Args)]
pub(crate) struct CancelArgs {
    /// Id of a deployment
    pub(crate) deployment: String,
}

#[derive(Debug, Args)]
pub(crate) struct CloudArgs {
    /// Keep no state: use a temporary directory
    #[arg(long)]
    pub(crate) ephemeral: bool,
    /// Print `export` lines for the programs that are to use it, once it listens
    #[arg(long)]
    pub(crate) print_env: bool,
    /// Refuse to run functions where no sandbox can be had
    #[arg(long)]
    pub(crate) require_isolation: bool,
    /// Stop when standard input ends
    #[arg(long, hide = true)]
    pub(crate) stop_with_stdin: bool,
}

#[derive(Debug, Args)]
#[command(disable_help_flag = true)]
pub(crate) struct WorkerArgs {
    /// Which worker
    pub(crate) worker: Worker,
    /// What the worker's own program takes; see `longshore worker uploader --help`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub(crate) arguments: Vec<String>,
}

/// The four workers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Worker {
    Uploader,
    BuildSubmitter,
    RegistryWatcher,
    ServiceDeployer,
}

impl Worker {
    pub(crate) const ALL: [Self; 4] = [Self::Uploader, Self::BuildSubmitter, Self::RegistryWatcher, Self::ServiceDeployer];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Uploader => "uploader",
            Self::BuildSubmitter => "build-submitter",
            Self::RegistryWatcher => "registry-watcher",
            Self::ServiceDeployer => "service-deployer",
        }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Internal {
    /// Run a command in a process group that ends with standard input
    Guard {
        /// The command
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
        command: Vec<std::ffi::OsString>,
    },
    /// Run a worker that ends with standard input
    Worker {
        /// Which worker
        worker: Worker,
    },
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("expected NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }
}
