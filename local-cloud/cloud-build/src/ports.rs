//! What the build service needs from the rest of the local cloud.

use std::io;
use std::path::PathBuf;

/// The part of Cloud Storage that builds use. Calls may block; the build service makes them on
/// blocking threads.
pub trait SourceStore: Send + Sync {
    /// A file on the disk with the object's content; generation 0 means the newest one. The file
    /// must stay until the build has read it.
    ///
    /// # Errors
    /// [`SourceError::NotFound`] when there is no such object of that generation; it will come
    /// again.
    fn open(&self, bucket: &str, object: &str, generation: i64) -> Result<PathBuf, SourceError>;

    /// Writes a whole object, over an older one.
    ///
    /// # Errors
    /// When the object cannot be stored; the build goes on without its log.
    fn write_log(&self, bucket: &str, object: &str, content: &[u8]) -> io::Result<()>;

    /// Makes the bucket when it is missing.
    ///
    /// # Errors
    /// When it cannot be made; the build goes on without its log.
    fn ensure_bucket(&self, bucket: &str, project: &str, location: &str) -> io::Result<()>;
}

/// Why a source cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// No such bucket, object or generation.
    #[error("no such object")]
    NotFound,
    /// The disk.
    #[error("cannot read the object")]
    Io(#[from] io::Error),
}
