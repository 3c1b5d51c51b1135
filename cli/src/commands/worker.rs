//! `longshore worker`: runs one worker.

use clap::Args;

use crate::worker::Worker;

#[derive(Debug, Args)]
#[command(disable_help_flag = true)]
pub(crate) struct WorkerArgs {
    /// Name of the worker
    pub(crate) worker: Worker,
    /// Arguments of the worker; see `longshore worker uploader --help`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub(crate) arguments: Vec<String>,
}
