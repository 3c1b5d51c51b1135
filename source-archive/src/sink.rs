//! The output of an archive: a temporary file that is hashed and counted while it is written.

use std::io::{BufWriter, Seek, Write};

use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

use crate::PackError;

/// An archive that is being written. After an error it is unusable.
pub(super) struct Sink {
    file: BufWriter<NamedTempFile>,
    hash: Sha256,
    size_bytes: u64,
    limit_bytes: u64,
}

/// A finished archive.
pub(super) struct Filled {
    pub(super) file: NamedTempFile,
    pub(super) sha256: String,
    pub(super) size_bytes: u64,
}

impl Sink {
    /// `limit_bytes` is the maximum size of the archive, at most 4 GiB.
    pub(super) fn new(limit_bytes: u64) -> Result<Self, PackError> {
        let file = BufWriter::new(NamedTempFile::new().map_err(PackError::Scratch)?);
        Ok(Self { file, hash: Sha256::new(), size_bytes: 0, limit_bytes })
    }

    /// Returns the number of bytes that were written.
    pub(super) fn position(&self) -> u32 {
        u32::try_from(self.size_bytes).unwrap_or(u32::MAX)
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), PackError> {
        self.size_bytes += bytes.len() as u64;
        if self.size_bytes > self.limit_bytes {
            return Err(PackError::ArchiveTooLarge { limit: self.limit_bytes });
        }
        self.hash.update(bytes);
        self.file.write_all(bytes).map_err(PackError::Scratch)
    }

    /// Returns the file, positioned at its start.
    pub(super) fn finish(self) -> Result<Filled, PackError> {
        let Self { file, hash, size_bytes, .. } = self;
        let mut file = file.into_inner().map_err(|error| PackError::Scratch(error.into_error()))?;
        file.rewind().map_err(PackError::Scratch)?;
        Ok(Filled { file, sha256: hex(&hash.finalize()), size_bytes })
    }
}

/// Formats bytes as lower-case hexadecimal text.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
