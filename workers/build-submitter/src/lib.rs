//! build-submitter: starts one build for each distinct build key.
//!
//! Consumes `source-uploaded` and `build-retry-requested`, publishes `build-submitted`. Calls
//! Artifact Registry (the repository), Cloud Run (`builds:submit`) and Cloud Build (is it there
//! already?). Its effect is keyed by a claim in the ledger and a build tag: whoever claims submits,
//! everybody else only says what to wait for.

mod error;
mod input;
mod key;
mod plan;
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

/// Runs the worker until it is told to stop. `program` is the command line, its own name first.
///
/// Not generic: the whole worker is compiled here, once, and not again in every program that starts
/// it.
pub fn main(program: Vec<String>) -> ExitCode {
    launch::main(
        program,
        "Starts one build for each distinct source and builder",
        BuildSubmitter::new,
    )
}
