//! Why a store cannot be used, and why it does not take spans.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::otlp::OtlpError;

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
    /// The files of the traces cannot be written, and no more is taken until they can.
    #[error("the journal is full, and the traces in it cannot be written to their files")]
    Full,
    /// The file does not begin as a trace file of this version does.
    #[error("{} is not a trace file of this version", .0.display())]
    Foreign(PathBuf),
}

/// Why spans are not taken. None of them is in the store.
#[derive(Debug, Error)]
pub enum IngestError {
    /// Permanent: the sender has to drop them.
    #[error(transparent)]
    Otlp(#[from] OtlpError),
    /// They may be sent again later.
    #[error("the spans cannot be stored now")]
    Store(#[from] StoreError),
}

impl StoreError {
    pub(crate) fn io(action: &'static str, path: &Path, error: io::Error) -> Self {
        Self::Io { action, path: path.to_owned(), error }
    }
}
