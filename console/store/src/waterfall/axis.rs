//! From times to positions.

use serde::Serialize;

use super::{Idle, Period, without};

/// How wide folded time is drawn, as a share of everything that is drawn in full.
const FOLD_SHARE: f64 = 0.03;

/// Only idle time longer than this share of the trace is folded: a short gap says more than a fold.
const FOLD_MIN_SHARE: f64 = 0.04;

/// Idle time that is drawn short.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Fold {
    /// Where it is drawn, as fractions of the drawn width.
    pub offset: f64,
    pub width: f64,
    /// In nanoseconds since the epoch.
    pub from_ns: u64,
    pub until_ns: u64,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Axis {
    parts: Vec<Part>,
}

/// A part of the time, which is drawn from `offset` on.
#[derive(Clone, Debug, PartialEq)]
struct Part {
    from_ns: u64,
    until_ns: u64,
    offset: f64,
    width: f64,
    is_fold: bool,
}

impl Axis {
    pub(super) fn new(start_ns: u64, end_ns: u64, work: &[Period], idle: Idle) -> Self {
        let total = nanos(end_ns - start_ns);
        let long = |(from, until): &Period| nanos(until - from) > total * FOLD_MIN_SHARE;
        let mut folded = without((start_ns, end_ns), work);
        folded.retain(long);
        // Nothing would be left to draw.
        if idle == Idle::Shown || folded == [(start_ns, end_ns)] {
            folded.clear();
        }
        let mut parts: Vec<(Period, bool)> =
            without((start_ns, end_ns), &folded).into_iter().map(|part| (part, false)).collect();
        let shown: f64 = parts.iter().map(|((from, until), _)| nanos(until - from)).sum();
        parts.extend(folded.into_iter().map(|part| (part, true)));
        parts.sort_unstable();
        let length = |((from, until), is_fold): &(Period, bool)| match is_fold {
            true => (shown * FOLD_SHARE).min(nanos(until - from)),
            false => nanos(until - from),
        };
        let drawn: f64 = parts.iter().map(length).sum();
        let mut offset = 0.0;
        let parts = parts.into_iter().map(|part| {
            let width = length(&part) / drawn;
            let ((from_ns, until_ns), is_fold) = part;
            let placed = Part { from_ns, until_ns, offset, width, is_fold };
            offset += width;
            placed
        });
        Self { parts: parts.collect() }
    }

    /// Times outside of the trace are drawn at its ends.
    pub(super) fn place(&self, at_ns: u64) -> f64 {
        let next = self.parts.partition_point(|part| part.until_ns < at_ns);
        let Some(part) = self.parts.get(next) else {
            return if self.parts.is_empty() { 0.0 } else { 1.0 };
        };
        let share = nanos(at_ns.saturating_sub(part.from_ns)) / nanos(part.until_ns - part.from_ns);
        (part.offset + share * part.width).clamp(0.0, 1.0)
    }

    pub(super) fn folds(&self) -> Vec<Fold> {
        let folds = self.parts.iter().filter(|part| part.is_fold);
        let folds = folds.map(|part| Fold {
            offset: part.offset,
            width: part.width,
            from_ns: part.from_ns,
            until_ns: part.until_ns,
        });
        folds.collect()
    }
}

#[expect(clippy::cast_precision_loss, reason = "a position on a screen needs few digits")]
fn nanos(nanos: u64) -> f64 {
    nanos as f64
}
