//! Eventarc: triggers that deliver events to Cloud Run services, over REST and gRPC.
//!
//! A trigger consists of a Pub/Sub topic and a push subscription, as on Google. So durability,
//! delivery at least once, backoff, 24 hours of retention and dead letters are those of Pub/Sub.
//! The subscription's endpoint names, in Google's parameter `__GCP_CloudEventsMode`, how its messages
//! become CloudEvents; Pub/Sub's push makes the requests. This crate decides and remembers; the other
//! services do the work, behind [a port](Cloud).
//!
//! - `core`: triggers, operations and policies; a pure state machine.
//! - `catalogue`: the event types that the local cloud fires, and their attributes.
//! - `names`: the names of everything that a trigger consists of.
//! - `service`, `drive`: the journal, and how triggers are made and removed.
//! - `function_trigger`: the triggers of functions, which Cloud Functions writes.
//! - `audit`: the events of audit logs.
//! - `calls`: the methods, independent of the protocol. `wire`: REST and gRPC.
//! - `proto`, `json`: Google's messages, and their JSON.
//!
//! **Unsupported**, and rejected by name: destinations other than Cloud Run services, channels and
//! their connections, and Eventarc Advanced. IAM policies are stored and returned, without effect.

mod audit;
mod calls;
mod catalogue;
mod core;
mod drive;
mod function_trigger;
mod json;
mod methods;
mod names;
mod ports;
mod proto;
mod service;
#[cfg(test)]
mod tests;
mod wire;

pub use self::core::Refusal;
pub use audit::AuditLog;
pub use function_trigger::FunctionTrigger;
pub use methods::METHODS;
pub use ports::{Cloud, PortError, Subscription};
pub use service::{Deps, Service};
pub use wire::router;
