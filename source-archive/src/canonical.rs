//! The only writer of canonical archives.

use std::io::{Read, Write};

use ::zip::write::{SimpleFileOptions, StreamWriter};
use ::zip::{CompressionMethod, DateTime, System, ZipWriter};
use tempfile::NamedTempFile;

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

/// zlib's default: level 9 takes twice the time to save 2 %. Another level changes the digest of
/// every source.
const DEFLATE_LEVEL: i64 = 6;

/// Content reaches the compressor in blocks of exactly this size, because the boundaries of its
/// input can affect its output, and files and archives are read in pieces of different sizes.
/// Another size may change the digest of every source.
const BLOCK_BYTES: usize = 64 << 10;

/// Writes files, which the caller adds in the order of their names. After an error the archive is
/// unusable: drop the writer.
pub(super) struct CanonicalWriter<'a> {
    zip: ZipWriter<StreamWriter<Sink>>,
    sink: Sink,
    limits: &'a Limits,
    block: Vec<u8>,
    files: usize,
    uncompressed_bytes: u64,
}

impl<'a> CanonicalWriter<'a> {
    pub(super) fn new(limits: &'a Limits) -> Result<Self, PackError> {
        let sink = Sink::new(limits.compressed_bytes)?;
        let zip = ZipWriter::new_stream(sink.clone());
        Ok(Self {
            zip,
            sink,
            limits,
            block: Vec::with_capacity(BLOCK_BYTES),
            files: 0,
            uncompressed_bytes: 0,
        })
    }

    /// Adds a file with the whole of `content`, and returns its size in bytes. `unreadable`
    /// converts a read error of `content`.
    pub(super) fn add(
        &mut self,
        name: &str,
        executable: bool,
        content: &mut impl Read,
        unreadable: impl Fn(std::io::Error) -> PackError,
    ) -> Result<u64, PackError> {
        let invalid = |source| PackError::Entry { name: name.to_owned(), source };
        self.zip.start_file(name, options(executable)).map_err(invalid)?;
        let before = self.uncompressed_bytes;
        loop {
            self.block.clear();
            let read = content
                .take(BLOCK_BYTES as u64)
                .read_to_end(&mut self.block)
                .map_err(&unreadable)?;
            if read == 0 {
                break;
            }
            self.uncompressed_bytes += read as u64;
            if self.uncompressed_bytes > self.limits.uncompressed_bytes {
                return Err(PackError::ContentTooLarge {
                    name: name.to_owned(),
                    limit: self.limits.uncompressed_bytes,
                });
            }
            self.zip.write_all(&self.block).map_err(|error| invalid(error.into()))?;
            self.sink.check()?;
        }
        self.files += 1;
        Ok(self.uncompressed_bytes - before)
    }

    /// Closes the archive.
    pub(super) fn finish(self) -> Result<Packed, PackError> {
        let Self { zip, sink, limits, files, uncompressed_bytes, .. } = self;
        drop(zip.finish().map_err(PackError::Zip)?);
        let filled = sink.finish()?;
        check_ratio(uncompressed_bytes, filled.size_bytes, limits)?;
        Ok(Packed {
            file: filled.file,
            sha256: filled.sha256,
            size_bytes: filled.size_bytes,
            files,
        })
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

fn options(executable: bool) -> SimpleFileOptions {
    SimpleFileOptions::default()
        .system(System::Unix)
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(DEFLATE_LEVEL))
        .last_modified_time(DateTime::default())
        .unix_permissions(if executable { 0o755 } else { 0o644 })
}
