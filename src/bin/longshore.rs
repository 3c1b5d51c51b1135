//! The program `longshore`. The work is in `cli/`.

use std::process::ExitCode;

fn main() -> ExitCode {
    longshore_cli::main(std::env::args().collect())
}
