//! The program `build-submitter`. The work is in `workers/build-submitter/src/stage.rs`.

use std::process::ExitCode;

fn main() -> ExitCode {
    longshore_build_submitter::main(std::env::args().collect())
}
