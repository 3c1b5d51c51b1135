//! Cloud KMS: key rings, symmetric keys and their versions, and encryption with them.
//!
//! - `core`: rings, keys, versions and policies; a pure state machine that stores no key material.
//! - `material`: the key material, one file for each version, which only its owner may read, and
//!   which is removed when the version is destroyed.
//! - `cipher`: encryption with AES-256-GCM, and the format of ciphertexts.
//! - `service`, `wire`: the core with its journal, its material and the clock, and both protocols,
//!   gRPC and REST, over one set of operations.
//!
//! A version that is scheduled for destruction is destroyed, and a key is rotated, by the first call
//! after the time is due. Key material is never logged, and never part of an error. For other
//! services, whose resources the keys protect, [`Service`] implements
//! [`CustomerKeys`](longshore_local_kit::keys::CustomerKeys).
//!
//! **Unsupported**, and rejected by name: asymmetric, MAC and raw keys, imports, external key
//! managers, Autokey and the deletion of keys. The protection level `HSM` is stored and returned;
//! its keys are software as well. IAM policies of keys and rings bind Google's services, and no
//! caller. A new key lets the service agents of its project use it; roles that are granted on a
//! project have no effect.

mod cipher;
mod core;
mod material;
mod methods;
mod service;
#[cfg(test)]
mod tests;
mod wire;

pub use self::core::Refusal;
pub use methods::METHODS;
pub use service::{Deps, Service, ServiceError};
pub use wire::router;
