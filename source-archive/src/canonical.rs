//! The one writer of canonical archives.

use std::io::{Read, Write};

use ::zip::write::{SimpleFileOptions, StreamWriter};
use ::zip::{CompressionMethod, DateTime, System, ZipWriter};
use tempfile::NamedTempFile;

use crate::limits::RATIO_FLOOR_BYTES;
use crate::sink::Sink;
use crate::{Limits, PackError};

/// A canonical archive. The file is removed when this is dropped.
#[derive(Debug)]
pub struct Packed {
    /// The archive, positioned at its beginning.
    pub file: NamedTempFile,
    /// SHA-256 of the archive's bytes, lower-case hex.
    pub sha256: String,
    /// Size of the archive, in bytes.
    pub size_bytes: u64,
    /// Files in it.
    pub files: usize,
}

/// zlib's own default: level 9 costs twice the time and saves a fiftieth. Another level is another
/// digest for every source.
const DEFLATE_LEVEL: i64 = 6;

/// Content reaches the compressor in blocks of exactly this size, because where its input is cut
/// can show in its output, and files, links and zips arrive in pieces of different sizes. Another
/// size may be another digest for every source.
const BLOCK_BYTES: usize = 64 << 10;

/// Takes files in the order of their names and writes them down. After an error there is no
/// archive: drop it.
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

    /// Adds one file with all that `content` gives, and says how many bytes that were. `unreadable`
    /// names the failure of `content`.
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

/// Both ways into an archive end here, so that what one packs, the other does not refuse.
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
