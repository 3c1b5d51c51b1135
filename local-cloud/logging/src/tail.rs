//! Tails: entries as they arrive, for clients that follow them.
//!
//! An entry waits for the window of its tail, so that an older one that arrives after it comes before
//! it. What a client does not read in time is dropped and counted: no tail keeps a writer waiting.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use serde_json::Value;
use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

use crate::core::{Filter, time_of};

/// Maximum number of open tails of a project (<https://cloud.google.com/logging/quotas>).
const TAILS_MAX: usize = 10;

/// Maximum size of the entries that wait in a tail, as JSON.
const WAITING_BYTES_MAX: usize = 8 << 20;

/// Size at which a batch is complete: clients limit that of a message.
const BATCH_BYTES: usize = 1 << 20;

/// All open tails.
#[derive(Default)]
pub(crate) struct Tails {
    open: Mutex<Vec<Arc<Shared>>>,
}

/// One open tail. It is closed when this is dropped.
pub(crate) struct Tail {
    all: Arc<Tails>,
    shared: Arc<Shared>,
}

/// What a tail shares with those who write.
struct Shared {
    projects: BTreeSet<String>,
    filter: Filter,
    window: Duration,
    waiting: Mutex<Waiting>,
    changed: Notify,
}

/// The time of an entry, and the number of its arrival.
type Key = ((i64, i32), u64);

#[derive(Default)]
struct Waiting {
    /// With their sizes.
    entries: BTreeMap<Key, (usize, Value)>,
    /// When each arrived. Some may be gone.
    arrived: VecDeque<(Instant, Key)>,
    bytes: usize,
    arrivals: u64,
    dropped: i32,
    is_over: bool,
}

/// Entries in the order of their times.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Batch {
    pub(crate) entries: Vec<Value>,
    /// The number of entries that were dropped since the batch before.
    pub(crate) dropped: i32,
}

/// The project has as many tails as it may have.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("project {0} has {TAILS_MAX} open tails, which is the maximum: close one of them")]
pub(crate) struct TooMany(String);

impl Tails {
    /// Begins to follow what arrives from now on.
    ///
    /// # Errors
    /// [`TooMany`].
    pub(crate) fn open(
        self: &Arc<Self>,
        projects: BTreeSet<String>,
        filter: Filter,
        window: Duration,
    ) -> Result<Tail, TooMany> {
        let mut open = self.open.lock();
        let is_full = |project: &&String| {
            open.iter().filter(|tail| tail.projects.contains(*project)).count() >= TAILS_MAX
        };
        if let Some(full) = projects.iter().find(is_full) {
            return Err(TooMany(full.clone()));
        }
        let (waiting, changed) = (Mutex::default(), Notify::new());
        let shared = Arc::new(Shared { projects, filter, window, waiting, changed });
        open.push(Arc::clone(&shared));
        Ok(Tail { all: Arc::clone(self), shared })
    }

    /// Gives an entry of a project to those who follow it. It is made only if there is one.
    pub(crate) fn offer(&self, project: &str, entry: &dyn Fn() -> Value) {
        let open = self.open.lock();
        let mut following = open.iter().filter(|tail| tail.projects.contains(project)).peekable();
        if following.peek().is_none() {
            return;
        }
        let (entry, now) = (entry(), Instant::now());
        for tail in following.filter(|tail| tail.filter.matches(&entry)) {
            tail.waiting.lock().push(entry.clone(), now);
            tail.changed.notify_one();
        }
    }

    /// Ends all tails.
    pub(crate) fn stop(&self) {
        for tail in self.open.lock().iter() {
            tail.waiting.lock().is_over = true;
            tail.changed.notify_one();
        }
    }
}

impl Tail {
    /// The next entries; `None` once the tail is over.
    pub(crate) async fn next(&self) -> Option<Batch> {
        loop {
            let due = {
                let mut waiting = self.shared.waiting.lock();
                if waiting.is_over {
                    return None;
                }
                match waiting.take(self.shared.window, Instant::now()) {
                    Ok(batch) => return Some(batch),
                    Err(due) => due,
                }
            };
            // A change in between is not missed: it is kept until the next wait.
            let changed = self.shared.changed.notified();
            match due {
                Some(due) => drop(timeout_at(due, changed).await),
                None => changed.await,
            }
        }
    }
}

impl Drop for Tail {
    fn drop(&mut self) {
        self.all.open.lock().retain(|tail| !Arc::ptr_eq(tail, &self.shared));
    }
}

impl Waiting {
    fn push(&mut self, entry: Value, now: Instant) {
        let size = entry.to_string().len();
        if self.bytes + size > WAITING_BYTES_MAX {
            self.dropped = self.dropped.saturating_add(1);
            return;
        }
        let key = (time_of(&entry), self.arrivals);
        self.arrivals += 1;
        self.bytes += size;
        self.entries.insert(key, (size, entry));
        self.arrived.push_back((now, key));
    }

    /// The entries that have waited for the window, and those of earlier times; or else when the
    /// first one will have.
    fn take(&mut self, window: Duration, now: Instant) -> Result<Batch, Option<Instant>> {
        while self.arrived.front().is_some_and(|(_, key)| !self.entries.contains_key(key)) {
            self.arrived.pop_front();
        }
        let due = |(at, _): &&(Instant, Key)| *at + window <= now;
        let ready = self.arrived.iter().take_while(due).map(|(_, key)| *key);
        let Some(last) = ready.filter(|key| self.entries.contains_key(key)).max() else {
            return Err(self.arrived.front().map(|(at, _)| *at + window));
        };
        let mut batch = Batch { entries: Vec::new(), dropped: std::mem::take(&mut self.dropped) };
        let mut taken = 0;
        while let Some(first) = self.entries.first_entry()
            && *first.key() <= last
            && taken < BATCH_BYTES
        {
            let (size, entry) = first.remove();
            taken += size;
            batch.entries.push(entry);
        }
        self.bytes -= taken;
        Ok(batch)
    }
}

#[cfg(test)]
mod tests;
