//! The program `registry-watcher`. The work is in `workers/registry-watcher/src/stage.rs`.

use std::process::ExitCode;

fn main() -> ExitCode {
    longshore_registry_watcher::main(std::env::args().collect())
}
