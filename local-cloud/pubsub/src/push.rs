//! Delivery by push: <https://cloud.google.com/pubsub/docs/push>.
//!
//! - [`request`]: what is sent.
//! - [`pace`]: how many requests at a time, and how long to wait after a failure.
//! - `run`: one task for each subscription, which leases messages like any other client, sends
//!   them, and settles them by the endpoint's answers.

mod pace;
mod request;
mod run;
#[cfg(test)]
mod tests;
mod token;

pub(super) use run::supervise;
pub use token::{TokenError, TokenSource};
