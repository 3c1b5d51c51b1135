//! The port.

use std::collections::BTreeSet;
use std::io::{self, Read, Seek};

use crate::Digest;

/// Contents, each kept under the generation of its object. A content never changes.
pub trait Contents: Send + Sync + 'static {
    /// A content that is still being received.
    type Staged: Staged;
    /// A content that is kept, to be read. It stays readable while it is held, whatever happens to
    /// the object.
    type Content: Read + Seek + Send + 'static;

    /// An empty content. Dropping it removes it.
    ///
    /// # Errors
    /// When there is no room for it, or no permission.
    fn stage(&self) -> io::Result<Self::Staged>;

    /// What has been received of a resumable upload so far; empty at first. Dropping it keeps it.
    ///
    /// # Errors
    /// When it cannot be read, or there is no room for it.
    fn resume(&self, upload: &str) -> io::Result<Self::Staged>;

    /// Removes what was received of a resumable upload; nothing is fine.
    ///
    /// # Errors
    /// When it is there and cannot be removed.
    fn abandon(&self, upload: &str) -> io::Result<()>;

    /// Keeps a complete content.
    ///
    /// # Errors
    /// When it cannot be moved; the content is not kept then.
    fn keep(&self, staged: Self::Staged, generation: i64) -> io::Result<()>;

    /// Keeps a content under another generation as well. It costs no copy: a content never changes.
    ///
    /// # Errors
    /// When it is not there, or cannot be linked.
    fn link(&self, generation: i64, other: i64) -> io::Result<()>;

    /// Adds a whole content, whose digest is known, to the end of one that is being received,
    /// without reading it.
    ///
    /// # Errors
    /// When it cannot be copied; how much was added is unknown then.
    fn concatenate(
        &self,
        staged: &mut Self::Staged,
        content: Self::Content,
        digest: &Digest,
    ) -> io::Result<()>;

    /// A content that was kept.
    ///
    /// # Errors
    /// When it is not there (any more), or cannot be read.
    fn open(&self, generation: i64) -> io::Result<Self::Content>;

    /// Removes a content that was kept; nothing is fine.
    ///
    /// # Errors
    /// When it is there and cannot be removed.
    fn remove(&self, generation: i64) -> io::Result<()>;

    /// Removes everything that is not named: what a crash between two steps left behind.
    ///
    /// # Errors
    /// When something cannot be removed.
    fn sweep(&self, generations: &BTreeSet<i64>, uploads: &BTreeSet<String>) -> io::Result<()>;
}

/// A content that is still being received.
pub trait Staged: Send + 'static {
    /// Adds to its end.
    ///
    /// # Errors
    /// When it cannot be written; how much was added is unknown then.
    fn append(&mut self, data: &[u8]) -> io::Result<()>;

    /// Size so far.
    fn size_bytes(&self) -> u64;

    /// Size and checksums so far.
    fn digest(&self) -> Digest;
}
