//! build-submitter: starts one build for each distinct build key.
//!
//! Consumes `source-uploaded` and `build-retry-requested`, and publishes `build-submitted`. Calls
//! Artifact Registry (the repository), Cloud Run (`builds:submit`) and Cloud Build (to find a build
//! that exists already). Its effect is idempotent through a claim in the ledger and a build tag:
//! the claimant submits, and every other deployment only says which build it waits for.
//!
//! In the Functions flavour, it begins the operation of the Cloud Functions API that builds and deploys
//! one function (`functions`). That effect is idempotent through the function's labels.

mod claim;
mod earlier;
mod error;
mod functions;
mod input;
mod key;
mod plan;
mod repository;
mod retry;
mod runtime;
mod stage;
mod submit;

use std::process::ExitCode;

use longshore_runner::launch;

pub use error::SubmitError;
pub use input::Work;
pub use key::build_key;
pub use stage::BuildSubmitter;

/// Name of the worker in spans, logs, the ledger and subscriptions.
pub(crate) const NAME: &str = "build-submitter";

/// Runs the worker until SIGTERM or SIGINT. `program` is the command line, starting with the
/// program's name.
///
/// Not generic, so that the worker is compiled once, here, and not again in each program that
/// starts it.
pub fn main(program: Vec<String>) -> ExitCode {
    launch::main(
        program,
        "Starts one build for each distinct source and builder",
        BuildSubmitter::new,
    )
}
