//! The local cloud and the archive compared with their alternatives, each pair in the same run on
//! the same machine.
//!
//! `cargo bench --bench peers` compares Pub/Sub with Google's emulator, Cloud Storage with
//! fake-gcs-server, and packing with `zip` and Python's zipfile. An alternative that is not
//! installed is skipped, with a message. The same client code drives both sides of a pair. Rounds
//! alternate, and each figure is a median over rounds.
#![expect(clippy::print_stdout, reason = "prints the results")]

mod emulator;
mod packing;
mod process;
mod pubsub;
mod storage;

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    // Google's clients need one for the process, even for endpoints without TLS.
    let _first = rustls::crypto::ring::default_provider().install_default();
    let mut failed = false;
    let pubsub = pubsub::compare().await;
    let storage = storage::compare().await;
    let packing = packing::compare();
    for (what, result) in [("Pub/Sub", pubsub), ("Cloud Storage", storage), ("packing", packing)] {
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
