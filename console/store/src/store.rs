//! The store: an index in memory of trace files on disk.
//!
//! Every number is bounded: the bytes of all files, the bytes of one file, and the traces, because
//! the index holds a summary of each. What exceeds a bound is evicted, or rejected if it belongs to
//! a trace that is too large, and the response says how many. No call waits for the disk to
//! confirm a write.

mod error;
mod file;
mod index;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use opentelemetry_proto::tonic::trace::v1::TracesData;
use parking_lot::Mutex;
use prost::Message as _;
use tokio::sync::watch;

pub use self::error::StoreError;
use self::index::Index;
use crate::ids::TraceId;
use crate::model::Trace;
use crate::otlp;
use crate::summary::{Filter, Found, Page};

/// Only the holder of this file's lock writes to the directory.
const LOCK: &str = "lock";

/// What a store holds before it evicts the oldest traces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Disk space of all traces, in bytes.
    pub bytes_max: u64,
    /// How long a trace is kept after the last span was added to it.
    pub age_max: Duration,
    /// Size of the spans of one trace without compression, in bytes, which a reader needs in memory.
    /// Further spans of it are rejected, so that no trace evicts all others.
    pub trace_bytes_max: u64,
    /// Number of traces. Each takes about one kilobyte of memory.
    pub traces_max: usize,
}

impl Default for Limits {
    /// A week, and a quarter of a gigabyte: the trace of a deployment takes two or three blocks of
    /// 4 KiB.
    fn default() -> Self {
        Self {
            bytes_max: 256 << 20,
            age_max: Duration::from_secs(7 * 24 * 60 * 60),
            trace_bytes_max: 8 << 20,
            traces_max: 20_000,
        }
    }
}

/// What became of the spans of one request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ingested {
    pub accepted: usize,
    /// Spans without valid ids, and spans of traces that are too large. Sending them again does not
    /// help.
    pub rejected: usize,
}

/// Traces on disk. Methods block for the time of a few small file operations.
#[derive(Debug)]
pub struct TraceStore {
    dir: PathBuf,
    limits: Limits,
    index: Mutex<Index>,
    changes: watch::Sender<u64>,
    /// Held as long as the store is open.
    _lock: File,
}

impl TraceStore {
    /// Opens the store in `dir`, and makes the directory if it is missing. Reads all traces, evicts
    /// what exceeds the limits, and cuts off what a killed process has left half written.
    /// Unreadable files are skipped and logged.
    ///
    /// # Errors
    /// When another process has it open, or the directory cannot be used.
    pub fn open(dir: impl Into<PathBuf>, limits: Limits) -> Result<Self, StoreError> {
        let dir = dir.into();
        fs::create_dir_all(&dir).map_err(|error| StoreError::io("create", &dir, error))?;
        let path = dir.join(LOCK);
        let lock = File::options().create(true).truncate(false).write(true).open(&path);
        let lock = lock.map_err(|error| StoreError::io("open", &path, error))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => return Err(StoreError::InUse(dir)),
            Err(fs::TryLockError::Error(error)) => {
                return Err(StoreError::io("lock", &path, error));
            }
        }
        let mut index = Index::default();
        for found in file::list(&dir)? {
            match file::recover(&found.path) {
                Ok((data, size)) => index.add(found.trace_id, data, size, found.modified),
                Err(error) => {
                    let error = error.to_string();
                    tracing::warn!(error, path = %found.path.display(), "skipped a trace");
                }
            }
        }
        let store = Self {
            dir,
            limits,
            index: Mutex::new(index),
            changes: watch::Sender::new(0),
            _lock: lock,
        };
        store.evict(&mut store.index.lock(), SystemTime::now());
        Ok(store)
    }

    /// Adds the spans of an `ExportTraceServiceRequest`, which has the form of [`TracesData`], and
    /// evicts what exceeds the limits.
    ///
    /// # Errors
    /// When a file cannot be written. The spans of other traces may have been added; sending all of
    /// them again is harmless.
    pub fn ingest(&self, data: TracesData) -> Result<Ingested, StoreError> {
        let (traces, invalid) = otlp::by_trace(data);
        let mut ingested = Ingested { accepted: 0, rejected: invalid };
        let now = SystemTime::now();
        let mut index = self.index.lock();
        for (trace_id, data) in traces {
            let spans = count(&data);
            let (size, plain) = (index.size_of(trace_id), data.encode_to_vec());
            if size.plain + plain.len() as u64 > self.limits.trace_bytes_max {
                ingested.rejected += spans;
                continue;
            }
            let size = file::append(&file::path(&self.dir, trace_id), size, &plain)?;
            index.add(trace_id, data, size, now);
            ingested.accepted += spans;
        }
        self.evict(&mut index, now);
        drop(index);
        if ingested.accepted > 0 {
            self.changes.send_modify(|changes| *changes += 1);
        }
        Ok(ingested)
    }

    /// One trace, or `None` if the store does not have it.
    #[must_use]
    pub fn trace(&self, id: TraceId) -> Option<Trace> {
        self.otlp(id).map(Trace::from_otlp)
    }

    /// One trace as its senders sent it, to be exported. `None` if the store does not have it.
    #[must_use]
    pub fn otlp(&self, id: TraceId) -> Option<TracesData> {
        // Without the lock: a file only grows, is replaced by one with the same spans, or vanishes.
        file::read(&file::path(&self.dir, id)).ok().flatten()
    }

    /// The trace of a deployment. Usually its id is the deployment's id; if the requester had a
    /// trace of its own, it is that one.
    #[must_use]
    pub fn of_deployment(&self, deployment: &str) -> Option<TraceId> {
        self.index.lock().of_deployment(deployment)
    }

    /// The traces that a filter selects, newest first.
    #[must_use]
    pub fn recent(&self, filter: &Filter, page: Page) -> Found {
        self.index.lock().recent(filter, page)
    }

    /// Number of traces, and the disk space that they take, in bytes.
    #[must_use]
    pub fn size(&self) -> (usize, u64) {
        self.index.lock().size()
    }

    /// A counter that changes when spans have been added.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    fn evict(&self, index: &mut Index, now: SystemTime) {
        let keep_since = now.checked_sub(self.limits.age_max).unwrap_or(SystemTime::UNIX_EPOCH);
        while let Some(trace_id) = index.exceeding(&self.limits, keep_since) {
            let path = file::path(&self.dir, trace_id);
            if let Err(error) = fs::remove_file(&path) {
                tracing::warn!(%error, path = %path.display(), "cannot remove an old trace");
            }
            index.remove(trace_id);
        }
    }
}

/// One trace of the store in `dir`, which another process may have open. `None` if the store does
/// not have it, or there is no store.
///
/// # Errors
/// When the trace's file cannot be read.
pub fn read_trace(dir: &Path, id: TraceId) -> Result<Option<TracesData>, StoreError> {
    file::read(&file::path(dir, id))
}

fn count(data: &TracesData) -> usize {
    let scopes = data.resource_spans.iter().flat_map(|resource| &resource.scope_spans);
    scopes.map(|scope| scope.spans.len()).sum()
}

#[cfg(test)]
mod tests;
