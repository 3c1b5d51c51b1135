//! The program `service-deployer`. The work is in `workers/service-deployer/src/stage.rs`.

use std::process::ExitCode;

fn main() -> ExitCode {
    longshore_service_deployer::main(std::env::args().collect())
}
