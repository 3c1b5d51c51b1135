//! Secret Manager: secrets, their versions, and what is in them.
//!
//! - `core`: secrets and versions; a pure state machine that never sees a value.
//! - `payloads`: the values, one file for each version, which only its owner may read; gone when
//!   the version is destroyed.
//! - `service`, `wire`: the shell, and its REST form
//!   (<https://cloud.google.com/secret-manager/docs/reference/rest>).
//!
//! A value is never logged, and never part of an error. Less than Google's: no gRPC, no encryption
//! beyond the file's mode, no rotation, expiration and topics, no regional secrets, and nobody is
//! asked whether they may.

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
