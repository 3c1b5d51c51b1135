//! One file for each trace: a mark of the version, then records that are only appended.
//!
//! A record is its length and its CRC-32, both little-endian, and a `TracesData` in protobuf. A
//! process that dies while it appends leaves half a record, which readers ignore and the next
//! [`recover`] cuts off.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use opentelemetry_proto::tonic::trace::v1::TracesData;
use prost::Message as _;

use super::error::StoreError;
use crate::ids::TraceId;

const VERSION: &[u8; 8] = b"lstrace1";
const EXTENSION: &str = "trace";
const HEADER_BYTES: usize = 8;

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
pub(super) fn record(data: &[u8]) -> Vec<u8> {
    let length = u32::try_from(data.len()).unwrap_or(u32::MAX);
    let mut record = Vec::with_capacity(HEADER_BYTES + data.len());
    record.extend(length.to_le_bytes());
    record.extend(crc32fast::hash(data).to_le_bytes());
    record.extend(data);
    record
}

/// Appends to a file that has `length` bytes, and returns its new length. A failed write is undone,
/// so that later records are not appended to half of one.
pub(super) fn append(path: &Path, length: u64, record: &[u8]) -> Result<u64, StoreError> {
    let failed = |error| StoreError::io("write", path, error);
    let mut file = File::options().create(true).append(true).open(path).map_err(failed)?;
    let version: &[u8] = if length == 0 { VERSION } else { &[] };
    let written = file.write_all(&[version, record].concat());
    if let Err(error) = written {
        // Half a record at the end is ignored if it cannot be cut off either.
        let _ = file.set_len(length);
        return Err(failed(error));
    }
    Ok(length + (version.len() + record.len()) as u64)
}

/// What a file contains, or `None` if there is none.
pub(super) fn read(path: &Path) -> Result<Option<TracesData>, StoreError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(parse(path, &bytes)?.0)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(StoreError::io("read", path, error)),
    }
}

/// What a file contains, and its length without half a record at its end, which is cut off.
pub(super) fn recover(path: &Path) -> Result<(TracesData, u64), StoreError> {
    let failed = |error| StoreError::io("read", path, error);
    let mut file = File::options().read(true).write(true).open(path).map_err(failed)?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(failed)?;
    let (data, whole) = parse(path, &bytes)?;
    if whole < bytes.len() {
        tracing::debug!(path = %path.display(), "cut off half a record");
        file.set_len(whole as u64).map_err(failed)?;
        file.rewind().map_err(failed)?;
    }
    Ok((data, whole as u64))
}

/// All readable records, and where the last whole record ends. A record with a wrong checksum is
/// skipped.
fn parse(path: &Path, bytes: &[u8]) -> Result<(TracesData, usize), StoreError> {
    if !bytes.starts_with(VERSION) {
        // A process died before it had written the mark.
        let is_begun = VERSION.starts_with(bytes);
        return is_begun
            .then(|| (TracesData::default(), 0))
            .ok_or_else(|| StoreError::Foreign(path.to_owned()));
    }
    let mut data = TracesData::default();
    let mut at = VERSION.len();
    while let Some((length, checksum)) = header(&bytes[at..]) {
        let Some(record) = bytes.get(at + HEADER_BYTES..at + HEADER_BYTES + length) else { break };
        at += HEADER_BYTES + length;
        match TracesData::decode(record) {
            Ok(read) if crc32fast::hash(record) == checksum => {
                data.resource_spans.extend(read.resource_spans);
            }
            Ok(_) | Err(_) => {
                tracing::warn!(path = %path.display(), "skipped an unreadable record of a trace");
            }
        }
    }
    Ok((data, at))
}

fn header(bytes: &[u8]) -> Option<(usize, u32)> {
    let (length, rest) = bytes.split_first_chunk()?;
    let (checksum, _) = rest.split_first_chunk()?;
    Some((usize::try_from(u32::from_le_bytes(*length)).ok()?, u32::from_le_bytes(*checksum)))
}
