//! How fast and how surely events reach a function, in the local cloud.
//!
//! `cargo bench --bench events` deploys one Go function and measures, on a warm instance:
//! - the time from an event to the start of the function, for a message of a topic, an object of a
//!   bucket and a task of a queue; for a message that Google's Pub/Sub emulator pushes to the same
//!   function; and for functions in the emulator suite of firebase-tools;
//! - a topic that gets a thousand messages a second for a minute;
//! - a kill of the local cloud with 500 triggers and an undelivered event of each.
//!
//! `EVENTS_EACH`, `EVENTS_LOAD_SECONDS` and `EVENTS_TRIGGERS` set how many events of each source are
//! measured, and shorten the minute and the restart. Without Go, nothing can be measured. Without an
//! emulator, its part is skipped, with the reason.
#![expect(clippy::print_stdout, reason = "prints the results")]

#[path = "../peers/emulator.rs"]
mod emulator;
mod firebase;
#[path = "../../tests/wire/clients/install.rs"]
#[expect(dead_code, reason = "the tests install more than this benchmark needs")]
mod install;
mod latency;
mod load;
#[path = "../peers/process.rs"]
mod process;
mod restart;
mod site;

use std::process::{Command, ExitCode};
use std::time::{Duration, SystemTime};

use site::Site;

#[tokio::main]
async fn main() -> ExitCode {
    // HTTP clients need one for the process, even for URLs without TLS.
    let _first = rustls::crypto::ring::default_provider().install_default();
    if Command::new("go").arg("version").output().is_err() {
        println!("skipped: Go is not installed");
        return ExitCode::SUCCESS;
    }
    match measure().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("the benchmark failed: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn measure() -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(text)?;
    let mut site = Site::start(folder.path()).await?;
    println!("from event to function\n{}\n", latency::measure(&site).await?);
    println!("load\n{}\n", load::measure(&site).await?);
    println!("restart\n{}", restart::measure(&mut site).await?);
    Ok(())
}

/// The number that a variable sets.
fn number(variable: &str, default: usize) -> Result<usize, String> {
    match std::env::var(variable) {
        Ok(set) => set.parse().map_err(|error| format!("{variable}: {error}")),
        Err(_) => Ok(default),
    }
}

/// The time since 1970.
fn now() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    let index = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
    sorted.get(index).copied().unwrap_or_default()
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}
