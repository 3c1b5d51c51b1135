//! Commands that run something, and those about this program itself.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum, ValueHint};

use super::FunctionArgs;

#[derive(Debug, Args)]
pub(crate) struct UpArgs {
    /// Directories of functions: with a `longshore.yaml`, or with source whose language is
    /// recognised
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) directories: Vec<PathBuf>,
    /// Stop once every function was deployed and called
    #[arg(long)]
    pub(crate) once: bool,
    /// Deploy a function again when its files change
    #[arg(long, requires = "directories", conflicts_with = "once")]
    pub(crate) watch: bool,
    /// Refuse to run functions where no sandbox can be had
    #[arg(long)]
    pub(crate) require_isolation: bool,
    #[command(flatten)]
    pub(crate) function: FunctionArgs,
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
    pub(crate) const ALL: [Self; 4] =
        [Self::Uploader, Self::BuildSubmitter, Self::RegistryWatcher, Self::ServiceDeployer];

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

#[derive(Debug, Args)]
pub(crate) struct CompletionArgs {
    /// Which shell
    pub(crate) shell: clap_complete::Shell,
}

#[derive(Debug, Args)]
pub(crate) struct ManArgs {
    /// Write a page for each command into this directory, instead of the program's page to standard
    /// output
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) dir: Option<PathBuf>,
}
