//! Where contents are: the port of the store, with files behind it in the server and memory in simulations.

mod files;
mod memory;

pub use files::{Files, StagedFile};
pub use memory::{Memory, StagedMemory};

use std::collections::BTreeSet;
use std::io::{self, Read, Seek};

use super::Digest;

/// Contents, each kept under the generation of its object. A content never changes.
pub trait Contents: Send + Sync + 'static {
    /// A content that is still being received.
    type Staged: Staged;
    /// A content that is kept, to be read. It stays readable while it is held, whatever happens to the object.
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

    /// Size and CRC-32C so far.
    fn digest(&self) -> Digest;

    /// MD5 so far: reads everything again, because few writers ask for it.
    ///
    /// # Errors
    /// When it cannot be read.
    fn md5(&mut self) -> io::Result<[u8; 16]>;
}
