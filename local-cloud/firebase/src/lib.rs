//! Firebase Management, Firebase Extensions and Runtime Configurator, as far as firebase-tools asks
//! for a project before it deploys functions to it.
//!
//! - `wire`: the REST APIs (<https://firebase.google.com/docs/reference/firebase-management/rest>,
//!   <https://cloud.google.com/deployment-manager/runtime-configurator/reference/rest>; Firebase
//!   Extensions has no public reference).
//!
//! This crate has no state. Every project is a Firebase project. Its configuration follows from the
//! project and from whether its default bucket exists in Cloud Storage. There are no apps,
//! extensions and runtime configurations, and there is no way to create one.

mod methods;
#[cfg(test)]
mod tests;
mod wire;

pub use methods::METHODS;
pub use wire::{Buckets, Deps, api};
