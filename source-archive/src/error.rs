//! Why there is no archive.

use std::path::PathBuf;

use ::zip::result::ZipError;

/// Why a directory or an archive cannot become a canonical archive.
///
/// It comes again with the same source, which has to change, unless the disk of this machine
/// failed: [`PackError::is_transient`].
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// A file or directory of the source cannot be read; a link that points nowhere or to itself is
    /// among them.
    #[error("cannot read {}", path.display())]
    Read {
        /// The path on this machine.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A `#!include:` line of an ignore file that names another directory.
    #[error("{}: `#!include:{included}` may only name a file in the same directory", path.display())]
    Include {
        /// The ignore file.
        path: PathBuf,
        /// What the line names.
        included: String,
    },
    /// A symbolic link that leads out of the source.
    #[error("link {} leads out of the source, to {}", path.display(), target.display())]
    LinkLeaves {
        /// The link.
        path: PathBuf,
        /// Where it ends.
        target: PathBuf,
    },
    /// A symbolic link to a directory that it is in.
    #[error("link {} leads back to a directory that holds it, {}", path.display(), target.display())]
    LinkLoops {
        /// The link.
        path: PathBuf,
        /// Where it ends.
        target: PathBuf,
    },
    /// A socket, a named pipe or a device.
    #[error("{} is a {kind}; only files and directories can be source", path.display())]
    NotAFile {
        /// The path on this machine.
        path: PathBuf,
        /// What it is.
        kind: &'static str,
    },
    /// Nothing to pack.
    #[error("{what} holds no file to deploy: it is empty, or everything in it is ignored")]
    Empty {
        /// The directory or the archive.
        what: String,
    },
    /// A symbolic link in a revision of a repository that does not lead to one of its files.
    #[error("link {name:?} does not lead to a file or folder of the source")]
    Link {
        /// The link's path in the source.
        name: String,
    },

    /// A name that does not mean the same file everywhere.
    #[error("entry {name:?} {reason}")]
    Name {
        /// The entry's name; what is not UTF-8 in it is replaced.
        name: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// One name twice.
    #[error("entry {name:?} is there twice")]
    Duplicate {
        /// The entry's name.
        name: String,
    },
    /// A name that is a file and the folder of another file.
    #[error("entry {name:?} is a file, and entry {inside:?} is inside it")]
    FileIsFolder {
        /// The file.
        name: String,
        /// What claims to be inside.
        inside: String,
    },
    /// An entry that needs a password.
    #[error("entry {name:?} is encrypted; source has to be readable")]
    Encrypted {
        /// The entry's name.
        name: String,
    },
    /// A link, device or other special entry in an archive.
    #[error("entry {name:?} is a {kind}; an archive of source may only hold files and folders")]
    Special {
        /// The entry's name.
        name: String,
        /// What it is.
        kind: &'static str,
    },
    /// An entry whose content is damaged or larger than declared, or compressed by another method
    /// than deflate or none.
    #[error("entry {name:?} cannot be read")]
    Entry {
        /// The entry's name.
        name: String,
        /// What the zip library said.
        source: ZipError,
    },
    /// An entry that holds less than the archive declares; one that holds more is
    /// [`PackError::Entry`].
    #[error("entry {name:?} declares {declared} bytes and holds {actual}")]
    Size {
        /// The entry's name.
        name: String,
        /// Bytes that the archive declares.
        declared: u64,
        /// Bytes that came out.
        actual: u64,
    },
    /// Not a zip, or one that two readers could read differently.
    #[error("not a zip file that can be trusted: {0}")]
    NotAZip(&'static str),
    /// Not a tar.gz that every reader reads alike.
    #[error("not a tar.gz file that can be trusted: {0}")]
    NotATar(&'static str),
    /// A tar.gz that cannot be decompressed, or whose headers are damaged.
    #[error("tar.gz file is damaged")]
    Tar(#[source] std::io::Error),
    /// A zip whose parts contradict each other.
    #[error("zip file is damaged")]
    Zip(#[source] ZipError),

    /// More entries than the limit.
    #[error("more than {limit} entries")]
    TooManyEntries {
        /// [`Limits::entries`](crate::Limits::entries).
        limit: usize,
    },
    /// A path longer than the limit.
    #[error("path {name:?} is longer than {limit} bytes")]
    PathTooLong {
        /// The beginning of the path.
        name: String,
        /// [`Limits::path_bytes`](crate::Limits::path_bytes).
        limit: usize,
    },
    /// A path deeper than the limit.
    #[error("path {name:?} is deeper than {limit} levels")]
    PathTooDeep {
        /// The path.
        name: String,
        /// [`Limits::depth`](crate::Limits::depth).
        limit: usize,
    },
    /// More content than the limit.
    #[error("source is larger than {limit} bytes uncompressed, at {name:?}")]
    ContentTooLarge {
        /// The file with which the limit was passed.
        name: String,
        /// [`Limits::uncompressed_bytes`](crate::Limits::uncompressed_bytes).
        limit: u64,
    },
    /// A larger archive than the limit.
    #[error("archive is larger than {limit} bytes")]
    ArchiveTooLarge {
        /// [`Limits::compressed_bytes`](crate::Limits::compressed_bytes).
        limit: u64,
    },
    /// Content that is out of all proportion to the archive.
    #[error(
        "source of {uncompressed} bytes is in an archive of {compressed}, more than {limit} to 1"
    )]
    Ratio {
        /// Bytes of content.
        uncompressed: u64,
        /// Bytes of the archive.
        compressed: u64,
        /// [`Limits::ratio`](crate::Limits::ratio).
        limit: u64,
    },

    /// The zip that was fetched, or the archive that is written: the disk for temporary files is
    /// full, missing or failing.
    #[error("cannot use a temporary file")]
    Scratch(#[source] std::io::Error),
}

impl PackError {
    /// True when the machine failed and not the source: worth another attempt, perhaps elsewhere.
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

/// The libraries report damaged data as an I/O error too; only the system's own errors carry a
/// number.
fn is_from_system(error: &std::io::Error) -> bool {
    error.raw_os_error().is_some()
}
