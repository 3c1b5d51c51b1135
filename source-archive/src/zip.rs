//! Repacks an untrusted zip without extracting it.

use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::path::Path;

use ::zip::ZipArchive;
use ::zip::read::{ArchiveOffset, Config, ZipFileEntry};

use crate::canonical::{CanonicalWriter, check_ratio};
use crate::{Limits, MANIFEST, PackError, Packed, end_record, name};

/// Validates an untrusted zip, and writes the canonical archive of the files in its `directory`, or
/// of all files if `directory` is empty.
///
/// Rejects, with the name of the entry: absolute paths, `..`, backslashes, NUL, names that are not
/// UTF-8, duplicate names, files that are also folders, links and devices, encrypted entries,
/// damaged content, and anything beyond the limits. Rejects the whole zip if two programs could
/// read it differently (local and central headers that differ, overlapping entries, hidden entries,
/// bytes before or after). Blocks until the archive is written to a temporary file. Never panics,
/// whatever the bytes.
///
/// # Errors
/// Names the entry or the limit. Permanent for the same bytes, unless [`PackError::is_transient`].
pub fn repack_zip(zip: &Path, directory: &str, limits: &Limits) -> Result<Packed, PackError> {
    let mut file = File::open(zip).map_err(PackError::Scratch)?;
    let size_bytes = file.metadata().map_err(PackError::Scratch)?.len();
    if size_bytes > limits.compressed_bytes {
        return Err(PackError::ArchiveTooLarge { limit: limits.compressed_bytes });
    }
    end_record::check(&mut file, limits)?;
    let config = Config { archive_offset: ArchiveOffset::Known(0) };
    let mut archive =
        ZipArchive::with_config(config, BufReader::new(file)).map_err(PackError::Zip)?;
    let mut entries = list(&archive, directory, limits)?;
    entries.retain(|entry| entry.name != MANIFEST);
    if entries.is_empty() {
        return Err(PackError::Empty { what: name::described(directory) });
    }
    check_declared(&entries, size_bytes, limits)?;
    archive.validate_header_consistency().map_err(PackError::Zip)?;
    entries.sort_unstable_by(|one, other| one.name.cmp(&other.name));
    let mut writer = CanonicalWriter::new(limits)?;
    for entry in &entries {
        copy(&mut archive, entry, &mut writer)?;
    }
    writer.finish()
}

/// A file of the zip, with a valid name.
struct Listed {
    name: String,
    index: usize,
    executable: bool,
    declared_bytes: u64,
}

/// Lists the files in `directory`, in the zip's order.
fn list<R: Read + Seek>(
    archive: &ZipArchive<R>,
    directory: &str,
    limits: &Limits,
) -> Result<Vec<Listed>, PackError> {
    let mut files = Vec::with_capacity(archive.len());
    let mut folders = Vec::new();
    for index in 0..archive.len() {
        let entry = archive.by_index_data(index).map_err(PackError::Zip)?;
        let raw = entry.name_raw();
        let name = name::check(raw.strip_suffix(b"/").unwrap_or(raw), limits)?;
        let Some(name) = name::within(name, directory).map(str::to_owned) else {
            continue;
        };
        match kind(&entry) {
            Kind::Special(kind) => return Err(PackError::Special { name, kind }),
            Kind::Folder => folders.push(name),
            Kind::File if entry.encrypted() => return Err(PackError::Encrypted { name }),
            Kind::File => {
                let executable = entry.unix_mode().is_some_and(|mode| mode & 0o100 != 0);
                files.push(Listed { name, index, executable, declared_bytes: entry.size() });
            }
        }
    }
    let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
    name::check_folders(&names, &folders)?;
    Ok(files)
}

enum Kind {
    File,
    Folder,
    Special(&'static str),
}

/// The kind of an entry, by its name and the file type in its Unix mode, which a zip from another
/// platform does not have.
fn kind(entry: &ZipFileEntry<'_>) -> Kind {
    const TYPE_MASK: u32 = 0o170_000;
    match (entry.unix_mode().unwrap_or_default() & TYPE_MASK, entry.is_dir()) {
        (0 | 0o100_000, false) => Kind::File,
        (0 | 0o040_000 | 0o100_000, true) => Kind::Folder,
        (0o040_000, false) => Kind::Special("folder without a `/` at the end of its name"),
        (0o120_000, _) => Kind::Special("symbolic link"),
        (0o140_000, _) => Kind::Special("socket"),
        (0o010_000, _) => Kind::Special("named pipe"),
        (_, _) => Kind::Special("device"),
    }
}

/// Rejects a zip bomb by its declared sizes, before any content is read.
fn check_declared(entries: &[Listed], compressed: u64, limits: &Limits) -> Result<(), PackError> {
    let mut uncompressed = 0_u64;
    for entry in entries {
        uncompressed = uncompressed.saturating_add(entry.declared_bytes);
        if uncompressed > limits.uncompressed_bytes {
            return Err(PackError::ContentTooLarge {
                name: entry.name.clone(),
                limit: limits.uncompressed_bytes,
            });
        }
    }
    check_ratio(uncompressed, compressed, limits)
}

/// Copies one file. The library stops at the declared size; a file that is too small is detected
/// here.
fn copy<R: Read + Seek>(
    archive: &mut ZipArchive<R>,
    entry: &Listed,
    writer: &mut CanonicalWriter<'_>,
) -> Result<(), PackError> {
    let Listed { name, index, executable, declared_bytes } = entry;
    let damaged = |source| PackError::Entry { name: name.clone(), source };
    let mut content = archive.by_index(*index).map_err(damaged)?;
    let actual = writer.add(name, *executable, &mut content, |error| damaged(error.into()))?;
    if actual != *declared_bytes {
        return Err(PackError::Size { name: name.clone(), declared: *declared_bytes, actual });
    }
    Ok(())
}
