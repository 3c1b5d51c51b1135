//! Pub/Sub: topics, subscriptions, leases; gRPC and REST on one port.
//!
//! - [`core`]: the state machine. What is delivered when, and what survives a restart, is decided
//!   here and nowhere else.
//! - [`Service`]: the core with its journal, its clock and the streams that wait for messages.
//! - `wire`: the protocols, over one set of operations for both.
//!
//! **Delivery is at least once.** A publish is confirmed when its messages are in the journal; an
//! acknowledgement is when that is. A message that is neither acknowledged nor forwarded to a
//! dead-letter topic nor older than the subscription's retention is delivered again, also after a
//! restart.
//!
//! Where a subscription asks for exactly-once delivery, leases are in the journal as well: no
//! message is delivered again while its lease is valid, and no acknowledgement without a valid
//! lease is taken.
//!
//! **What is refused**, with an error that names it: export subscriptions, snapshots, Avro and
//! compiled schemas, message transforms, ingestion, storage policies, customer-managed keys. IAM
//! policies are kept and answered, and allow everybody everything.

pub mod core;
mod methods;
mod push;
mod service;
mod wire;

pub use methods::METHODS;
pub use push::{TokenError, TokenSource};
pub use service::{Deps, Service};
pub use wire::router;
