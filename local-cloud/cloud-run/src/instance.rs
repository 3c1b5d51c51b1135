//! One instance: a process that was started from an image, in a sandbox where there is one, and its
//! port on loopback.

mod cgroup;
mod host;
mod isolation;
mod launch;
mod memory;
mod mounts;
mod process;
mod recipe;
mod secrets;
mod start;

pub(crate) use cgroup::Cgroups;
pub(crate) use host::Host;
pub(crate) use isolation::Isolation;
pub use isolation::missing_sandbox;
pub(crate) use recipe::Recipe;
pub(crate) use secrets::{InstanceSecrets, SecretError};
pub(crate) use start::{Instance, StartError};
