//! What the services of the local cloud have in common.
//!
//! - [`durable`]: state that survives kill -9, as the events of a pure core in a journal.
//! - [`rest`]: the form of Google's REST APIs: paths with verbs, JSON, errors.
//! - [`listen`], [`http`]: servers and clients of HTTP.
//! - [`Announce`]: how one service tells another over Pub/Sub that something happened.
//! - [`coverage`]: how a service lists the methods that it serves.

mod announce;
pub mod coverage;
pub mod durable;
pub mod http;
pub mod listen;
pub mod rest;

pub use announce::Announce;
