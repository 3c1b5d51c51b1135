//! batch-feeder: admits the functions of batches as there is room, and says how batches end.
//!
//! Consumes `batch-requested` of each requester, and those messages of `deployment-finished` that
//! name a batch. Publishes `deploy-requested`, by the topic of the batch's requester, so that the
//! uploader's policy applies to each function, and `batch-finished`. An outcome on the bus is a hint:
//! the ledger says how a deployment ended.
//!
//! Only so many functions are in flight, in each project and region and in all. So a deadline counts
//! from when a function has its turn, and other requests are never behind a whole batch. `plan`
//! decides whose turn it is. `rounds` does that for all open batches together, at most once a second,
//! however many deployments have ended.

mod accept;
mod book;
mod ended;
mod entries;
mod error;
mod forecast;
mod gates;
mod input;
mod plan;
mod publish;
mod round;
mod rounds;
mod stage;

use std::process::ExitCode;

use longshore_runner::launch;

pub use error::FeedError;
pub use input::{Fed, Requested};
pub use stage::BatchFeeder;

/// Name of the worker in spans, logs, the ledger and subscriptions.
pub(crate) const NAME: &str = "batch-feeder";

/// Runs the worker until SIGTERM or SIGINT. `program` is the command line, starting with the
/// program's name.
///
/// Not generic, so that the worker is compiled once, here, and not again in each program that
/// starts it.
pub fn main(program: Vec<String>) -> ExitCode {
    launch::main(program, "Admits the functions of batches as there is room", BatchFeeder::new)
}
