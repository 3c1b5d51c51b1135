//! The image registry: OCI distribution for clients that push and pull, and the Artifact Registry
//! API for administration.
//!
//! [`core`] is the state machine; [`Service`] keeps its journal and the contents, and removes blobs
//! that no manifest names; `wire` speaks the two protocols. Every push is announced on the
//! project's topic `gcr`, as Artifact Registry does.

mod contents;
pub mod core;
mod methods;
mod notice;
mod service;
mod suspects;
mod uploads;
mod wire;

pub use methods::METHODS;
pub use service::Service;
pub use wire::{api, distribution_router};
