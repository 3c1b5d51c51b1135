//! Errors of the start.

use std::io;
use std::path::PathBuf;

/// Why a local cloud cannot start. A permanent error: retrying helps only after the named problem
/// has been repaired.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("cannot use the data directory {}", path.display())]
    DataDir { path: PathBuf, source: io::Error },
    #[error("cannot use the directory {} for the cache of builds", path.display())]
    BuildCache { path: PathBuf, source: io::Error },
    #[error("no port is available")]
    Listen(#[source] io::Error),
    #[error("cannot open the state of {service}")]
    Open { service: &'static str, source: io::Error },
}
