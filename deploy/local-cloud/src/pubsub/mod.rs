//! Pub/Sub: topics, subscriptions, leases; gRPC and REST on one port.
//!
//! - [`core`]: the state machine. What is delivered when, and what survives a restart, is decided here and nowhere else.
//! - [`Service`]: the core with its journal, its clock and the streams that wait for messages.
//! - `wire`: the protocols, over one set of operations for both.
//!
//! **Delivery is at least once.** A publish is confirmed when its messages are in the journal; an acknowledgement is when that
//! is. A message that is neither acknowledged nor forwarded to a dead-letter topic nor older than the subscription's retention
//! is delivered again, also after a restart.
//!
//! **What is refused**, with an error that names it: exactly-once delivery, push and export subscriptions, schemas, snapshots and
//! seek (and the retention settings that only serve seek), message transforms, customer-managed keys, expiry of subscriptions.

pub mod core;
mod service;
mod wire;

pub use service::Service;
