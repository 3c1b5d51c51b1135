//! The settings of a local cloud.

use std::path::PathBuf;

use longshore_local_kit::quotas::{Pace, QuotaSettings};

/// The settings of a local cloud.
#[derive(Clone, Debug)]
pub struct Options {
    /// Directory that holds all state. The caller holds its lock.
    pub data_dir: PathBuf,
    /// Directory for what builds install without a source, such as the Functions Framework. Any
    /// number of local clouds of this user may have the same one at the same time. `None`: it is
    /// in `data_dir`.
    pub build_cache: Option<PathBuf>,
    /// Id of the default project, which `--print-env` prints. Other ids work as well.
    pub project: String,
    /// Number of the project, which appears in the names of builds and service agents.
    pub project_number: u64,
    /// Default region.
    pub region: String,
    /// Program that guards child processes: `PROGRAM internal guard` calls
    /// [`guard::main`](crate::guard::main). Its standard input closes however this process dies, and
    /// then it kills its command.
    pub guard: PathBuf,
    /// Whether to reject functions where no sandbox is available, instead of running them without
    /// one.
    pub require_isolation: bool,
    /// The quotas of requests.
    pub quotas: QuotaSettings,
    /// How long builds, revisions and requests take, by which clock.
    pub pace: Pace,
    /// Whether functions share the network of this machine, with all of its ports, instead of having
    /// networks of their own where a sandbox is available.
    pub share_network: bool,
    /// What functions cannot use, although it is in their project.
    pub reserved: Reserved,
    /// Origins of web pages that may use the APIs, such as `http://localhost:3000`. Requests from
    /// all other pages are refused.
    pub allowed_origins: Vec<String>,
}

/// What a fleet works with: a function that could write to it would deploy what it likes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reserved {
    /// Name of the fleet. Its topics and subscriptions begin with it and a dot.
    pub fleet: String,
    /// Names of buckets. One that ends with `-` stands for all that begin with it, and one that begins
    /// with `-` for all that end with it.
    pub buckets: Vec<String>,
}

impl Reserved {
    pub(crate) fn is_topic_or_subscription(&self, id: &str) -> bool {
        !self.fleet.is_empty()
            && id.strip_prefix(&self.fleet).is_some_and(|rest| rest.starts_with('.'))
    }

    pub(crate) fn is_bucket(&self, name: &str) -> bool {
        self.buckets.iter().any(|reserved| {
            name == reserved
                || (reserved.ends_with('-') && name.starts_with(reserved.as_str()))
                || (reserved.starts_with('-') && name.ends_with(reserved.as_str()))
        })
    }
}
