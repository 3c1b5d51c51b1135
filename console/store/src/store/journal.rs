//! What was received, and is not in the file of its trace yet.
//!
//! A request has a few spans of each of many traces. Writing each part to its own file would take
//! hundreds of file operations for one request, so a request is appended to one file as it is, and
//! the spans of a trace are written together later. The journal has the form of a trace file whose
//! records are not compressed.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::error::StoreError;
use super::file;
use crate::ids::TraceId;
use crate::spans::Spans;

const NAME: &str = "journal";

/// The journal of an open store.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    file: File,
    bytes: u64,
}

impl Journal {
    /// Opens the journal in `dir`, and returns the spans that a process has left in it, in protobuf.
    /// What is unreadable is skipped, and logged.
    pub(super) fn open(dir: &Path) -> Result<(Self, Vec<u8>), StoreError> {
        let path = dir.join(NAME);
        let failed = |error| StoreError::io("open", &path, error);
        let file = File::options().create(true).append(true).open(&path).map_err(failed)?;
        let written = fs::read(&path).map_err(failed)?;
        let (left, bytes) = match file::parse(&path, &written) {
            Ok((left, end)) => (left, end as u64),
            Err(error) => {
                tracing::warn!(error = %error, path = %path.display(), "skipped the journal");
                (Vec::new(), 0)
            }
        };
        file.set_len(bytes).map_err(failed)?;
        Ok((Self { path, file, bytes }, left))
    }

    /// Appends a `TracesData` in protobuf. A failed write is undone.
    pub(super) fn append(&mut self, plain: &[u8]) -> Result<(), StoreError> {
        let written = file::plain_record(self.bytes == 0, plain);
        if let Err(error) = self.file.write_all(&written) {
            // Half a record at the end is ignored if it cannot be cut off either.
            let _ = self.file.set_len(self.bytes);
            return Err(StoreError::io("write", &self.path, error));
        }
        self.bytes += written.len() as u64;
        Ok(())
    }

    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Forgets everything, once the files of the traces have it.
    pub(super) fn clear(&mut self) -> Result<(), StoreError> {
        self.file.set_len(0).map_err(|error| StoreError::io("empty", &self.path, error))?;
        self.bytes = 0;
        Ok(())
    }

    /// Forgets everything but this, for which the files of the traces had no room. After a failure, the
    /// journal is as it was.
    pub(super) fn keep<'a>(
        &mut self,
        left: impl Iterator<Item = &'a Vec<u8>>,
    ) -> Result<(), StoreError> {
        let mut bytes = Vec::new();
        for plain in left {
            bytes.extend(file::plain_record(bytes.is_empty(), plain));
        }
        self.file = file::replace(&self.path, &bytes)?;
        self.bytes = bytes.len() as u64;
        Ok(())
    }
}

/// The spans of one trace in the journal of a directory, in protobuf. Holds one record at a time, and
/// reads only those that name the trace.
pub(super) fn read(dir: &Path, id: TraceId) -> Result<Vec<u8>, StoreError> {
    let mut found = Vec::new();
    file::plain_records(&dir.join(NAME), |record| {
        let is_named = record.windows(id.as_bytes().len()).any(|bytes| bytes == id.as_bytes());
        if !is_named {
            return;
        }
        let Ok(spans) = Spans::read(record) else { return };
        if let Some(of_trace) = spans.by_trace().get(&id) {
            found.extend(spans.message(of_trace));
        }
    })?;
    Ok(found)
}
