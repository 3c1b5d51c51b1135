//! Secret Manager: secrets, their versions, and the values of these.
//!
//! - `core`: secrets and versions; a pure state machine that stores no values.
//! - `payloads`: the values, one file for each version, which only its owner may read, and which is
//!   removed when the version is destroyed.
//! - `service`, `wire`: the core with its journal and values, and its REST API
//!   (<https://cloud.google.com/secret-manager/docs/reference/rest>).
//!
//! A value is never logged, and never part of an error. Unlike Google's, this one has no encryption
//! beyond the file's mode, no rotation and topics, no regional secrets, and no access
//! control: IAM policies are stored and returned, without effect.

mod core;
mod methods;
mod payloads;
mod service;
#[cfg(test)]
mod tests;
mod wire;

pub use self::core::Refusal;
pub use methods::METHODS;
pub use service::{Deps, Service, ServiceError};
pub use wire::api;
