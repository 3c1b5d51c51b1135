//! The build service: `builds:submit` of Cloud Run, the Cloud Build API behind it, and the builds
//! themselves.
//!
//! [`Service`] records builds in a journal and runs a bounded number of them at a time. A build
//! unpacks its source, lets the buildpack that detects it create layers with the host's own
//! language runtime, writes an OCI image, and pushes it.
//!
//! An image built here contains no operating system. Its first layer is a marker that names the
//! host's interpreter, and the image is meant to run on top of the host's root file system. It
//! cannot run on another machine, and its labels say so.

mod blocking;
mod buildpack;
mod chain;
mod confinement;
mod core;
mod credentials;
mod digest;
mod facts;
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
pub use ports::{SecretSource, Source, SourceError, SourceStore};
pub use service::{Deps, Service};
pub use wire::{api, submit_api, submit_as};
