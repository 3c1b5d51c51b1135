//! Which kind of archive it is.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use crate::{Limits, PackError, Packed, repack_tar_gz, repack_zip};

/// How a gzip stream begins. <https://www.rfc-editor.org/rfc/rfc1952#section-2.3.1>
const GZIP_MAGIC: &[u8] = &[0x1f, 0x8b];

/// Makes an archive that nobody vouches for canonical: a tar.gz by its first bytes, everything else
/// as a zip. Only the files inside of `directory` are taken; empty: all.
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
