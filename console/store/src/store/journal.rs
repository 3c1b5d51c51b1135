//! What was received, and is not in the file of its trace yet.
//!
//! A request has a few spans of each of many traces. Writing each part to its own file would take
//! hundreds of file operations for one request, so a request is appended to one file as it is, and
//! the spans of a trace are written together later. The journal has the form of a trace file whose
//! records are not compressed.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use opentelemetry_proto::tonic::trace::v1::TracesData;

use super::error::StoreError;
use super::file;
use crate::ids::TraceId;
use crate::otlp;

const NAME: &str = "journal";

/// The journal of an open store.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    file: File,
    bytes: u64,
}

impl Journal {
    /// Opens the journal in `dir`, and returns what a process has left in it. What is unreadable is
    /// skipped, and logged.
    pub(super) fn open(dir: &Path) -> Result<(Self, TracesData), StoreError> {
        let path = dir.join(NAME);
        let failed = |error| StoreError::io("open", &path, error);
        let file = File::options().create(true).append(true).open(&path).map_err(failed)?;
        let written = fs::read(&path).map_err(failed)?;
        let (left, bytes) = match file::parse(&path, &written) {
            Ok((left, end)) => (left, end as u64),
            Err(error) => {
                tracing::warn!(error = %error, path = %path.display(), "skipped the journal");
                (TracesData::default(), 0)
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
}

/// The spans of one trace in the journal of a directory.
pub(super) fn read(dir: &Path, id: TraceId) -> Result<Option<TracesData>, StoreError> {
    let path = dir.join(NAME);
    match fs::read(&path) {
        Ok(bytes) => {
            let (all, _) = file::parse(&path, &bytes)?;
            Ok(otlp::by_trace(all).0.remove(&id))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(StoreError::io("read", &path, error)),
    }
}
