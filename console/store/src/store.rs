//! The store: an index in memory of trace files on disk, and a journal of what is not in them yet.
//!
//! Every number is bounded: the bytes of all files, the bytes of one file, and the traces, because
//! the index holds a summary of each. What exceeds a bound is evicted, or rejected if it belongs to
//! a trace that is too large, and the response says how many. No call waits for the disk to
//! confirm a write.

mod error;
mod file;
mod index;
mod journal;

use std::collections::HashMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use opentelemetry_proto::tonic::trace::v1::TracesData;
use parking_lot::Mutex;
use prost::Message as _;
use tokio::sync::watch;

pub use self::error::StoreError;
use self::index::Index;
use self::journal::Journal;
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

/// Length of the journal, in bytes, from which on its spans are written to their files at once: the
/// spans of a few hundred deployments, which are also in memory.
const JOURNAL_BYTES_MAX: u64 = 24 << 20;

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
    state: Mutex<State>,
    changes: watch::Sender<u64>,
    /// Held as long as the store is open.
    _lock: File,
}

#[derive(Debug)]
struct State {
    index: Index,
    journal: Journal,
    /// The spans in the journal, in protobuf, by trace.
    pending: HashMap<TraceId, Vec<u8>>,
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
        let (journal, left) = Journal::open(&dir)?;
        let state = Mutex::new(State { index, journal, pending: HashMap::new() });
        let changes = watch::Sender::new(0);
        let store = Self { dir, limits, state, changes, _lock: lock };
        store.resume(left)?;
        store.evict(&mut store.state.lock(), SystemTime::now());
        Ok(store)
    }

    /// Writes what a process has left in the journal.
    fn resume(&self, left: TracesData) -> Result<(), StoreError> {
        let now = SystemTime::now();
        let mut state = self.state.lock();
        for (trace_id, data) in otlp::by_trace(left).0 {
            let plain = data.encode_to_vec();
            state.add(trace_id, data, &plain, now);
        }
        drop(state);
        self.flush()
    }

    /// Adds the spans of an `ExportTraceServiceRequest`, which has the form of [`TracesData`], and
    /// evicts what exceeds the limits.
    ///
    /// # Errors
    /// When the journal or a file cannot be written. The spans may have been added; sending them again
    /// is harmless.
    pub fn ingest(&self, data: TracesData) -> Result<Ingested, StoreError> {
        let (traces, invalid) = otlp::by_trace(data);
        let mut ingested = Ingested { accepted: 0, rejected: invalid };
        let now = SystemTime::now();
        let mut state = self.state.lock();
        let (mut accepted, mut record) = (Vec::new(), Vec::new());
        for (trace_id, data) in traces {
            let (plain, spans) = (data.encode_to_vec(), count(&data));
            let size = state.index.size_of(trace_id).plain + plain.len() as u64;
            if size > self.limits.trace_bytes_max {
                ingested.rejected += spans;
                continue;
            }
            // Messages one after another are one message.
            record.extend_from_slice(&plain);
            ingested.accepted += spans;
            accepted.push((trace_id, data, plain));
        }
        if !accepted.is_empty() {
            state.journal.append(&record)?;
        }
        for (trace_id, data, plain) in accepted {
            state.add(trace_id, data, &plain, now);
        }
        if state.journal.bytes() > JOURNAL_BYTES_MAX.min(self.limits.bytes_max / 4) {
            drop(state);
            self.flush()?;
            state = self.state.lock();
        }
        self.evict(&mut state, now);
        drop(state);
        if ingested.accepted > 0 {
            self.changes.send_modify(|changes| *changes += 1);
        }
        Ok(ingested)
    }

    /// Writes the spans in the journal to the files of their traces, which takes less of the disk. It
    /// is for times when nothing is received. Readers wait for one trace at most.
    ///
    /// # Errors
    /// When a file cannot be written. What is not written stays in the journal.
    pub fn flush(&self) -> Result<(), StoreError> {
        loop {
            let mut state = self.state.lock();
            let State { index, journal, pending } = &mut *state;
            let Some((&trace_id, plain)) = pending.iter().next() else {
                return match journal.bytes() {
                    0 => Ok(()),
                    _ => journal.clear(),
                };
            };
            let path = file::path(&self.dir, trace_id);
            let size = file::append(&path, index.size_of(trace_id), plain)?;
            pending.remove(&trace_id);
            index.resize(trace_id, size);
        }
    }

    /// One trace, or `None` if the store does not have it.
    #[must_use]
    pub fn trace(&self, id: TraceId) -> Option<Trace> {
        self.otlp(id).map(Trace::from_otlp)
    }

    /// One trace as its senders sent it, to be exported. `None` if the store does not have it.
    #[must_use]
    pub fn otlp(&self, id: TraceId) -> Option<TracesData> {
        // Spans move from the journal to the file. In this order, a reader misses none.
        let pending = self.state.lock().pending.get(&id).cloned();
        let pending = pending.and_then(|plain| TracesData::decode(plain.as_slice()).ok());
        // Without the lock: a file only grows, is replaced by one with the same spans, or vanishes.
        joined(file::read(&file::path(&self.dir, id)).ok().flatten(), pending)
    }

    /// The trace of a deployment. Usually its id is the deployment's id; if the requester had a
    /// trace of its own, it is that one.
    #[must_use]
    pub fn of_deployment(&self, deployment: &str) -> Option<TraceId> {
        self.state.lock().index.of_deployment(deployment)
    }

    /// The traces that a filter selects, newest first.
    #[must_use]
    pub fn recent(&self, filter: &Filter, page: Page) -> Found {
        self.state.lock().index.recent(filter, page)
    }

    /// Number of traces, and the disk space that they and the journal take, in bytes.
    #[must_use]
    pub fn size(&self) -> (usize, u64) {
        let state = self.state.lock();
        state.index.size(state.journal.bytes())
    }

    /// A counter that changes when spans have been added.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    fn evict(&self, state: &mut State, now: SystemTime) {
        let keep_since = now.checked_sub(self.limits.age_max).unwrap_or(SystemTime::UNIX_EPOCH);
        while let Some(trace_id) =
            state.index.exceeding(&self.limits, keep_since, state.journal.bytes())
        {
            let path = file::path(&self.dir, trace_id);
            match fs::remove_file(&path) {
                // All of it is in the journal.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => {
                    tracing::warn!(%error, path = %path.display(), "cannot remove an old trace");
                }
                Ok(()) => {}
            }
            state.pending.remove(&trace_id);
            state.index.remove(trace_id);
        }
    }
}

impl State {
    /// Adds spans that are in the journal, and the same in protobuf.
    fn add(&mut self, trace_id: TraceId, data: TracesData, plain: &[u8], now: SystemTime) {
        let mut size = self.index.size_of(trace_id);
        size.plain += plain.len() as u64;
        self.pending.entry(trace_id).or_default().extend_from_slice(plain);
        self.index.add(trace_id, data, size, now);
    }
}

/// One trace of the store in `dir`, which another process may have open. `None` if the store does
/// not have it, or there is no store.
///
/// # Errors
/// When the trace's file cannot be read.
pub fn read_trace(dir: &Path, id: TraceId) -> Result<Option<TracesData>, StoreError> {
    let pending = journal::read(dir, id)?;
    Ok(joined(file::read(&file::path(dir, id))?, pending))
}

/// The spans in both.
fn joined(stored: Option<TracesData>, pending: Option<TracesData>) -> Option<TracesData> {
    match (stored, pending) {
        (Some(mut stored), Some(pending)) => {
            stored.resource_spans.extend(pending.resource_spans);
            Some(stored)
        }
        (stored, pending) => stored.or(pending),
    }
}

fn count(data: &TracesData) -> usize {
    let scopes = data.resource_spans.iter().flat_map(|resource| &resource.scope_spans);
    scopes.map(|scope| scope.spans.len()).sum()
}

#[cfg(test)]
mod tests;
