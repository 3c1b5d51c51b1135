//! Cloud Logging: the entries of other services and of clients, found by Google's query language.
//!
//! - `core`: the query language, and the rules for entries. It decides without I/O.
//! - `source`: the port to the services that write entries.
//! - `store`: the entries that clients write, in files of bounded size.
//! - `tail`: entries as they arrive, for clients that follow them.
//! - `service`, `wire`: what joins them, and the REST API
//!   (<https://cloud.google.com/logging/docs/reference/v2/rest>).
//!
//! A write is confirmed once its entries are in a file. A project keeps the newest 8 to 16 MiB of
//! what clients write.
//!
//! **Unsupported**, and rejected by name: logs of folders, organizations and billing accounts,
//! sinks, buckets, views, exclusions, links and metrics. Types of resources are not checked
//! against Google's list.

mod core;
mod methods;
mod service;
mod source;
mod store;
mod tail;
mod wire;

pub use methods::METHODS;
pub use service::{Deps, Service};
pub use source::{Admits, LogSource, Offer};
pub use wire::api;
