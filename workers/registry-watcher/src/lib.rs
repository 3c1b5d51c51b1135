//! registry-watcher: waits for builds, and turns Google's notifications into `image-published`.
//!
//! Consumes `build-submitted` (a deployment that waits) and Google's `cloud-builds` and `gcr`
//! topics. Notifications on Google's topics are hints, because any principal with the right to
//! publish there can forge them: this worker confirms them with Cloud Build and the registry. A
//! sweep finds builds without a notification, with one list call per project and region. Publishes
//! `image-published` and `build-retry-requested`, and ends deployments whose build failed.
//!
//! In the Functions flavour, it follows the operations of the Cloud Functions API (`functions`).

mod conclude;
mod error;
mod functions;
mod input;
mod output;
mod plan;
mod stage;
mod sweep;
mod trace;

use std::process::ExitCode;

use longshore_runner::launch;

pub use error::WatchError;
pub use input::{Announcement, BuildNotice, ImageNotice};
pub use output::WatcherOutput;
pub use stage::RegistryWatcher;

/// Name of the worker in spans, logs, the ledger and subscriptions.
pub(crate) const NAME: &str = "registry-watcher";

/// Runs the worker until SIGTERM or SIGINT. `program` is the command line, starting with the
/// program's name.
///
/// Not generic, so that the worker is compiled once, here, and not again in each program that
/// starts it.
pub fn main(program: Vec<String>) -> ExitCode {
    launch::main(
        program,
        "Waits for builds and images, and wakes the deployments that wait for them",
        RegistryWatcher::new,
    )
}
