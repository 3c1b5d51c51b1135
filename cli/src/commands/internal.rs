//! `longshore internal`: commands that this program runs itself.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Subcommand;

use crate::stop;
use crate::worker::Worker;

#[derive(Debug, Subcommand)]
pub(crate) enum Internal {
    /// Run a command that stops at the end of standard input
    Guard {
        /// Command line to run; by default, standard input specifies it
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        command: Vec<OsString>,
    },
    /// Run a worker that stops at the end of standard input
    Worker {
        /// Name of the worker
        worker: Worker,
    },
}

pub(crate) fn main(command: Internal) -> ExitCode {
    match command {
        Internal::Worker { worker } => {
            stop::terminate_with_stdin();
            worker.main(Vec::new())
        }
        Internal::Guard { command } => longshore_local_cloud::guard::main(command),
    }
}
