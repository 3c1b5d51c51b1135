//! The store: an index in memory of trace files on disk, and a journal of what is not in them yet.
//!
//! Every number is bounded: the bytes of all files, the bytes of one file, and the traces, because
//! the index holds a summary of each. What exceeds a bound is evicted, or rejected if it belongs to
//! a trace that is too large, and the response says how many. No call waits for the disk to
//! confirm a write.

mod error;
mod file;
mod files;
mod index;
mod journal;

use std::borrow::Cow;
use std::collections::HashMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use opentelemetry_proto::tonic::trace::v1::TracesData;
use parking_lot::Mutex;
use prost::Message as _;
use tokio::sync::watch;

pub use self::error::{IngestError, StoreError};
use self::index::Index;
use self::journal::Journal;
use crate::ids::TraceId;
use crate::model::Trace;
use crate::otlp::OtlpError;
use crate::spans::{Span, Spans};
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
    /// Files that could not be written are not tried again before this time.
    retry_at: Option<Instant>,
}

impl TraceStore {
    /// Opens the store in `dir`, and makes the directory if it is missing. Reads all traces, evicts
    /// what exceeds the limits, and cuts off what a killed process has left half written.
    /// Unreadable files are skipped and logged. Spans that a process has left in the journal stay there
    /// as long as their files cannot be written.
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
                Ok((plain, size)) => {
                    let spans = Spans::read(&plain).unwrap_or_default();
                    match spans.by_trace().get(&found.trace_id) {
                        Some(spans) => index.add(found.trace_id, spans, size, found.modified),
                        // A process died before it had written the first record.
                        None => drop(fs::remove_file(&found.path)),
                    }
                }
                Err(error) => {
                    let error = error.to_string();
                    tracing::warn!(error, path = %found.path.display(), "skipped a trace");
                }
            }
        }
        let (journal, left) = Journal::open(&dir)?;
        let mut state = State { index, journal, pending: HashMap::new(), retry_at: None };
        let now = SystemTime::now();
        let left = Spans::read(&left).unwrap_or_default();
        for (trace_id, spans) in left.by_trace() {
            state.add(trace_id, &spans, &left.message(&spans), now);
        }
        let changes = watch::Sender::new(0);
        let store = Self { dir, limits, state: Mutex::new(state), changes, _lock: lock };
        if let Err(error) = store.flush() {
            tracing::warn!(%error, "traces of an earlier process stay in the journal");
        }
        store.evict(&mut store.state.lock(), now);
        Ok(store)
    }

    /// Adds the spans of an `ExportTraceServiceRequest`, which has the form of [`TracesData`], and
    /// evicts what exceeds the limits.
    ///
    /// # Errors
    /// When the request is no such message, or the spans cannot be written. Then none of them is in the
    /// store. Once they are in the journal, no failure to write their files concerns the sender.
    pub fn ingest(&self, request: &[u8]) -> Result<Ingested, IngestError> {
        let spans = Spans::read(request).map_err(|_malformed| OtlpError::Protobuf)?;
        let traces = spans.by_trace();
        let mut received: Vec<Part<'_>> = traces
            .iter()
            .map(|(id, of_trace)| Part { id: *id, plain: spans.message(of_trace), spans: of_trace })
            .collect();
        let mut ingested = Ingested { accepted: 0, rejected: spans.invalid };
        let now = SystemTime::now();
        let mut state = self.room(request.len() as u64)?;
        received.retain(|part| {
            let size = state.index.size_of(part.id).plain + part.plain.len() as u64;
            let is_accepted = size <= self.limits.trace_bytes_max;
            let count = part.spans.len();
            *(if is_accepted { &mut ingested.accepted } else { &mut ingested.rejected }) += count;
            is_accepted
        });
        if received.is_empty() {
            return Ok(ingested);
        }
        let record: Cow<'_, [u8]> = match ingested.rejected {
            0 => Cow::Borrowed(request),
            // Messages one after another are one message.
            _ => received.iter().flat_map(|part| part.plain.iter().copied()).collect(),
        };
        state.journal.append(&record)?;
        for part in &received {
            state.add(part.id, part.spans, &part.plain, now);
        }
        self.evict(&mut state, now);
        drop(state);
        self.changes.send_modify(|changes| *changes += 1);
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
        // Spans move from the journal to the file. In this order, a reader misses none.
        let pending = self.state.lock().pending.get(&id).cloned();
        // Without the lock: a file only grows, is replaced by one with the same spans, or vanishes.
        let stored = file::read(&file::path(&self.dir, id)).ok().flatten();
        decoded(stored.unwrap_or_default(), &pending.unwrap_or_default())
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
}

impl State {
    /// Adds spans that are in the journal, and the same in protobuf.
    fn add(&mut self, trace_id: TraceId, spans: &[&Span<'_>], plain: &[u8], now: SystemTime) {
        let mut size = self.index.size_of(trace_id);
        size.plain += plain.len() as u64;
        self.pending.entry(trace_id).or_default().extend_from_slice(plain);
        self.index.add(trace_id, spans, size, now);
    }
}

/// The spans of one trace in a request.
struct Part<'a> {
    id: TraceId,
    spans: &'a [&'a Span<'a>],
    /// The same as a `TracesData` in protobuf.
    plain: Vec<u8>,
}

/// One trace of the store in `dir`, which another process may have open. `None` if the store does
/// not have it, or there is no store. Needs memory for that trace and one request, however long the
/// journal is.
///
/// # Errors
/// When the trace's file or the journal cannot be read.
pub fn read_trace(dir: &Path, id: TraceId) -> Result<Option<TracesData>, StoreError> {
    // Spans move from the journal to the file. In this order, a reader misses none.
    let pending = journal::read(dir, id)?;
    let stored = file::read(&file::path(dir, id))?;
    Ok(decoded(stored.unwrap_or_default(), &pending))
}

/// The spans in both, or `None` if there are none.
fn decoded(mut stored: Vec<u8>, pending: &[u8]) -> Option<TracesData> {
    // Messages one after another are one message.
    stored.extend_from_slice(pending);
    let data = TracesData::decode(stored.as_slice()).ok()?;
    (!data.resource_spans.is_empty()).then_some(data)
}

#[cfg(test)]
mod tests;
