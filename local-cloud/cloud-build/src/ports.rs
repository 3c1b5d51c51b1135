//! What the build service needs from Cloud Storage.

use std::io;
use std::path::PathBuf;

/// The part of Cloud Storage that builds use. Calls may block; the build service makes them on
/// blocking threads.
pub trait SourceStore: Send + Sync {
    /// Finds an object; generation 0 means the newest one. Its file must exist until the build has
    /// read it.
    ///
    /// # Errors
    /// [`SourceError::NotFound`] if the object does not exist in that generation. Retrying does not
    /// help.
    fn open(&self, bucket: &str, object: &str, generation: i64) -> Result<Source, SourceError>;

    /// Writes an object, and replaces an existing one.
    ///
    /// # Errors
    /// If the object cannot be stored; the build continues without its log.
    fn write_log(&self, bucket: &str, object: &str, content: &[u8]) -> io::Result<()>;

    /// Creates the bucket if it does not exist.
    ///
    /// # Errors
    /// If the bucket cannot be created; the build continues without its log.
    fn ensure_bucket(&self, bucket: &str, project: &str, location: &str) -> io::Result<()>;
}

/// An object that a build reads.
#[derive(Clone, Debug)]
pub struct Source {
    /// The file with its content.
    pub path: PathBuf,
    pub generation: i64,
    /// Base64; `None` for a composite object.
    pub md5: Option<String>,
}

/// The part of Secret Manager that builds use.
pub trait SecretSource: Send + Sync {
    /// The text of a version, `projects/P/secrets/S/versions/V`.
    ///
    /// # Errors
    /// Why it cannot be used, in the words of Secret Manager: it does not exist, is disabled, or is
    /// no text. Retrying does not help until that changes.
    fn text(&self, version: &str) -> Result<String, String>;
}

#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The bucket, the object or the generation does not exist.
    #[error("no such object")]
    NotFound,
    /// The key of Cloud KMS that protects the object cannot be used, in the words of Cloud Storage.
    /// Retrying does not help until it can.
    #[error("{0}")]
    Key(String),
    #[error("cannot read the object")]
    Io(#[from] io::Error),
}
