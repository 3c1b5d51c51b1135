//! Repacks an untrusted tar.gz without extracting it.
//!
//! A tar is a stream in any order and the canonical archive is sorted, so the content of all files
//! is first copied to a single temporary file. Extensions that change an entry are read here and
//! not by the tar library, which would hold them in memory whatever their size: names (GNU `L`, pax
//! `path`) are used, and a size that differs from the header's is rejected. Format: POSIX.1-2024,
//! pax; GNU tar's manual, "Basic Tar Format".

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;

use ::tar::{Archive, Entry, EntryType};
use flate2::bufread::MultiGzDecoder;

use crate::canonical::{CanonicalWriter, check_ratio};
use crate::{Limits, MANIFEST, PackError, Packed, name};

/// Maximum size of an extension header: the longest path and some timestamps.
const EXTENSION_LIMIT_BYTES: u64 = 64 << 10;

/// Maximum number of headers of an entry: its own, preceded by a pax and a GNU header.
const HEADERS_PER_ENTRY: usize = 3;

/// Maximum number of zeros after the end: tar pads its last record, which has 10 KiB by default.
const PADDING_LIMIT_BYTES: u64 = 1 << 20;

/// Validates an untrusted tar.gz, and writes the canonical archive of the files in its `directory`,
/// or of all files if `directory` is empty.
///
/// Rejects what [`repack_zip`](crate::repack_zip) rejects, and also hard links and sparse files,
/// with the name of the entry. Blocks until the archive is written to a temporary file. Never
/// panics, whatever the bytes. Holds the names and some MiB of content in memory.
///
/// # Errors
/// Names the entry or the limit. Permanent for the same bytes, unless [`PackError::is_transient`].
pub fn repack_tar_gz(tar: &Path, directory: &str, limits: &Limits) -> Result<Packed, PackError> {
    let file = File::open(tar).map_err(PackError::Scratch)?;
    let compressed_bytes = file.metadata().map_err(PackError::Scratch)?.len();
    if compressed_bytes > limits.compressed_bytes {
        return Err(PackError::ArchiveTooLarge { limit: limits.compressed_bytes });
    }
    let mut collector = Collector::new(directory, limits, compressed_bytes)?;
    collector.collect(MultiGzDecoder::new(BufReader::new(file)))?;
    let (mut files, mut content) = collector.finish()?;
    files.sort_unstable_by(|one, other| one.name.cmp(&other.name));
    let mut writer = CanonicalWriter::new(limits)?;
    for Stored { name, executable, offset, size_bytes } in &files {
        content.seek(SeekFrom::Start(*offset)).map_err(PackError::Scratch)?;
        writer.add(name, *executable, &mut (&mut content).take(*size_bytes), PackError::Scratch)?;
    }
    writer.finish()
}

/// A file of the tar, with a valid name, whose content is in the temporary file.
struct Stored {
    name: String,
    executable: bool,
    offset: u64,
    size_bytes: u64,
}

/// Reads the stream once.
struct Collector<'a> {
    directory: &'a str,
    limits: &'a Limits,
    compressed_bytes: u64,
    uncompressed_bytes: u64,
    content: BufWriter<File>,
    content_bytes: u64,
    files: Vec<Stored>,
    folders: Vec<String>,
    names: HashSet<String>,
    next: Extension,
}

/// The extension headers of the next entry.
#[derive(Default)]
struct Extension {
    name: Option<Vec<u8>>,
    size_bytes: Option<u64>,
    is_sparse: bool,
}

impl<'a> Collector<'a> {
    fn new(
        directory: &'a str,
        limits: &'a Limits,
        compressed_bytes: u64,
    ) -> Result<Self, PackError> {
        Ok(Self {
            directory,
            limits,
            compressed_bytes,
            uncompressed_bytes: 0,
            content: BufWriter::new(tempfile::tempfile().map_err(PackError::Scratch)?),
            content_bytes: 0,
            files: Vec::new(),
            folders: Vec::new(),
            names: HashSet::new(),
            next: Extension::default(),
        })
    }

    fn collect(&mut self, stream: impl Read) -> Result<(), PackError> {
        let mut archive = Archive::new(stream);
        let mut entries = 0_usize;
        for (index, entry) in archive.entries().map_err(PackError::Tar)?.raw(true).enumerate() {
            let mut entry = entry.map_err(PackError::Tar)?;
            if index >= self.limits.entries.saturating_mul(HEADERS_PER_ENTRY) {
                return Err(PackError::TooManyEntries { limit: self.limits.entries });
            }
            match entry.header().entry_type() {
                EntryType::XHeader => self.next.read_pax(&extension(&mut entry)?)?,
                EntryType::XGlobalHeader => check_global(&extension(&mut entry)?)?,
                EntryType::GNULongName => self.next.name(without_nul(extension(&mut entry)?))?,
                // The target of a link. The link itself is rejected.
                EntryType::GNULongLink => drop(extension(&mut entry)?),
                kind => {
                    entries += 1;
                    if entries > self.limits.entries {
                        return Err(PackError::TooManyEntries { limit: self.limits.entries });
                    }
                    self.entry(&mut entry, kind)?;
                }
            }
        }
        check_end(archive.into_inner())
    }

    fn entry<R: Read>(
        &mut self,
        entry: &mut Entry<'_, R>,
        kind: EntryType,
    ) -> Result<(), PackError> {
        let extension = std::mem::take(&mut self.next);
        let declared = entry.header().entry_size().map_err(PackError::Tar)?;
        let raw = extension.name.unwrap_or_else(|| entry.header().path_bytes().into_owned());
        // `tar -C folder .` prefixes all names like this, and names the folder itself `./`.
        let raw = raw.strip_prefix(b"./").unwrap_or(&raw);
        if raw.is_empty() && kind == EntryType::Directory {
            return Ok(());
        }
        let is_folder = kind == EntryType::Directory || (is_file(kind) && raw.ends_with(b"/"));
        let name = name::check(raw.strip_suffix(b"/").unwrap_or(raw), self.limits)?.to_owned();
        if extension.size_bytes.is_some_and(|size_bytes| size_bytes != declared) {
            return Err(PackError::NotATar("an entry has two sizes"));
        }
        if declared > 0 && (is_folder || !(is_file(kind) || kind == EntryType::GNUSparse)) {
            return Err(PackError::NotATar("an entry that is not a file has content"));
        }
        self.grow(&name, declared)?;
        let Some(inside) = name::within(&name, self.directory) else {
            return copied(io::copy(entry, &mut io::sink()), &name, declared);
        };
        if extension.is_sparse {
            return Err(PackError::Special { name, kind: "sparse file" });
        }
        match special(kind) {
            Some(kind) => Err(PackError::Special { name, kind }),
            None if is_folder => {
                self.folders.push(inside.to_owned());
                Ok(())
            }
            None => self.file(entry, inside, declared),
        }
    }

    fn file<R: Read>(
        &mut self,
        entry: &mut Entry<'_, R>,
        name: &str,
        size_bytes: u64,
    ) -> Result<(), PackError> {
        let executable = entry.header().mode().is_ok_and(|mode| mode & 0o100 != 0);
        if !self.names.insert(name.to_owned()) {
            return Err(PackError::Duplicate { name: name.to_owned() });
        }
        let offset = self.content_bytes;
        copied(copy(entry, &mut self.content)?, name, size_bytes)?;
        self.content_bytes += size_bytes;
        self.files.push(Stored { name: name.to_owned(), executable, offset, size_bytes });
        Ok(())
    }

    /// Counts the declared size of an entry, which is its exact size, before reading any of it.
    fn grow(&mut self, name: &str, size_bytes: u64) -> Result<(), PackError> {
        self.uncompressed_bytes = self.uncompressed_bytes.saturating_add(size_bytes);
        if self.uncompressed_bytes > self.limits.uncompressed_bytes {
            return Err(PackError::ContentTooLarge {
                name: name.to_owned(),
                limit: self.limits.uncompressed_bytes,
            });
        }
        check_ratio(self.uncompressed_bytes, self.compressed_bytes, self.limits)
    }

    fn finish(mut self) -> Result<(Vec<Stored>, File), PackError> {
        if self.next.name.is_some() || self.next.size_bytes.is_some() {
            return Err(PackError::NotATar("it ends before the entry of an extension header"));
        }
        self.files.retain(|file| file.name != MANIFEST);
        if self.files.is_empty() {
            return Err(PackError::Empty { what: name::described(self.directory) });
        }
        let names: Vec<&str> = self.files.iter().map(|file| file.name.as_str()).collect();
        name::check_folders(&names, &self.folders)?;
        let content =
            self.content.into_inner().map_err(|error| PackError::Scratch(error.into_error()))?;
        Ok((self.files, content))
    }
}

impl Extension {
    fn name(&mut self, name: Vec<u8>) -> Result<(), PackError> {
        match self.name.replace(name) {
            None => Ok(()),
            Some(_) => Err(PackError::NotATar("an entry has two long names")),
        }
    }

    /// Reads the records that affect the content of an entry. Times, owners and comments are
    /// ignored.
    fn read_pax(&mut self, records: &[u8]) -> Result<(), PackError> {
        let mut rest = records;
        while !rest.is_empty() {
            let (key, value, after) =
                pax_record(rest).ok_or(PackError::NotATar("a pax header is damaged"))?;
            rest = after;
            match key {
                b"path" => self.name(value.to_vec())?,
                b"size" => {
                    let size = std::str::from_utf8(value).ok().and_then(|size| size.parse().ok());
                    self.size_bytes =
                        Some(size.ok_or(PackError::NotATar("a pax header is damaged"))?);
                }
                key if key.starts_with(b"GNU.sparse.") => self.is_sparse = true,
                _ => {}
            }
        }
        Ok(())
    }
}

/// Checks a global header, which applies to all entries, such as `git archive`'s comment. It must
/// not set a name or a size.
fn check_global(records: &[u8]) -> Result<(), PackError> {
    let mut global = Extension::default();
    global.read_pax(records)?;
    if global.name.is_some() || global.size_bytes.is_some() || global.is_sparse {
        return Err(PackError::NotATar("a global header sets the name or size of entries"));
    }
    Ok(())
}

/// Strips the NUL that GNU tar appends to a long name.
fn without_nul(mut name: Vec<u8>) -> Vec<u8> {
    if name.last() == Some(&0) {
        name.pop();
    }
    name
}

/// Parses `LENGTH KEY=VALUE\n`, where the length covers all of it. Returns the key, the value and
/// the remaining records.
fn pax_record(records: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let space = records.iter().position(|byte| *byte == b' ')?;
    let length: usize = std::str::from_utf8(&records[..space]).ok()?.parse().ok()?;
    let record = records.get(space + 1..length)?.strip_suffix(b"\n")?;
    let equals = record.iter().position(|byte| *byte == b'=')?;
    Some((&record[..equals], &record[equals + 1..], &records[length..]))
}

/// Reads the content of an extension header.
fn extension<R: Read>(entry: &mut Entry<'_, R>) -> Result<Vec<u8>, PackError> {
    let declared = entry.header().entry_size().map_err(PackError::Tar)?;
    if declared > EXTENSION_LIMIT_BYTES {
        return Err(PackError::NotATar("an extension header is larger than 64 KiB"));
    }
    let mut content = Vec::new();
    let read = entry.take(declared).read_to_end(&mut content).map_err(PackError::Tar)?;
    if read as u64 == declared {
        Ok(content)
    } else {
        Err(PackError::NotATar("it ends in the middle of an extension header"))
    }
}

fn is_file(kind: EntryType) -> bool {
    matches!(kind, EntryType::Regular | EntryType::Continuous)
}

fn special(kind: EntryType) -> Option<&'static str> {
    match kind {
        EntryType::Regular | EntryType::Continuous | EntryType::Directory => None,
        EntryType::Symlink => Some("symbolic link"),
        EntryType::Link => Some("hard link"),
        EntryType::Fifo => Some("named pipe"),
        EntryType::Char | EntryType::Block => Some("device"),
        EntryType::GNUSparse => Some("sparse file"),
        _ => Some("entry of a vendor-specific type"),
    }
}

/// Like `io::copy`. The outer error is the disk's, the inner one the tar's.
fn copy(from: &mut impl Read, to: &mut impl Write) -> Result<io::Result<u64>, PackError> {
    let (mut block, mut total) = (vec![0; 64 << 10], 0_u64);
    loop {
        match from.read(&mut block) {
            Ok(0) => return Ok(Ok(total)),
            Ok(read) => {
                to.write_all(&block[..read]).map_err(PackError::Scratch)?;
                total += read as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Ok(Err(error)),
        }
    }
}

fn copied(copied: io::Result<u64>, name: &str, declared: u64) -> Result<(), PackError> {
    match copied {
        Ok(actual) if actual == declared => Ok(()),
        Ok(actual) => Err(PackError::Size { name: name.to_owned(), declared, actual }),
        Err(source) => Err(PackError::Entry { name: name.to_owned(), source: source.into() }),
    }
}

/// Checks that only padding follows the end, because another program might read on.
fn check_end(rest: impl Read) -> Result<(), PackError> {
    let (mut block, mut rest) = ([0; 4096], rest.take(PADDING_LIMIT_BYTES));
    loop {
        match rest.read(&mut block).map_err(PackError::Tar)? {
            0 if rest.limit() == 0 => return Err(PackError::NotATar("it has data after its end")),
            0 => return Ok(()),
            read if block[..read].iter().all(|byte| *byte == 0) => {}
            _ => return Err(PackError::NotATar("it has data after its end")),
        }
    }
}
