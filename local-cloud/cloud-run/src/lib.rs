//! Cloud Run: the Admin API v2, real processes behind real URLs, and the logs of what ran.
//!
//! - `core`: services, revisions, operations, policies; a pure state machine.
//! - `wire`: its REST form (<https://cloud.google.com/run/docs/reference/rest>), and that of Cloud
//!   Logging.
//! - `service`, `reconcile`: the shell that keeps the journal and brings up what the core waits
//!   for.
//! - `image`: from the registry onto the disk.
//! - `instance`, `pool`, `traffic_table`, `front`: a process, the processes of a revision, the revisions
//!   behind a URL, and the URL.
//! - `routes`, `tags`: which revision gets a request, and URLs of their own for tagged ones.
//! - `logs`: what they write, as Cloud Logging serves it.
//! - [`guard`]: the program that keeps a child from outliving the local cloud.
//!
//! Secrets are looked up when an instance starts, those in files too: Google's files follow the
//! newest version. Instances have no metadata server and no identity of their own. Calls from
//! inside are told by their token (`gate`).
//!
//! What is less than Google's, beside what the API refuses with an error: a tag's URL is a port of
//! its own; sandboxed functions see `/workspace` and `/layers` read-only; without bubblewrap a
//! function is a plain process of this user (its log and the revision's `ContainerHealthy`
//! condition say so); where this user may not make control groups, memory is looked at four times a
//! second instead of being limited by the kernel; CPU is not limited; `PORT` is not 8080, because
//! instances share this machine's ports.

mod chain;
mod core;
mod front;
mod gate;
pub mod guard;
mod image;
mod instance;
mod logs;
mod methods;
mod pool;
mod reconcile;
mod routes;
mod service;
mod tags;
#[cfg(test)]
mod tests;
mod traffic_table;
mod tuning;
mod wire;

pub use instance::missing_sandbox;
pub use logs::METHODS as LOGGING_METHODS;
pub use methods::METHODS;
pub use service::{Deps, Service};
pub use wire::{api, logging_api};
