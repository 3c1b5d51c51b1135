//! One file for each trace: a mark of the version, then records.
//!
//! A record is its length and its CRC-32, both little-endian, and a `TracesData` in protobuf,
//! compressed by deflate. A process that dies while it appends leaves half a record, which readers
//! ignore and the next [`recover`] cuts off.
//!
//! Senders send the spans of a trace in many parts that resemble each other, and deflate shortens a
//! part much less than the whole. So [`append`] replaces a file by one with a single record as soon
//! as what was appended to the last such record is as long as that. Each byte is written a few times.

use std::borrow::Cow;
use std::fs::{self, File};
use std::io::{self, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::error::StoreError;
use crate::ids::TraceId;
use crate::spans::is_valid;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;

/// With compressed records.
const VERSION: &[u8; 8] = b"lstrace2";

/// With records that are not compressed: the journal, and files of earlier versions, which
/// [`recover`] compresses.
const PLAIN_VERSION: &[u8; 8] = b"lstrace1";

const EXTENSION: &str = "trace";
const HEADER_BYTES: usize = 8;

/// Name of a file that replaces another one, until it does.
const FRESH: &str = "fresh";

/// Length of appended records below which a file is left as it is: a file takes whole blocks.
const APPENDED_MIN: u64 = 4096;

/// Maximum length of a record that is decompressed: longer than what any request or trace may have.
const PLAIN_BYTES_MAX: u64 = 64 << 20;

/// What a file takes, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Size {
    /// Its length.
    pub(super) stored: u64,
    /// The part of that up to the end of the record that replaced others.
    whole: u64,
    /// The length of its spans without compression.
    pub(super) plain: u64,
}

/// A trace file in a directory.
pub(super) struct Listed {
    pub(super) trace_id: TraceId,
    pub(super) path: PathBuf,
    pub(super) modified: SystemTime,
}

pub(super) fn path(dir: &Path, id: TraceId) -> PathBuf {
    dir.join(format!("{id}.{EXTENSION}"))
}

/// All trace files, those first that were not changed for the longest time. What has another name
/// is none of ours.
pub(super) fn list(dir: &Path) -> Result<Vec<Listed>, StoreError> {
    let entries = fs::read_dir(dir).map_err(|error| StoreError::io("list", dir, error))?;
    let mut listed: Vec<Listed> = entries.flatten().filter_map(|entry| listed(&entry)).collect();
    listed.sort_by_key(|found| found.modified);
    Ok(listed)
}

fn listed(entry: &fs::DirEntry) -> Option<Listed> {
    let path = entry.path();
    let trace_id = path.file_stem()?.to_str()?.parse().ok()?;
    let metadata = entry.metadata().ok()?;
    let is_ours = path.extension()? == EXTENSION && metadata.is_file();
    is_ours.then_some(Listed { trace_id, path, modified: metadata.modified().ok()? })
}

/// The bytes of a record.
pub(super) fn record(plain: &[u8]) -> io::Result<Vec<u8>> {
    let mut deflate = DeflateEncoder::new(Vec::new(), Compression::fast());
    deflate.write_all(plain)?;
    let stored = deflate.finish()?;
    let length = u32::try_from(stored.len()).unwrap_or(u32::MAX).to_le_bytes();
    let checksum = crc32fast::hash(&stored).to_le_bytes();
    Ok([length.as_slice(), checksum.as_slice(), stored.as_slice()].concat())
}

/// A record that is not compressed, after the mark of the version if it `is_first`.
pub(super) fn plain_record(is_first: bool, plain: &[u8]) -> Vec<u8> {
    let version: &[u8] = if is_first { PLAIN_VERSION } else { &[] };
    let length = u32::try_from(plain.len()).unwrap_or(u32::MAX).to_le_bytes();
    let checksum = crc32fast::hash(plain).to_le_bytes();
    [version, &length, &checksum, plain].concat()
}

/// Appends spans in protobuf to a file of this size, and returns its new size. A failed write is
/// undone, so that later records are not appended to half of one, and no empty file stays.
pub(super) fn append(path: &Path, size: Size, plain: &[u8]) -> Result<Size, StoreError> {
    let failed = |error| StoreError::io("write", path, error);
    let mut file = File::options().create(true).append(true).open(path).map_err(failed)?;
    let version: &[u8] = if size.stored == 0 { VERSION } else { &[] };
    let written = [version, &record(plain).map_err(failed)?].concat();
    if let Err(error) = file.write_all(&written) {
        // Half a record at the end is ignored if it cannot be cut off either.
        let _ = match size.stored {
            0 => fs::remove_file(path),
            stored => file.set_len(stored),
        };
        return Err(failed(error));
    }
    let stored = size.stored + written.len() as u64;
    let size = Size { stored, ..size };
    if stored - size.whole < size.whole.max(APPENDED_MIN) {
        return Ok(size);
    }
    match rewritten(path) {
        Ok(rewritten) => Ok(Size { plain: rewritten.plain.max(size.plain), ..rewritten }),
        Err(error) => {
            tracing::debug!(%error, path = %path.display(), "cannot rewrite a trace");
            Ok(Size { whole: stored, ..size })
        }
    }
}

/// Replaces a file by one with a single record. Readers see the one or the other.
fn rewritten(path: &Path) -> Result<Size, StoreError> {
    let bytes = fs::read(path).map_err(|error| StoreError::io("read", path, error))?;
    rewrite(path, &parse(path, &bytes)?.0)
}

fn rewrite(path: &Path, plain: &[u8]) -> Result<Size, StoreError> {
    let record = record(plain).map_err(|error| StoreError::io("write", path, error))?;
    let bytes = [VERSION.as_slice(), &record].concat();
    replace(path, &bytes)?;
    let stored = bytes.len() as u64;
    Ok(Size { stored, whole: stored, plain: plain.len() as u64 })
}

/// Gives a file another content, and returns it open for more. Readers see the old content or the
/// new one. After a failure, the file is as it was.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> Result<File, StoreError> {
    let fresh = path.with_file_name(FRESH);
    let replaced = || {
        // A killed process may have left one.
        match fs::remove_file(&fresh) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
        let mut file = File::options().create_new(true).append(true).open(&fresh)?;
        file.write_all(bytes)?;
        fs::rename(&fresh, path)?;
        Ok(file)
    };
    replaced().map_err(|error| {
        // Half of it would take space that is needed.
        let _ = fs::remove_file(&fresh);
        StoreError::io("write", path, error)
    })
}

/// The spans in a file, in protobuf, or `None` if there is no file.
pub(super) fn read(path: &Path) -> Result<Option<Vec<u8>>, StoreError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(parse(path, &bytes)?.0)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(StoreError::io("read", path, error)),
    }
}

/// The spans in a file, and its size without half a record at its end, which is cut off.
pub(super) fn recover(path: &Path) -> Result<(Vec<u8>, Size), StoreError> {
    let failed = |error| StoreError::io("read", path, error);
    let mut file = File::options().read(true).write(true).open(path).map_err(failed)?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(failed)?;
    let (spans, end) = parse(path, &bytes)?;
    if bytes.starts_with(PLAIN_VERSION) {
        let size = rewrite(path, &spans)?;
        return Ok((spans, size));
    }
    if end < bytes.len() {
        tracing::debug!(path = %path.display(), "cut off half a record");
        file.set_len(end as u64).map_err(failed)?;
    }
    let (stored, plain) = (end as u64, spans.len() as u64);
    Ok((spans, Size { stored, whole: stored, plain }))
}

/// The spans of all readable records in protobuf, and where the last whole record ends. A record with
/// a wrong checksum is skipped.
pub(super) fn parse(path: &Path, bytes: &[u8]) -> Result<(Vec<u8>, usize), StoreError> {
    let is_plain = bytes.starts_with(PLAIN_VERSION);
    if !is_plain && !bytes.starts_with(VERSION) {
        // A process died before it had written the mark.
        let is_begun = VERSION.starts_with(bytes) || PLAIN_VERSION.starts_with(bytes);
        return is_begun
            .then(|| (Vec::new(), 0))
            .ok_or_else(|| StoreError::Foreign(path.to_owned()));
    }
    let mut spans = Vec::new();
    let mut at = VERSION.len();
    while let Some((length, checksum)) = header(&bytes[at..]) {
        let Some(record) = bytes.get(at + HEADER_BYTES..at + HEADER_BYTES + length) else { break };
        at += HEADER_BYTES + length;
        match decompressed(record, checksum, is_plain) {
            // Messages one after another are one message.
            Some(read) => spans.extend_from_slice(&read),
            None => {
                tracing::warn!(path = %path.display(), "skipped an unreadable record of a trace");
            }
        }
    }
    Ok((spans, at))
}

fn decompressed(record: &[u8], checksum: u32, is_plain: bool) -> Option<Cow<'_, [u8]>> {
    if crc32fast::hash(record) != checksum {
        return None;
    }
    let spans = match is_plain {
        true => Cow::Borrowed(record),
        false => {
            let mut plain = Vec::new();
            DeflateDecoder::new(record).take(PLAIN_BYTES_MAX).read_to_end(&mut plain).ok()?;
            Cow::Owned(plain)
        }
    };
    is_valid(&spans).then_some(spans)
}

/// Calls `read` with each record of a file whose records are not compressed, until one is not whole.
/// Another process may empty the file in between.
pub(super) fn plain_records(path: &Path, mut read: impl FnMut(&[u8])) -> Result<(), StoreError> {
    let failed = |error| StoreError::io("read", path, error);
    let mut file = match File::open(path) {
        Ok(file) => BufReader::new(file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed(error)),
    };
    let mut version = [0; VERSION.len()];
    if !filled(&mut file, &mut version).map_err(failed)? {
        return Ok(());
    }
    if version != *PLAIN_VERSION {
        return Err(StoreError::Foreign(path.to_owned()));
    }
    let (mut head, mut record) = ([0; HEADER_BYTES], Vec::new());
    while filled(&mut file, &mut head).map_err(failed)? {
        let Some((length, checksum)) = header(&head) else { break };
        if length as u64 > PLAIN_BYTES_MAX {
            break;
        }
        record.resize(length, 0);
        let is_whole = filled(&mut file, &mut record).map_err(failed)?;
        if !is_whole || crc32fast::hash(&record) != checksum {
            break;
        }
        read(&record);
    }
    Ok(())
}

/// Whether there was as much to read.
fn filled(file: &mut impl io::Read, bytes: &mut [u8]) -> io::Result<bool> {
    match file.read_exact(bytes) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

fn header(bytes: &[u8]) -> Option<(usize, u32)> {
    let (length, rest) = bytes.split_first_chunk()?;
    let (checksum, _) = rest.split_first_chunk()?;
    Some((usize::try_from(u32::from_le_bytes(*length)).ok()?, u32::from_le_bytes(*checksum)))
}
