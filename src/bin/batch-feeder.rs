//! The program `batch-feeder`. The work is in `workers/batch-feeder/src/stage.rs`.

use std::process::ExitCode;

fn main() -> ExitCode {
    longshore_batch_feeder::main(std::env::args().collect())
}
