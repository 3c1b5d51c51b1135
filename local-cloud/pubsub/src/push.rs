//! Delivery by push: <https://cloud.google.com/pubsub/docs/push>.
//!
//! - [`request`]: headers and body of a request.
//! - [`send`]: the clients that send it, and what the answer means.
//! - [`cloud_event`]: messages as CloudEvents, for Eventarc.
//! - [`loops`]: what is reported when a loop of events was stopped.
//! - [`pace`]: the number of parallel requests, and the pause after a failure.
//! - `run`: one task per subscription. It leases messages like any other client, sends them, and
//!   acknowledges those that the endpoint accepts.

mod cloud_event;
mod loops;
mod pace;
mod request;
mod run;
mod send;
#[cfg(test)]
mod tests;

pub(super) use run::supervise;
