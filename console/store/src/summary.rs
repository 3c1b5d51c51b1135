//! What a list of traces shows, and which traces it shows.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::ids::TraceId;
use crate::spans::{LABELS, Span};

/// Maximum characters of a text in a summary. Summaries of all traces are kept in memory.
const TEXT_CHARS_MAX: usize = 128;

/// Maximum services, and maximum deployments, of one trace that its summary names.
const NAMES_MAX: usize = 32;

/// One trace in a list.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TraceSummary {
    pub trace_id: TraceId,
    /// Name of the root span, or of the first span while the root has not arrived.
    pub name: String,
    pub start_ns: u64,
    pub end_ns: u64,
    /// Received spans. Those that were sent twice count twice.
    pub spans: usize,
    /// Spans with an error, including those of calls that succeeded when they were repeated.
    pub errors: usize,
    pub services: BTreeSet<String>,
    /// Ids of the deployments in the trace.
    pub deployments: BTreeSet<String>,
    /// Values of the attributes [`FUNCTION`](crate::attributes::FUNCTION), [`BATCH`](crate::attributes::BATCH) and
    /// [`OUTCOME`](crate::attributes::OUTCOME).
    pub labels: BTreeMap<String, String>,
    #[serde(skip)]
    has_root: bool,
    #[serde(skip)]
    name_start_ns: u64,
}

/// Which traces a list shows. A field that is not set excludes nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// A part of the trace's id, its name, its deployments' ids or a label, in any case.
    pub text: Option<String>,
    pub service: Option<String>,
    pub deployment: Option<String>,
    /// The exact values of labels, such as [`OUTCOME`](crate::attributes::OUTCOME).
    pub labels: BTreeMap<String, String>,
    /// Only traces with, or only traces without a span with an error.
    pub has_errors: Option<bool>,
    pub duration_min_ns: Option<u64>,
    /// Only traces that started at this time or later, in nanoseconds since the epoch.
    pub since_ns: Option<u64>,
    /// Only traces that started before this time, in nanoseconds since the epoch.
    pub until_ns: Option<u64>,
}

/// A part of a list, which begins with the newest traces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// The last trace of the page before, or `None` for the first page.
    pub after: Option<Cursor>,
    /// Maximum number of traces.
    pub size: usize,
}

/// Position of a trace in a list. Traces that arrive later do not move it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Cursor {
    pub start_ns: u64,
    pub trace_id: TraceId,
}

/// One page of a list.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Found {
    pub traces: Vec<TraceSummary>,
    /// Where the next page begins, or `None` if this is the last page.
    pub next: Option<Cursor>,
}

impl TraceSummary {
    pub(crate) fn new(trace_id: TraceId) -> Self {
        Self {
            trace_id,
            name: String::new(),
            start_ns: u64::MAX,
            end_ns: 0,
            spans: 0,
            errors: 0,
            services: BTreeSet::new(),
            deployments: BTreeSet::new(),
            labels: BTreeMap::new(),
            has_root: false,
            name_start_ns: u64::MAX,
        }
    }

    pub(crate) fn add(&mut self, span: &Span<'_>) {
        let is_better = span.is_root && !self.has_root
            || span.is_root == self.has_root && span.start_ns < self.name_start_ns;
        if is_better {
            self.name = short(span.name);
            self.name_start_ns = span.start_ns;
            self.has_root = span.is_root;
        }
        self.start_ns = self.start_ns.min(span.start_ns);
        self.end_ns = self.end_ns.max(span.end_ns);
        self.spans += 1;
        self.errors += usize::from(span.has_failed);
        insert(&mut self.services, span.service);
        if let Some(deployment) = span.deployment {
            insert(&mut self.deployments, deployment);
        }
        for (label, text) in LABELS.iter().zip(span.labels) {
            if let Some(text) = text
                && !self.labels.contains_key(*label)
            {
                self.labels.insert((*label).to_owned(), short(text));
            }
        }
    }

    #[must_use]
    pub fn duration_ns(&self) -> u64 {
        self.end_ns.saturating_sub(self.start_ns)
    }

    pub(crate) fn cursor(&self) -> Cursor {
        Cursor { start_ns: self.start_ns, trace_id: self.trace_id }
    }
}

impl Filter {
    #[must_use]
    pub fn matches(&self, trace: &TraceSummary) -> bool {
        self.service.as_ref().is_none_or(|service| trace.services.contains(service))
            && self.deployment.as_ref().is_none_or(|id| trace.deployments.contains(id))
            && self.labels.iter().all(|(label, value)| trace.labels.get(label) == Some(value))
            && self.has_errors.is_none_or(|has_errors| (trace.errors > 0) == has_errors)
            && self.duration_min_ns.is_none_or(|least| trace.duration_ns() >= least)
            && self.since_ns.is_none_or(|since| trace.start_ns >= since)
            && self.until_ns.is_none_or(|until| trace.start_ns < until)
            && self.text.as_ref().is_none_or(|text| contains(trace, &text.to_lowercase()))
    }
}

fn contains(trace: &TraceSummary, text: &str) -> bool {
    trace.trace_id.to_string().contains(text)
        || trace.name.to_lowercase().contains(text)
        || trace.deployments.iter().any(|id| id.contains(text))
        || trace.labels.values().any(|label| label.to_lowercase().contains(text))
}

fn insert(names: &mut BTreeSet<String>, name: &str) {
    // Most spans of a trace name what another one has named.
    if names.len() < NAMES_MAX && !name.is_empty() && !names.contains(name) {
        names.insert(short(name));
    }
}

fn short(text: &str) -> String {
    text.chars().take(TEXT_CHARS_MAX).collect()
}
