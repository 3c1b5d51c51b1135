//! The build service: Cloud Run's `builds:submit`, the Cloud Build API behind it, and the builds
//! themselves.
//!
//! [`Service`] keeps the builds in a journal and works on a bounded number of them at once. A build
//! unpacks its source, lets the buildpack that detects it make layers with the host's own language
//! runtime, writes an OCI image and pushes it.
//!
//! An image made here has no operating system in it: its first layer is a marker that names the
//! host's interpreter, and the host's root file system is meant to be below it. It cannot run
//! anywhere else, and says so in its labels.

mod buildpack;
mod chain;
mod core;
mod image;
mod log;
mod methods;
mod names;
mod ports;
mod process;
mod resource;
mod service;
#[cfg(test)]
mod tests;
mod wire;
mod work;

pub use methods::METHODS;
pub use ports::{SourceError, SourceStore};
pub use service::{Deps, Service};
pub use wire::{api, submit_api};
