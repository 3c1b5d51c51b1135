//! Errors of packing.

use std::path::PathBuf;

use ::zip::result::ZipError;

/// A directory or an archive cannot be packed into a canonical archive.
///
/// Permanent: the source has to change. The exception is a failure of this machine's disk, see
/// [`PackError::is_transient`].
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// A file or directory of the source cannot be read, or is a broken link or a link to itself.
    #[error("cannot read {}", path.display())]
    Read {
        /// Path on this machine.
        path: PathBuf,
        source: std::io::Error,
    },
    /// A `#!include:` line of an ignore file names another directory.
    #[error("{}: `#!include:{included}` must name a file in the same directory", path.display())]
    Include {
        path: PathBuf,
        /// The file that the line names.
        included: String,
    },
    /// A symbolic link leads out of the source.
    #[error("link {} leads out of the source, to {}", path.display(), target.display())]
    LinkLeaves { path: PathBuf, target: PathBuf },
    /// A symbolic link leads to a directory that contains it.
    #[error("link {} leads to a directory that contains it, {}", path.display(), target.display())]
    LinkLoops { path: PathBuf, target: PathBuf },
    #[error("{} is a {kind}, but source may only contain files and directories", path.display())]
    NotAFile {
        /// Path on this machine.
        path: PathBuf,
        kind: &'static str,
    },
    /// A directory of the source is the data directory of a local cloud.
    #[error("{} is the state of a local cloud, with its secrets and keys", path.display())]
    State { path: PathBuf },
    /// There is nothing to pack.
    #[error("{what} contains no files to deploy: it is empty, or all its files are ignored")]
    Empty { what: String },
    /// A symbolic link in a repository does not lead to one of its files.
    #[error("link {name:?} does not lead to a file or folder of the source")]
    Link {
        /// Path of the link in the source.
        name: String,
    },

    /// A name does not refer to the same file on every platform.
    #[error("entry {name:?} {reason}")]
    Name {
        /// Name of the entry, with invalid UTF-8 replaced.
        name: String,
        /// The problem, as the predicate of a sentence.
        reason: &'static str,
    },
    /// Two entries have the same name.
    #[error("entry {name:?} occurs twice")]
    Duplicate { name: String },
    /// An entry is a file and also the folder of another entry.
    #[error("entry {name:?} is a file, but entry {inside:?} is inside it")]
    FileIsFolder {
        name: String,
        /// The entry inside it.
        inside: String,
    },
    /// An entry needs a password.
    #[error("entry {name:?} is encrypted")]
    Encrypted { name: String },
    /// An archive has a link, a device or another special entry.
    #[error("entry {name:?} is a {kind}, but an archive may only contain files and folders")]
    Special { name: String, kind: &'static str },
    /// The content of an entry is damaged, larger than declared, or compressed by an unsupported
    /// method.
    #[error("entry {name:?} cannot be read")]
    Entry { name: String, source: ZipError },
    /// An entry is smaller than declared. (A larger one is [`PackError::Entry`].)
    #[error("entry {name:?} declares {declared} bytes but has {actual}")]
    Size { name: String, declared: u64, actual: u64 },
    /// The file is not a zip, or two programs could read it differently.
    #[error("not a valid zip file: {0}")]
    NotAZip(&'static str),
    /// Two programs could read the tar.gz differently.
    #[error("not a valid tar.gz file: {0}")]
    NotATar(&'static str),
    /// The tar.gz cannot be decompressed, or its headers are damaged.
    #[error("tar.gz file is damaged")]
    Tar(#[source] std::io::Error),
    /// The parts of the zip contradict each other.
    #[error("zip file is damaged")]
    Zip(#[source] ZipError),

    #[error("more than {limit} entries")]
    TooManyEntries {
        /// [`Limits::entries`](crate::Limits::entries).
        limit: usize,
    },
    #[error("path {name:?} is longer than {limit} bytes")]
    PathTooLong {
        /// Beginning of the path.
        name: String,
        /// [`Limits::path_bytes`](crate::Limits::path_bytes).
        limit: usize,
    },
    #[error("path {name:?} has more than {limit} levels")]
    PathTooDeep {
        name: String,
        /// [`Limits::depth`](crate::Limits::depth).
        limit: usize,
    },
    #[error("source is larger than {limit} bytes uncompressed; file {name:?} exceeds the limit")]
    ContentTooLarge {
        /// The file that exceeds the limit.
        name: String,
        /// [`Limits::uncompressed_bytes`](crate::Limits::uncompressed_bytes).
        limit: u64,
    },
    #[error("archive is larger than {limit} bytes")]
    ArchiveTooLarge {
        /// [`Limits::compressed_bytes`](crate::Limits::compressed_bytes).
        limit: u64,
    },
    /// The compression ratio is implausible.
    #[error(
        "source of {uncompressed} bytes is compressed to {compressed} bytes, a ratio of more than {limit} to 1"
    )]
    Ratio {
        uncompressed: u64,
        compressed: u64,
        /// [`Limits::ratio`](crate::Limits::ratio).
        limit: u64,
    },

    /// A temporary file failed: its disk is full, missing or broken.
    #[error("cannot use a temporary file")]
    Scratch(#[source] std::io::Error),
}

impl PackError {
    /// Whether the machine failed and not the source, so that a retry, perhaps on another machine,
    /// may succeed.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Scratch(_) => true,
            Self::Tar(source) => is_from_system(source),
            Self::Entry { source: ZipError::Io(source), .. } | Self::Zip(ZipError::Io(source)) => {
                is_from_system(source)
            }
            Self::Read { .. }
            | Self::Include { .. }
            | Self::LinkLeaves { .. }
            | Self::LinkLoops { .. }
            | Self::NotAFile { .. }
            | Self::State { .. }
            | Self::Empty { .. }
            | Self::Name { .. }
            | Self::Duplicate { .. }
            | Self::FileIsFolder { .. }
            | Self::Encrypted { .. }
            | Self::Special { .. }
            | Self::Entry { .. }
            | Self::Size { .. }
            | Self::Link { .. }
            | Self::NotATar(_)
            | Self::NotAZip(_)
            | Self::Zip(_)
            | Self::TooManyEntries { .. }
            | Self::PathTooLong { .. }
            | Self::PathTooDeep { .. }
            | Self::ContentTooLarge { .. }
            | Self::ArchiveTooLarge { .. }
            | Self::Ratio { .. } => false,
        }
    }
}

/// The libraries also report damaged data as an I/O error; only errors of the system have a number.
fn is_from_system(error: &std::io::Error) -> bool {
    error.raw_os_error().is_some()
}
