//! What can be saved of a damaged journal, and what is lost.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use super::record;

/// The rest of a journal, from the first record that cannot be read.
#[derive(Debug, Default)]
pub(super) struct Salvaged {
    /// The payloads of intact records, in order.
    pub(super) events: Vec<Vec<u8>>,
    /// Length of the record at the end that was not written completely.
    pub(super) torn_bytes: usize,
    lost: Vec<Lost>,
    /// Records of which only the length was damaged.
    repaired: usize,
}

/// Damaged bytes.
#[derive(Debug)]
struct Lost {
    bytes: Range<usize>,
    /// The kind of event with which they begin, if it is still legible. More may be lost.
    kind: Option<String>,
}

impl Salvaged {
    /// Whether anything but the end is damaged.
    pub(super) fn is_damaged(&self) -> bool {
        self.repaired > 0 || !self.lost.is_empty()
    }
}

/// Finds the intact records.
pub(super) fn salvage(bytes: &[u8]) -> Salvaged {
    let mut salvaged = Salvaged::default();
    let mut at = 0;
    while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
        if let Some(payload) = record::intact(rest) {
            salvaged.events.push(payload.to_owned());
            at += record::HEADER_BYTES + payload.len();
            continue;
        }
        let next = (1..rest.len())
            .find(|offset| rest.get(*offset..).is_some_and(|rest| record::intact(rest).is_some()));
        let length = next.unwrap_or(rest.len());
        let damaged = rest.get(..length).unwrap_or_default();
        if let Some(payload) = record::intact_but_for_its_length(damaged) {
            salvaged.events.push(payload.to_owned());
            salvaged.repaired += 1;
        } else if next.is_none() && record::is_torn(damaged) {
            salvaged.torn_bytes = length;
        } else {
            salvaged.lost.push(Lost { bytes: at..at + length, kind: kind_of(damaged) });
        }
        at += length;
    }
    salvaged
}

/// The name of an event: the only key of the object that is its payload. The rest of a payload may
/// be confidential.
fn kind_of(record: &[u8]) -> Option<String> {
    let payload = record.get(record::HEADER_BYTES..)?.strip_prefix(b"{\"")?;
    let name = payload.split(|byte| *byte == b'"').next()?;
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    (!name.is_empty() && name.iter().all(is_name)).then(|| String::from_utf8_lossy(name).into())
}

/// Keeps the damaged journal, whose damage begins at or behind `offset`, under another name.
///
/// # Errors
/// When it cannot be copied. The journal is then as it was.
pub(super) fn keep_aside(path: &Path, offset: u64, salvaged: &Salvaged) -> io::Result<()> {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let free = |number: &u64| !aside(path, *number).exists();
    let kept = aside(path, (seconds..).find(free).unwrap_or(seconds));
    // Complete under its name, or not there.
    let unfinished = path.with_extension("copy");
    fs::copy(path, &unfinished)?;
    fs::rename(&unfinished, &kept)?;
    let lost: Vec<String> = salvaged.lost.iter().map(|lost| describe(lost, offset)).collect();
    tracing::error!(
        journal = %path.display(),
        kept = %kept.display(),
        lost = lost.join(", "),
        "a journal is damaged: {}. All intact events were restored. The damaged journal is kept, and \
         until it is removed, nothing is deleted because no event names it",
        if lost.is_empty() { "no event is lost" } else { "events are lost" }
    );
    Ok(())
}

/// Whether a damaged journal was kept aside and not removed since.
pub(super) fn has_been_damaged(path: &Path) -> io::Result<bool> {
    let prefix = prefix(path);
    for entry in fs::read_dir(path.parent().unwrap_or(path))? {
        let name = entry?.file_name();
        if name.as_encoded_bytes().starts_with(prefix.as_encoded_bytes()) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn aside(path: &Path, seconds: u64) -> PathBuf {
    let mut name = prefix(path);
    name.push(seconds.to_string());
    path.with_file_name(name)
}

fn prefix(path: &Path) -> OsString {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".damaged-");
    name
}

fn describe(Lost { bytes, kind }: &Lost, offset: u64) -> String {
    let kind = kind.as_ref().map(|kind| format!(" ({kind})")).unwrap_or_default();
    format!("{} bytes at {}{kind}", bytes.len(), offset + bytes.start as u64)
}
