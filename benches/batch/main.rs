//! How long batches take, compared with what the quotas allow, and what they cost.
//!
//! `cargo bench --bench batch` runs all parts, one after the other; `cargo bench --bench batch --
//! makespan` runs one of them. `BATCH_PERCENT=10` runs them with a tenth of the functions.
//!
//! - `makespan`: in simulated time, with the pacing of the fleet and the quotas of the local cloud: the
//!   time of a batch over the lower bound, refused calls, and how good the forecasts are.
//! - `replicas`: the same with the real programs, one and three of each, in real time, against a cloud
//!   whose builds and revisions take seconds and whose quotas are ten times Google's.
//! - `source`: the builds and uploads of 100 functions of one source, and after a change of one file.
//! - `interactive`: one deployment while a batch of 1,000 runs, compared with an idle fleet.
//! - `throughput`: deployments a second with a cloud that takes no time, and the processor time, memory
//!   and ledger requests of each worker.
//! - `firebase`: the same functions deployed by firebase-tools and by a batch, to the local cloud with
//!   scaled quotas: as it is, after one refused call, and after a kill and a second run.

mod builds;
mod cloud;
#[path = "../fleet/environment.rs"]
mod environment;
mod firebase;
mod fleet;
mod functions;
mod manifest;
mod parts;
#[path = "../fleet/recorded_builds.rs"]
mod recorded_builds;
#[path = "../fleet/registry.rs"]
mod registry;
#[path = "../fleet/resources.rs"]
mod resources;
#[path = "../fleet/run.rs"]
mod run;
mod simulated;

use std::process::ExitCode;

type Failed = Box<dyn std::error::Error + Send + Sync>;

const PARTS: [&str; 6] =
    ["makespan", "replicas", "source", "interactive", "throughput", "firebase"];

fn main() -> ExitCode {
    // Cargo adds `--bench`.
    let wanted: Vec<String> =
        std::env::args().skip(1).filter(|arg| !arg.starts_with("--")).collect();
    if let Some(unknown) = wanted.iter().find(|part| !PARTS.contains(&part.as_str())) {
        print(&format!("there is no part {unknown}; there are {}", PARTS.join(", ")));
        return ExitCode::FAILURE;
    }
    for part in PARTS {
        if !wanted.is_empty() && !wanted.iter().any(|wanted| wanted == part) {
            continue;
        }
        print(&format!("\n## {part}"));
        if let Err(error) = run_part(part) {
            print(&format!("the benchmark failed: {error}"));
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn run_part(part: &str) -> Result<(), Failed> {
    if part == "makespan" {
        // Time is simulated, and nothing runs beside it.
        let runtime = tokio::runtime::Builder::new_current_thread().build()?;
        runtime.block_on(simulated::makespan());
        return Ok(());
    }
    longshore_cloud::install_tls_provider();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        match part {
            "replicas" => parts::replicas().await,
            "source" => parts::one_source().await,
            "interactive" => parts::interactive().await,
            "throughput" => parts::throughput().await,
            _ => firebase::compare().await,
        }
    })
}

/// A number of functions, scaled by `BATCH_PERCENT`.
fn scaled(number: usize) -> usize {
    let percent = std::env::var("BATCH_PERCENT").ok().and_then(|text| text.parse().ok());
    (number * percent.unwrap_or(100) / 100).max(2)
}

#[expect(clippy::cast_precision_loss, reason = "the numbers are small")]
fn as_f64(number: usize) -> f64 {
    number as f64
}

#[expect(clippy::print_stdout, reason = "prints the results")]
fn print(text: &str) {
    println!("{text}");
}
