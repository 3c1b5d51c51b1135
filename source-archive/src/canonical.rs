//! The only writer of canonical archives.
//!
//! The caller reads, several threads compress, one thread writes and hashes. See `pipeline` for
//! what is in memory meanwhile.

mod format;
mod pipeline;

#[cfg(test)]
mod tests;

use std::io::Read;
use std::num::NonZero;

use tempfile::NamedTempFile;

use self::pipeline::{Pipeline, Stopped};
use crate::limits::RATIO_FLOOR_BYTES;
use crate::sink::Sink;
use crate::{Limits, PackError};

/// A canonical archive. Dropping it removes the file.
#[derive(Debug)]
pub struct Packed {
    /// The archive, positioned at its start.
    pub file: NamedTempFile,
    /// SHA-256 of the archive, in lower-case hexadecimal.
    pub sha256: String,
    pub size_bytes: u64,
    /// Number of files.
    pub files: usize,
}

/// Content reaches the compressor in blocks of exactly this size, because the boundaries of its
/// input can affect its output, and files and archives are read in pieces of different sizes.
/// Another size may change the digest of every source.
const BLOCK_BYTES: usize = 64 << 10;

/// More threads than this wait for the caller, who reads the files one after the other.
const THREADS_MAX: usize = 8;

/// Writes files, which the caller adds in the order of their names. After an error the archive is
/// unusable: drop the writer.
pub(super) struct CanonicalWriter<'a> {
    pipeline: Pipeline,
    limits: &'a Limits,
    /// The name of the last file.
    last: String,
    files: usize,
    uncompressed_bytes: u64,
}

/// Why a file was not added.
enum Interrupted {
    /// The caller's side failed.
    Failed(PackError),
    /// The threads have stopped, and know why.
    Stopped,
}

impl<'a> CanonicalWriter<'a> {
    /// Compresses with as many threads as this machine has cores.
    pub(super) fn new(limits: &'a Limits) -> Result<Self, PackError> {
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        Self::with_threads(cores.min(THREADS_MAX), limits)
    }

    fn with_threads(threads: usize, limits: &'a Limits) -> Result<Self, PackError> {
        let sink = Sink::new(limits.compressed_bytes.min(format::MAX_BYTES))?;
        let pipeline = Pipeline::start(threads, sink).map_err(PackError::Scratch)?;
        Ok(Self { pipeline, limits, last: String::new(), files: 0, uncompressed_bytes: 0 })
    }

    /// Adds a file with the whole of `content`, and returns its size in bytes. `unreadable`
    /// converts a read error of `content`.
    ///
    /// # Errors
    /// Reports the first error in the order of the files, so that the same source fails in the
    /// same way whatever the number of threads.
    pub(super) fn add(
        &mut self,
        name: &str,
        executable: bool,
        content: &mut impl Read,
        unreadable: impl Fn(std::io::Error) -> PackError,
    ) -> Result<u64, PackError> {
        self.feed(name, executable, content, unreadable).map_err(|interrupted| {
            match (self.pipeline.stop(), interrupted) {
                (Some(earlier), _) => earlier,
                (None, Interrupted::Failed(error)) => error,
                (None, Interrupted::Stopped) => pipeline::lost(),
            }
        })
    }

    fn feed(
        &mut self,
        name: &str,
        executable: bool,
        content: &mut impl Read,
        unreadable: impl Fn(std::io::Error) -> PackError,
    ) -> Result<u64, Interrupted> {
        self.check_name(name)?;
        let limit = self.limits.uncompressed_bytes.min(format::MAX_BYTES);
        let mut file = self.pipeline.begin(name, executable)?;
        let before = self.uncompressed_bytes;
        loop {
            let mut block = Vec::with_capacity(BLOCK_BYTES);
            let read = content
                .take(BLOCK_BYTES as u64)
                .read_to_end(&mut block)
                .map_err(|error| Interrupted::Failed(unreadable(error)))?;
            self.uncompressed_bytes += read as u64;
            if self.uncompressed_bytes > limit {
                return Err(Interrupted::Failed(PackError::ContentTooLarge {
                    name: name.to_owned(),
                    limit,
                }));
            }
            if read > 0 {
                file.send(block)?;
            }
            if read < BLOCK_BYTES {
                break;
            }
        }
        file.end()?;
        self.files += 1;
        Ok(self.uncompressed_bytes - before)
    }

    fn check_name(&mut self, name: &str) -> Result<(), Interrupted> {
        let rejected = if self.files >= format::MAX_ENTRIES {
            PackError::TooManyEntries { limit: format::MAX_ENTRIES }
        } else if name.len() > format::MAX_NAME_BYTES {
            let limit = format::MAX_NAME_BYTES;
            PackError::PathTooLong { name: name.chars().take(64).collect(), limit }
        } else if self.files > 0 && self.last == name {
            PackError::Duplicate { name: name.to_owned() }
        } else {
            name.clone_into(&mut self.last);
            return Ok(());
        };
        Err(Interrupted::Failed(rejected))
    }

    /// Closes the archive.
    pub(super) fn finish(self) -> Result<Packed, PackError> {
        let Self { pipeline, limits, files, uncompressed_bytes, .. } = self;
        let filled = pipeline.finish()?;
        check_ratio(uncompressed_bytes, filled.size_bytes, limits)?;
        Ok(Packed {
            file: filled.file,
            sha256: filled.sha256,
            size_bytes: filled.size_bytes,
            files,
        })
    }
}

impl From<Stopped> for Interrupted {
    fn from(_: Stopped) -> Self {
        Self::Stopped
    }
}

/// Checks the compression ratio. Directories and archives are both checked here, so that repacking
/// never rejects what packing accepts.
pub(super) fn check_ratio(
    uncompressed: u64,
    compressed: u64,
    limits: &Limits,
) -> Result<(), PackError> {
    if uncompressed >= RATIO_FLOOR_BYTES && uncompressed / limits.ratio.max(1) > compressed {
        return Err(PackError::Ratio { uncompressed, compressed, limit: limits.ratio });
    }
    Ok(())
}
