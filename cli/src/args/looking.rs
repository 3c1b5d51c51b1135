//! Commands that only look, and `parked`.

use clap::{Args, Subcommand};

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// Only functions of this region
    #[arg(long)]
    pub(crate) region: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct DescribeArgs {
    /// Name of the function
    pub(crate) function: String,
}

#[derive(Debug, Args)]
pub(crate) struct LogsArgs {
    /// Name of the function
    pub(crate) function: String,
    /// Lines of each log at most [default: 100; with --build, all]
    #[arg(long)]
    pub(crate) lines: Option<usize>,
    /// Only the log of the newest build
    #[arg(long, conflicts_with = "follow")]
    pub(crate) build: bool,
    /// Go on with what the function prints, until Ctrl-C
    #[arg(long, short)]
    pub(crate) follow: bool,
}

#[derive(Debug, Args)]
pub(crate) struct StatusArgs {
    /// Id of a deployment
    pub(crate) deployment: Option<String>,
    /// Follow the deployment to its end
    #[arg(long, short, requires = "deployment")]
    pub(crate) follow: bool,
}

#[derive(Debug, Args)]
pub(crate) struct TraceArgs {
    /// Id of a deployment
    pub(crate) deployment: String,
}

#[derive(Debug, Args)]
pub(crate) struct ParkedArgs {
    #[command(subcommand)]
    pub(crate) command: ParkedCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ParkedCommand {
    /// Show what was put aside, oldest first
    List,
    /// Publish messages again where they came from, and take them off the list
    Replay {
        /// Ids of messages, as `parked list` shows them
        #[arg(required = true, value_name = "ID")]
        ids: Vec<String>,
    },
}
