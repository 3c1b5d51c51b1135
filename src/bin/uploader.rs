//! The program `uploader`. The work is in `workers/uploader/src/stage.rs`.

use std::process::ExitCode;

fn main() -> ExitCode {
    longshore_uploader::main(std::env::args().collect())
}
