//! The local cloud and the archive compared with their alternatives, each pair in the same run on
//! the same machine.
//!
//! `cargo bench --bench peers` compares Pub/Sub with Google's emulator, Cloud Storage with
//! fake-gcs-server, and packing with `zip`, Python's zipfile and the archiver of firebase-tools. An
//! alternative that is not installed is skipped, with a message. The same client code drives both
//! sides of a pair. Rounds alternate, and each figure is a median over rounds.
//!
//! `cargo bench --bench peers -- packing` measures only the parts that are named: `pubsub`,
//! `storage`, `packing`, and `sandbox`, which has to be named. It compares the time of builds in a
//! sandbox with that of builds without one.
#![expect(clippy::print_stdout, reason = "prints the results")]

mod emulator;
#[path = "../../tests/wire/clients/install.rs"]
#[expect(dead_code, reason = "the tests install more than this benchmark needs")]
mod install;
mod packing;
mod process;
mod pubsub;
mod sandbox;
mod storage;

use std::process::ExitCode;

/// What is measured without an argument.
const DEFAULT_PARTS: [&str; 3] = ["pubsub", "storage", "packing"];

#[tokio::main]
async fn main() -> ExitCode {
    // Google's clients need one for the process, even for endpoints without TLS.
    let _first = rustls::crypto::ring::default_provider().install_default();
    // Cargo adds `--bench`.
    let mut parts: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    if parts.is_empty() {
        parts = DEFAULT_PARTS.map(str::to_owned).into();
    }
    let mut failed = false;
    for part in parts {
        let (what, result) = match part.as_str() {
            "pubsub" => ("Pub/Sub", pubsub::compare().await),
            "storage" => ("Cloud Storage", storage::compare().await),
            "packing" => ("packing", packing::compare()),
            "sandbox" => ("builds in a sandbox", sandbox::compare().await),
            other => (other, Err("there is no such part".to_owned())),
        };
        match result {
            Ok(report) => println!("{what}\n{report}\n"),
            Err(error) => {
                failed = true;
                println!("{what}: the benchmark failed: {error}\n");
            }
        }
    }
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn median(values: &[f64]) -> f64 {
    percentile(values, 50)
}

fn percentile(values: &[f64], percent: usize) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values
        .get((values.len() * percent / 100).min(values.len().saturating_sub(1)))
        .copied()
        .unwrap_or(f64::NAN)
}
