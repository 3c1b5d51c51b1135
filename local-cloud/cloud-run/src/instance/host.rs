//! What all instances on this machine share.

use std::path::PathBuf;
use std::sync::Arc;

use tokio_util::task::TaskTracker;

use super::cgroup::Cgroups;
use super::isolation::Isolation;
use super::secrets::InstanceSecrets;
use crate::logs::LogStore;
use crate::tuning::Tuning;

pub(crate) struct Host {
    pub(crate) isolation: Isolation,
    pub(crate) guard: Option<PathBuf>,
    pub(crate) cgroups: Cgroups,
    pub(crate) logs: Arc<LogStore>,
    pub(crate) secrets: InstanceSecrets,
    pub(crate) tuning: Tuning,
    /// Everything that has to finish before the local cloud exits.
    pub(crate) tasks: TaskTracker,
}
