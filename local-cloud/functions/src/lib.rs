//! Cloud Functions: the API v2, over REST and gRPC.
//!
//! A deployment really happens: the source is copied to the bucket of sources, Cloud Build builds
//! it, the image is pushed to Artifact Registry, and Cloud Run serves it. This crate decides and
//! remembers; the other services do the work, behind [ports](Deps).
//!
//! - `core`: functions, operations and policies; a pure state machine.
//! - `names`: the names of everything that a function consists of.
//! - `service`, `drive`: the journal, and the tasks that work operations off.
//! - `calls`: the methods, independent of the protocol. `wire`: REST and gRPC.
//! - `proto`, `json`: Google's messages, and their JSON.
//! - `runtimes`, `locations`: what Google offers.
//!
//! Differences from Google, in addition to what is rejected by name: the URL of a function is that
//! of its service. IAM policies are stored and returned, without effect; who may call a function is
//! decided by the policy of its service. The sources of a deleted function are kept.

mod calls;
mod core;
mod drive;
mod json;
mod locations;
mod methods;
pub mod names;
mod ports;
mod proto;
mod runtimes;
mod service;
#[cfg(test)]
mod tests;
mod wire;

pub use methods::METHODS;
pub use ports::{
    BuildOrder, BuildState, Builds, Keys, NoKeys, Object, Place, PortError, Repositories,
    ServiceState, Services, Sources, TriggerOrder, Triggers,
};
pub use service::{Deps, Service};
pub use wire::router;
