//! service-deployer: makes the service serve the digest.
//!
//! Consumes `image-published`, ends every deployment that reaches it. Calls Cloud Run (the service)
//! and, when a revision does not come up, Cloud Logging. Its effect is keyed by an annotation of
//! the service (the generation) and guarded by its etag: an older deployment never overwrites a
//! newer one. It alone decides *unchanged*, by comparing with the live service.

mod error;
mod plan;
mod shape;
mod stage;

use std::process::ExitCode;

use longshore_runner::launch;

pub use error::DeployError;
pub use stage::ServiceDeployer;

/// Name of the worker in spans, logs, the ledger and subscriptions.
pub(crate) const NAME: &str = "service-deployer";

/// Runs the worker until it is told to stop. `program` is the command line, its own name first.
///
/// Not generic: the whole worker is compiled here, once, and not again in every program that starts
/// it.
pub fn main(program: Vec<String>) -> ExitCode {
    launch::main(
        program,
        "Makes Cloud Run services serve the images that were built for them",
        ServiceDeployer::new,
    )
}
