//! Detects the format of an archive.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use crate::{Limits, PackError, Packed, repack_tar_gz, repack_zip};

/// First bytes of a gzip stream. <https://www.rfc-editor.org/rfc/rfc1952#section-2.3.1>
const GZIP_MAGIC: &[u8] = &[0x1f, 0x8b];

/// Makes an untrusted archive canonical. A tar.gz is recognized by its first bytes; anything else
/// is read as a zip. Takes only the files in `directory`, or all if it is empty.
///
/// # Errors
/// As [`repack_zip`] and [`repack_tar_gz`].
pub fn repack(archive: &Path, directory: &str, limits: &Limits) -> Result<Packed, PackError> {
    let mut magic = Vec::new();
    let file = File::open(archive).map_err(PackError::Scratch)?;
    file.take(GZIP_MAGIC.len() as u64).read_to_end(&mut magic).map_err(PackError::Scratch)?;
    if magic == GZIP_MAGIC {
        repack_tar_gz(archive, directory, limits)
    } else {
        repack_zip(archive, directory, limits)
    }
}
