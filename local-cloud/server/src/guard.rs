//! `PROGRAM internal guard`: the process between the local cloud and a command that it runs.

use std::ffi::OsString;
use std::process::ExitCode;

/// Runs the command that standard input specifies, as the sandbox's guard; or, until builds use the
/// sandbox as well, the given command without one.
pub fn main(command: Vec<OsString>) -> ExitCode {
    if command.is_empty() {
        longshore_local_sandbox::guard::main()
    } else {
        longshore_local_cloud_run::guard::main(command)
    }
}
