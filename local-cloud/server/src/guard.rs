//! `PROGRAM internal guard`: the process between the local cloud and a command that it runs.

use std::process::ExitCode;

/// Runs the command that standard input specifies.
pub fn main() -> ExitCode {
    longshore_local_sandbox::guard::main()
}
