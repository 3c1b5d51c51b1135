//! What the store knows without reading a file. No I/O and no clock.

use std::collections::{BTreeSet, HashMap};
use std::time::SystemTime;

use super::Limits;
use super::file::Size;
use crate::ids::TraceId;
use crate::spans::Span;
use crate::summary::{Cursor, Filter, Found, Page, TraceSummary};

/// Files take whole blocks of the disk.
const BLOCK_BYTES: u64 = 4096;

#[derive(Debug, Default)]
pub(super) struct Index {
    traces: HashMap<TraceId, Entry>,
    /// By the start of the trace, for lists.
    by_start: BTreeSet<Cursor>,
    /// By the last addition, for eviction.
    by_change: BTreeSet<(SystemTime, TraceId)>,
    by_deployment: HashMap<String, TraceId>,
    disk_bytes: u64,
}

#[derive(Debug)]
struct Entry {
    summary: TraceSummary,
    size: Size,
    changed: SystemTime,
}

impl Index {
    /// Adds spans to a trace, whose file has this size now.
    pub(super) fn add(
        &mut self,
        trace_id: TraceId,
        spans: &[&Span<'_>],
        size: Size,
        changed: SystemTime,
    ) {
        let mut entry = self.take(trace_id).unwrap_or_else(|| Entry {
            summary: TraceSummary::new(trace_id),
            size,
            changed,
        });
        spans.iter().for_each(|span| entry.summary.add(span));
        entry.size = size;
        entry.changed = changed;
        for deployment in &entry.summary.deployments {
            if !self.by_deployment.contains_key(deployment) {
                self.by_deployment.insert(deployment.clone(), trace_id);
            }
        }
        self.by_start.insert(entry.summary.cursor());
        self.by_change.insert((changed, trace_id));
        self.disk_bytes += on_disk(size.stored);
        self.traces.insert(trace_id, entry);
    }

    pub(super) fn remove(&mut self, trace_id: TraceId) {
        if let Some(entry) = self.take(trace_id) {
            for deployment in &entry.summary.deployments {
                if self.by_deployment.get(deployment) == Some(&trace_id) {
                    self.by_deployment.remove(deployment);
                }
            }
        }
    }

    /// Everything but the deployments, which are only ever added to.
    fn take(&mut self, trace_id: TraceId) -> Option<Entry> {
        let entry = self.traces.remove(&trace_id)?;
        self.by_start.remove(&entry.summary.cursor());
        self.by_change.remove(&(entry.changed, trace_id));
        self.disk_bytes -= on_disk(entry.size.stored);
        Some(entry)
    }

    /// The trace that has to go next, or `None` if all limits are kept. `others` is what other files
    /// take, in bytes.
    pub(super) fn exceeding(
        &self,
        limits: &Limits,
        keep_since: SystemTime,
        others: u64,
    ) -> Option<TraceId> {
        let (changed, oldest) = self.by_change.first()?;
        let exceeds = *changed < keep_since
            || self.disk_bytes + on_disk(others) > limits.bytes_max
            || self.traces.len() > limits.traces_max;
        exceeds.then_some(*oldest)
    }

    /// Records that the file of a trace has another size.
    pub(super) fn resize(&mut self, trace_id: TraceId, size: Size) {
        if let Some(entry) = self.traces.get_mut(&trace_id) {
            self.disk_bytes -= on_disk(entry.size.stored);
            self.disk_bytes += on_disk(size.stored);
            entry.size = size;
        }
    }

    pub(super) fn size_of(&self, trace_id: TraceId) -> Size {
        self.traces.get(&trace_id).map_or_else(Size::default, |entry| entry.size)
    }

    pub(super) fn size(&self, others: u64) -> (usize, u64) {
        (self.traces.len(), self.disk_bytes + on_disk(others))
    }

    pub(super) fn of_deployment(&self, deployment: &str) -> Option<TraceId> {
        self.by_deployment.get(deployment).copied()
    }

    pub(super) fn recent(&self, filter: &Filter, page: Page) -> Found {
        let upto = page.after;
        let newest_first = self.by_start.iter().rev();
        let mut matching = newest_first
            .filter(|cursor| upto.is_none_or(|upto| **cursor < upto))
            .filter_map(|cursor| self.traces.get(&cursor.trace_id))
            .filter(|entry| filter.matches(&entry.summary));
        let traces: Vec<TraceSummary> =
            matching.by_ref().take(page.size).map(|entry| entry.summary.clone()).collect();
        let next = matching.next().and(traces.last()).map(TraceSummary::cursor);
        Found { traces, next }
    }
}

fn on_disk(bytes: u64) -> u64 {
    bytes.next_multiple_of(BLOCK_BYTES)
}
