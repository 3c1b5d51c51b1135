//! How a trace is drawn: rows in order, where each bar begins and ends, what decided the duration,
//! and which idle time is folded away. No I/O, no clock.
//!
//! Positions are fractions of the drawn width. Most of a deployment is waiting, so with
//! [`Idle::Folded`] time in which nothing works is drawn short, and a [`Fold`] says how long it was.
//!
//! # What is work?
//! The time of a span that none of its children covers is its own. Own time is work, unless the
//! span waits for something (it has [`crate::attributes::WAITS_FOR`]). Time in which no span works,
//! such as that of a message on its way, is idle.

mod axis;
mod critical;
mod tree;

use serde::Serialize;

use self::axis::Axis;
pub use self::axis::Fold;
use self::tree::Tree;
use crate::model::Trace;

/// What happens with time in which nothing works.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Idle {
    /// It is drawn as long as it was.
    Shown,
    /// It is drawn short.
    #[default]
    Folded,
}

/// A drawn trace.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Waterfall {
    /// Parents stand before their children, and siblings in the order of their starts.
    pub rows: Vec<Row>,
    /// Folded idle time, in the order of time.
    pub folds: Vec<Fold>,
    /// In nanoseconds since the epoch.
    pub start_ns: u64,
    pub end_ns: u64,
    /// How long nothing worked, in nanoseconds.
    pub idle_ns: u64,
    #[serde(skip)]
    axis: Axis,
}

/// One span.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// Index of the span in [`Trace::spans`].
    pub span: usize,
    /// Number of ancestors in the trace.
    pub depth: usize,
    /// Where its bar begins.
    pub offset: f64,
    /// How long its bar is.
    pub width: f64,
    /// The parts of its bar that decided how long the trace took, as offset and width. Without this
    /// time, the trace would have ended earlier.
    pub critical: Vec<(f64, f64)>,
    /// The same in nanoseconds.
    pub critical_ns: u64,
    /// Its parent is not in the trace: it belongs to another system, or has not arrived.
    pub is_orphan: bool,
}

impl Waterfall {
    /// Draws a trace. Any trace can be drawn: cycles are cut, and spans may begin before their
    /// parents.
    #[must_use]
    pub fn of(trace: &Trace, idle: Idle) -> Self {
        let tree = Tree::of(trace);
        let start_ns = trace.start_ns().unwrap_or(0);
        let end_ns = trace.end_ns().unwrap_or(0);
        let work = tree.work();
        let axis = Axis::new(start_ns, end_ns, &work, idle);
        let critical = critical::path(&tree);
        let rows = tree.order().map(|node| {
            let span = &trace.spans[node.span];
            let bar = |from: u64, until: u64| {
                let offset = axis.place(from);
                (offset, axis.place(until) - offset)
            };
            let (offset, width) = bar(span.start_ns, span.end_ns);
            let parts = &critical[node.span];
            Row {
                span: node.span,
                depth: node.depth,
                offset,
                width,
                critical: parts.iter().map(|(from, until)| bar(*from, *until)).collect(),
                critical_ns: parts.iter().map(|(from, until)| until - from).sum(),
                is_orphan: node.is_orphan,
            }
        });
        let rows = rows.collect();
        let worked_ns: u64 = work.iter().map(|(from, until)| until - from).sum();
        let idle_ns = (end_ns - start_ns).saturating_sub(worked_ns);
        Self { rows, folds: axis.folds(), start_ns, end_ns, idle_ns, axis }
    }

    /// Where a time is drawn, as a fraction of the drawn width.
    #[must_use]
    pub fn place(&self, at_ns: u64) -> f64 {
        self.axis.place(at_ns)
    }

    #[must_use]
    pub fn duration_ns(&self) -> u64 {
        self.end_ns - self.start_ns
    }
}

/// A period of time, in nanoseconds since the epoch.
pub(crate) type Period = (u64, u64);

/// The union of periods, in order and without overlaps.
fn union(mut periods: Vec<Period>) -> Vec<Period> {
    periods.retain(|(from, until)| from < until);
    periods.sort_unstable();
    let mut joined: Vec<Period> = Vec::new();
    for (from, until) in periods {
        match joined.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(until),
            _ => joined.push((from, until)),
        }
    }
    joined
}

/// What of a period no other period covers. `others` is a union.
fn without((from, until): Period, others: &[Period]) -> Vec<Period> {
    let mut left = Vec::new();
    let mut at = from;
    for (start, end) in others {
        if *start >= until {
            break;
        }
        if at < *start {
            left.push((at, *start));
        }
        at = at.max(*end);
    }
    if at < until {
        left.push((at, until));
    }
    left
}

#[cfg(test)]
mod tests;
