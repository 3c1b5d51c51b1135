//! Cloud Tasks: queues of HTTP requests, with rates, retries and schedules.
//!
//! - `core`: queues and tasks, and what is dispatched when; a pure state machine.
//! - `request`: the request of an attempt.
//! - `service`: the core with its journal, its clock, and the task that dispatches what is due.
//! - `wire`: both protocols, gRPC and REST, over one set of operations.
//!
//! **At least once.** A task is in the journal before its creation is acknowledged, and stays there
//! until an attempt has succeeded or failed for the last time. A process that dies in between repeats
//! the attempt.
//!
//! **Differences from Google.** Redirects are not followed (see
//! [`targets`](longshore_local_kit::targets)). The rate of a queue does not ramp up, and does not
//! fall after errors of a target. A name of a task that a caller has chosen is available again an
//! hour after the task has ended, and that of a deleted queue at once. A task that is forced while it
//! runs is attempted after that. The identity tokens of requests name any service account. There are
//! no quotas of requests.
//!
//! **Unsupported**, and rejected by name: App Engine tasks and routing (`app_engine_routing_override`),
//! the mode `IF_NOT_EXISTS` of a queue's routing, `BufferTask`, OAuth tokens, batches, encryption
//! keys. IAM policies and logging are stored and returned; they have no effect.

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
pub use service::{Deps, Service, ServiceError};
pub use wire::router;
