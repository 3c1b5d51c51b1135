//! The traits of content storage.

use std::collections::BTreeSet;
use std::io::{self, Read, Seek};

use crate::Digest;

/// Stores the content of each object under the object's generation. Stored content never changes.
pub trait Contents: Send + Sync + 'static {
    /// Content that is still being received.
    type Staged: Staged;
    /// Stored content, for reading. It stays readable while the handle is open, even if the object
    /// is deleted.
    type Content: Read + Seek + Send + 'static;

    /// Creates empty content. Dropping it removes it.
    ///
    /// # Errors
    /// When it cannot be created.
    fn stage(&self) -> io::Result<Self::Staged>;

    /// Opens what a resumable upload has received so far; creates it empty. Dropping it keeps it.
    ///
    /// # Errors
    /// When it cannot be read or created.
    fn resume(&self, upload: &str) -> io::Result<Self::Staged>;

    /// Removes what a resumable upload has received; succeeds if there is nothing.
    ///
    /// # Errors
    /// When it exists and cannot be removed.
    fn abandon(&self, upload: &str) -> io::Result<()>;

    /// Stores complete content under a generation.
    ///
    /// # Errors
    /// When it cannot be moved; nothing is stored then.
    fn keep(&self, staged: Self::Staged, generation: i64) -> io::Result<()>;

    /// Stores the content of one generation under another one as well, without a copy.
    ///
    /// # Errors
    /// When it is missing or cannot be linked.
    fn link(&self, generation: i64, other: i64) -> io::Result<()>;

    /// Appends stored content, whose digest is known, to content that is being received, without
    /// reading it.
    ///
    /// # Errors
    /// When it cannot be copied; the appended length is undefined then.
    fn concatenate(
        &self,
        staged: &mut Self::Staged,
        content: Self::Content,
        digest: &Digest,
    ) -> io::Result<()>;

    /// Opens stored content.
    ///
    /// # Errors
    /// When it is missing or cannot be read.
    fn open(&self, generation: i64) -> io::Result<Self::Content>;

    /// Removes stored content; succeeds if it is missing.
    ///
    /// # Errors
    /// When it exists and cannot be removed.
    fn remove(&self, generation: i64) -> io::Result<()>;

    /// Removes everything except the given generations and uploads: the leftovers of a crash
    /// between two steps.
    ///
    /// # Errors
    /// When something cannot be removed.
    fn sweep(&self, generations: &BTreeSet<i64>, uploads: &BTreeSet<String>) -> io::Result<()>;
}

/// Content that is still being received.
pub trait Staged: Send + 'static {
    /// # Errors
    /// When the data cannot be written; the appended length is undefined then.
    fn append(&mut self, data: &[u8]) -> io::Result<()>;

    fn size_bytes(&self) -> u64;

    fn digest(&self) -> Digest;
}
