//! Pub/Sub: topics, subscriptions and leases; gRPC and REST on one port.
//!
//! - [`core`]: the state machine. It alone decides what is delivered when, and what survives a
//!   restart.
//! - [`Service`]: the core with its journal, its clock and the streams that wait for messages.
//! - `wire`: both protocols, over one set of operations.
//! - `push`: delivery to HTTP endpoints.
//! - `published`: the last messages that were published, for tests.
//! - `transport`: topics and subscriptions that other services of this process make.
//!
//! **Delivery is at least once.** A publish is confirmed once its messages are in the journal, and
//! an acknowledgement once it is in the journal. A message is redelivered, also after a restart,
//! until it is acknowledged, forwarded to a dead-letter topic, or older than the subscription's
//! retention.
//!
//! For a subscription with exactly-once delivery, leases are in the journal as well. No message is
//! redelivered while its lease is valid, and an acknowledgement needs a valid lease.
//!
//! **Unsupported**, and rejected with an error that names the setting: export subscriptions,
//! compiled schemas, message transforms, ingestion, storage policies, customer-managed keys.
//! IAM policies are stored and returned; they have no effect.

pub mod core;
mod methods;
mod open;
mod ports;
mod published;
mod push;
mod service;
mod transport;
mod wire;

pub use methods::METHODS;
pub use ports::{LoopLog, TokenError, TokenSource};
pub use published::PublishedMessage;
pub use service::{Deps, Service};
pub use transport::PushOrder;
pub use wire::router;
