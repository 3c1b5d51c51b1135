//! One instance: a process that is started from an image, sandboxed where possible, and the way to
//! its port.

mod door;
mod host;
mod launch;
mod process;
mod recipe;
mod secrets;
mod start;
mod toolchains;

pub(crate) use host::Host;
pub(crate) use recipe::Recipe;
pub(crate) use secrets::{InstanceSecrets, SecretError};
pub(crate) use start::{Instance, StartError};
pub(crate) use toolchains::HostToolchains;
