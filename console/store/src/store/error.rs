//! Why a store cannot be used.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// Why a store cannot be opened, read or written. No deployment depends on it.
#[derive(Debug, Error)]
pub enum StoreError {
    /// Another process writes to the directory.
    #[error("another process has the traces in {} open", .0.display())]
    InUse(PathBuf),
    #[error("cannot {action} {}", .path.display())]
    Io {
        action: &'static str,
        path: PathBuf,
        #[source]
        error: io::Error,
    },
    /// The file does not begin as a trace file of this version does.
    #[error("{} is not a trace file of this version", .0.display())]
    Foreign(PathBuf),
}

impl StoreError {
    pub(crate) fn io(action: &'static str, path: &Path, error: io::Error) -> Self {
        Self::Io { action, path: path.to_owned(), error }
    }
}
