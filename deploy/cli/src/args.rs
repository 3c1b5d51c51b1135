//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::secrets::{SecretFlag, SecretsCommand};

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
    /// Keep what functions need and nobody else may see
    #[command(subcommand)]
    Secrets(SecretsCommand),
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
    /// CPUs of an instance, such as 1 or 0.5
    #[arg(long)]
    pub(crate) cpu: Option<String>,
    /// Longest time of one request, in seconds
    #[arg(long, value_name = "SECONDS")]
    pub(crate) timeout: Option<u32>,
    /// Requests that one instance handles at once
    #[arg(long)]
    pub(crate) concurrency: Option<i32>,
    /// Instances that are kept when nobody calls
    #[arg(long, value_name = "COUNT")]
    pub(crate) min_instances: Option<i32>,
    /// Instances at most
    #[arg(long, value_name = "COUNT")]
    pub(crate) max_instances: Option<i32>,
    /// Identity of the function: a service account's email address
    #[arg(long, value_name = "EMAIL")]
    pub(crate) service_account: Option<String>,
    /// Secrets as variables (NAME=SECRET:VERSION) or as files (/PATH/FILE=SECRET:VERSION), separated by commas
    #[arg(long, value_name = "PLACE=SECRET:VERSION", value_delimiter = ',', value_parser = SecretFlag::parse)]
    pub(crate) set_secrets: Vec<SecretFlag>,
    /// Where requests may come from
    #[arg(long, value_enum)]
    pub(crate) ingress: Option<IngressFlag>,
    /// Label of the service; may be given several times
    #[arg(long = "label", value_name = "KEY=VALUE", value_parser = pair)]
    pub(crate) labels: Vec<(String, String)>,
    /// Free text about the service
    #[arg(long)]
    pub(crate) description: Option<String>,
    /// Let anybody call the function
    #[arg(long)]
    pub(crate) public: bool,
}

/// Where requests may come from, in gcloud's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum IngressFlag {
    /// From anywhere
    All,
    /// From inside the project's network
    Internal,
    /// From inside, or through a load balancer
    InternalAndCloudLoadBalancing,
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
    /// Token for a function that is not public [default: the local cloud's own; for Google: `gcloud auth print-identity-token`]
    #[arg(long, value_name = "TOKEN", env = "LONGSHORE_IDENTITY_TOKEN", hide_env_values = true)]
    pub(crate) identity_token: Option<String>,
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
