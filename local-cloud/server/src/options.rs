//! What a local cloud is started with.

use std::path::PathBuf;

/// What a local cloud is started with.
#[derive(Clone, Debug)]
pub struct Options {
    /// Directory that holds all state. The caller owns its lock.
    pub data_dir: PathBuf,
    /// Project id that callers use; another id works as well, this one is what `--print-env` and
    /// the defaults name.
    pub project: String,
    /// Number of the project, as it appears in build names and service agents.
    pub project_number: u64,
    /// Region that callers use by default.
    pub region: String,
    /// Program that guards child processes: started as `PROGRAM internal guard -- COMMAND…`, it
    /// runs the command in a process group of its own, and kills that group when its standard input
    /// closes, as it does when this process dies in any way. `None`: children are started without a
    /// guard, and outlive a kill -9 (for unit tests).
    pub guard: Option<PathBuf>,
    /// Refuse to run functions where no sandbox can be had, instead of running them without.
    pub require_isolation: bool,
}
