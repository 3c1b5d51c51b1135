//! `longshore internal`: commands that this program runs itself.

use std::process::ExitCode;

use clap::Subcommand;

use crate::stop;
use crate::worker::Worker;

#[derive(Debug, Subcommand)]
pub(crate) enum Internal {
    /// Run the command that standard input specifies; it stops at the end of standard input
    Guard,
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
        Internal::Guard => longshore_local_cloud::guard::main(),
    }
}
