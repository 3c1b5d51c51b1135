//! The image registry: OCI distribution for clients that push and pull, and the Artifact Registry
//! API for the rest.
//!
//! [`core`] is the state machine; [`Service`] keeps its journal and the contents; `distribution`
//! and `api` speak the two protocols. Every push is announced on the project's topic `gcr`, as
//! Artifact Registry does.

mod api;
mod contents;
pub mod core;
mod distribution;
mod methods;
mod notice;
mod service;
mod sweep;
mod uploads;

pub use methods::METHODS;
pub use service::Service;
