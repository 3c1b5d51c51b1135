//! Moves spans from the journal to the files of their traces, and evicts traces.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::time::{Duration, Instant, SystemTime};

use parking_lot::MutexGuard;

use super::error::StoreError;
use super::{State, TraceStore, file};

/// Maximum length of the journal, in bytes, before its spans are written to their files: the spans of
/// a few hundred deployments, which are also in memory.
const JOURNAL_BYTES_MAX: u64 = 24 << 20;

/// How long spans are refused without another attempt to write files. Hundreds of files that cannot
/// be written take much processor time.
const RETRY_WAIT: Duration = Duration::from_secs(10);

impl TraceStore {
    /// Writes the spans in the journal to the files of their traces, which takes less of the disk. It
    /// is for times when nothing is received. Readers wait for one trace at most.
    ///
    /// # Errors
    /// When a file cannot be written. The others are written, and what is not written stays in the
    /// journal.
    pub fn flush(&self) -> Result<(), StoreError> {
        let (mut unwritten, mut failure) = (HashSet::new(), None);
        loop {
            let mut state = self.state.lock();
            let State { index, journal, pending, .. } = &mut *state;
            let next = pending.iter().find(|(trace_id, _)| !unwritten.contains(*trace_id));
            let Some((&trace_id, plain)) = next else {
                let Some(failure) = failure else { return journal.clear() };
                let left: u64 = pending.values().map(|plain| plain.len() as u64).sum();
                if left < journal.bytes() / 2
                    && let Err(error) = journal.keep(pending.values())
                {
                    tracing::debug!(%error, "cannot shorten the journal");
                }
                return Err(failure);
            };
            match file::append(&file::path(&self.dir, trace_id), index.size_of(trace_id), plain) {
                Ok(size) => {
                    pending.remove(&trace_id);
                    index.resize(trace_id, size);
                }
                Err(error) => {
                    unwritten.insert(trace_id);
                    failure.get_or_insert(error);
                }
            }
        }
    }

    /// Waits until the journal has room for a record of this length, in bytes. An empty journal has room
    /// for every record.
    pub(super) fn room(&self, bytes: u64) -> Result<MutexGuard<'_, State>, StoreError> {
        let max = JOURNAL_BYTES_MAX.min(self.limits.bytes_max / 4);
        let has_room = |state: &State| match state.journal.bytes() {
            0 => true,
            used => used + bytes <= max,
        };
        loop {
            let state = self.state.lock();
            if has_room(&state) {
                return Ok(state);
            }
            if state.retry_at.is_some_and(|retry_at| Instant::now() < retry_at) {
                return Err(StoreError::Full);
            }
            drop(state);
            let Err(error) = self.flush() else { continue };
            tracing::warn!(%error, "cannot write traces to their files");
            // The rest of the journal may have become shorter.
            let mut state = self.state.lock();
            if has_room(&state) {
                return Ok(state);
            }
            state.retry_at = Some(Instant::now() + RETRY_WAIT);
        }
    }

    pub(super) fn evict(&self, state: &mut State, now: SystemTime) {
        let keep_since = now.checked_sub(self.limits.age_max).unwrap_or(SystemTime::UNIX_EPOCH);
        while let Some(trace_id) =
            state.index.exceeding(&self.limits, keep_since, state.journal.bytes())
        {
            let path = file::path(&self.dir, trace_id);
            match fs::remove_file(&path) {
                // All of it is in the journal.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
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
