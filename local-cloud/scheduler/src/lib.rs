//! Cloud Scheduler: jobs that call a URL or publish a message at the times of a schedule.
//!
//! - `core`: jobs, schedules and executions; a pure state machine.
//! - `request`: the request of an attempt.
//! - `service`: the core with its journal, its clock, and the task that runs what is due.
//! - `wire`: both protocols, gRPC and REST, over one set of operations.
//!
//! **At least once.** An execution is recorded before its first attempt, and removed once its
//! outcome is recorded. A process that dies in between repeats the attempt. A time that passes while
//! the local cloud is down starts an execution at its next start; several such times are one
//! execution.
//!
//! **Differences from Google.** Redirects are not followed (see
//! [`targets`](longshore_local_kit::targets)). The identity tokens of requests
//! name any service account, because the local cloud has no list of them.
//!
//! **Unsupported**, and rejected by name: App Engine targets, OAuth tokens, encryption keys.

mod core;
mod methods;
mod proto;
mod request;
mod service;
#[cfg(test)]
mod tests;
mod wire;

pub use self::core::Refusal;
pub use methods::METHODS;
pub use service::{Deps, PublishError, Publisher, Service, ServiceError};
pub use wire::router;
