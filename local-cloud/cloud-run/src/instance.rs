//! One instance: a process that is started from an image, sandboxed where possible, and its
//! loopback port.

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
