//! `longshore worker`: one worker.

use clap::Args;

use crate::worker::Worker;

#[derive(Debug, Args)]
#[command(disable_help_flag = true)]
pub(crate) struct WorkerArgs {
    /// Which worker
    pub(crate) worker: Worker,
    /// What the worker's own program takes; see `longshore worker uploader --help`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub(crate) arguments: Vec<String>,
}
