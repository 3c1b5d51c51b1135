//! What all instances on this machine share.

use std::sync::Arc;

use longshore_local_kit::keys::CustomerKeys;
use longshore_local_sandbox::Launcher;
use tokio_util::task::TaskTracker;

use super::secrets::InstanceSecrets;
use super::toolchains::HostToolchains;
use crate::inside::Inside;
use crate::logs::LogStore;
use crate::machine::Machine;
use crate::tuning::Tuning;

pub(crate) struct Host {
    pub(crate) launcher: Launcher,
    /// `None` where instances share the network of this machine.
    pub(crate) inside: Option<Inside>,
    pub(crate) toolchains: HostToolchains,
    pub(crate) logs: Arc<LogStore>,
    pub(crate) secrets: InstanceSecrets,
    pub(crate) keys: Arc<dyn CustomerKeys>,
    pub(crate) tuning: Tuning,
    pub(crate) machine: Arc<Machine>,
    /// Everything that has to finish before the local cloud exits.
    pub(crate) tasks: TaskTracker,
}

impl Host {
    /// How far instances are not isolated from this machine, in one line; `None` if the sandbox
    /// lacks nothing.
    pub(crate) fn missing_isolation(&self) -> Option<String> {
        let weakness = || Some(format!("in a weaker sandbox: {}", self.launcher.weakness()?));
        let missing = self.launcher.missing_sandbox();
        missing.map(|why| format!("without a sandbox: {why}")).or_else(weakness)
    }
}
