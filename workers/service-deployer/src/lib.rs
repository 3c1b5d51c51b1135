//! service-deployer: makes the service serve the image, by digest.
//!
//! Consumes `image-published` and ends every deployment that reaches it. Calls Cloud Run (the
//! service) and, if a revision does not start, Cloud Logging. An annotation of the service holds
//! the generation, and its etag guards every write: an older deployment never overwrites a newer
//! one. Only this worker decides *unchanged*, by comparison with the live service. Once the service
//! serves, it makes what calls it what was requested: push subscriptions, and who may call it.

mod access;
mod contention;
mod earlier;
mod error;
mod follow;
mod functions;
mod plan;
mod refusal;
mod rollout;
mod shape;
mod stage;
mod traffic;
mod triggers;
mod verdict;
mod wiring;

use std::process::ExitCode;

use longshore_runner::launch;

pub use error::DeployError;
pub use stage::ServiceDeployer;

/// Name of the worker in spans, logs, the ledger and subscriptions.
pub(crate) const NAME: &str = "service-deployer";

/// Runs the worker until SIGTERM or SIGINT. `program` is the command line, starting with the
/// program's name.
///
/// Not generic, so that the worker is compiled once, here, and not again in each program that
/// starts it.
pub fn main(program: Vec<String>) -> ExitCode {
    launch::main(
        program,
        "Makes Cloud Run services serve the images that were built for them",
        ServiceDeployer::new,
    )
}
