//! registry-watcher: owns waiting. It turns what Google announces into `image-published`.
//!
//! Consumes `build-submitted` (somebody wants to wait), and Google's own `cloud-builds` and `gcr`
//! topics. These two are hints, and anybody with publish rights can forge one: what they say is
//! confirmed with Cloud Build and with the registry before anything is believed. A sweep finds what
//! was never announced, with one list call for each project and region. Publishes `image-published`
//! and `build-retry-requested`, and ends deployments whose build failed.

mod conclude;
mod error;
mod input;
mod output;
mod plan;
mod stage;
mod sweep;

use std::process::ExitCode;

use longshore_runner::launch;

pub use error::WatchError;
pub use input::{Announcement, BuildNotice, ImageNotice};
pub use output::WatcherOutput;
pub use stage::RegistryWatcher;

/// Name of the worker in spans, logs, the ledger and subscriptions.
pub(crate) const NAME: &str = "registry-watcher";

/// Runs the worker until it is told to stop. `program` is the command line, its own name first.
///
/// Not generic: the whole worker is compiled here, once, and not again in every program that starts
/// it.
pub fn main(program: Vec<String>) -> ExitCode {
    launch::main(
        program,
        "Waits for builds and images, and wakes the deployments that wait for them",
        RegistryWatcher::new,
    )
}
