//! The settings of a local cloud.

use std::path::PathBuf;

/// The settings of a local cloud.
#[derive(Clone, Debug)]
pub struct Options {
    /// Directory that holds all state. The caller holds its lock.
    pub data_dir: PathBuf,
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
    /// Whether Cloud Functions refuses more than Google's 60 writes in a minute.
    pub functions_quota: bool,
    /// Origins of web pages that may use the APIs, such as `http://localhost:3000`. Requests from
    /// all other pages are refused.
    pub allowed_origins: Vec<String>,
}
