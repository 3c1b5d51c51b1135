//! Cloud Logging: the entries that other services write, found by Google's query language.
//!
//! - `core`: the query language. It decides without I/O.
//! - `source`: the port to the services that write entries.
//! - `service`, `wire`: what joins them, and the REST API
//!   (<https://cloud.google.com/logging/docs/reference/v2/rest>).

mod core;
mod methods;
mod service;
mod source;
mod wire;

pub use methods::METHODS;
pub use service::{Deps, Service};
pub use source::{Admits, LogSource};
pub use wire::api;
