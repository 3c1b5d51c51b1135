//! Examples of traces for the buckets of durations: from a slow bucket to a trace that was slow.
//!
//! The SDK of OpenTelemetry for Rust collects none, so they are kept here, one for each bucket: the
//! last one.

use std::collections::HashMap;
use std::time::SystemTime;

use longshore_messages::TraceContext;
use opentelemetry::KeyValue;
use parking_lot::Mutex;

use super::definitions::DURATION_BUCKETS_S;

/// A recorded duration and its trace.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Exemplar {
    pub(crate) trace_id: String,
    pub(crate) span_id: String,
    pub(crate) seconds: f64,
    pub(crate) at: SystemTime,
}

/// The name of a metric, and its labels.
type Series = (&'static str, Vec<KeyValue>);

/// The examples of all series. There are as many as there are buckets of series, at most.
#[derive(Default)]
pub(crate) struct Exemplars {
    kept: Mutex<HashMap<Series, Vec<Option<Exemplar>>>>,
}

impl Exemplars {
    /// Keeps a trace, unless it is not sampled: an example must lead to a trace that exists.
    pub(crate) fn note(
        &self,
        metric: &'static str,
        labels: &[KeyValue],
        seconds: f64,
        trace: &TraceContext,
    ) {
        let Some((trace_id, span_id)) = trace.traceparent.as_deref().and_then(sampled) else {
            return;
        };
        let exemplar = Exemplar {
            trace_id: trace_id.to_owned(),
            span_id: span_id.to_owned(),
            seconds,
            at: SystemTime::now(),
        };
        let mut kept = self.kept.lock();
        let buckets = kept.entry((metric, sorted(labels))).or_default();
        buckets.resize(DURATION_BUCKETS_S.len() + 1, None);
        if let Some(slot) = buckets.get_mut(bucket(seconds)) {
            *slot = Some(exemplar);
        }
    }

    /// The examples of all buckets.
    pub(super) fn all_of(&self, metric: &str, labels: &[KeyValue]) -> Vec<Exemplar> {
        let (kept, labels) = (self.kept.lock(), sorted(labels));
        let series = kept.iter().filter(|((name, of), _)| *name == metric && *of == labels);
        series.flat_map(|(_, buckets)| buckets.iter().flatten().cloned()).collect()
    }

    /// The example of a bucket; the last bucket has no upper bound.
    pub(crate) fn of(&self, metric: &str, labels: &[KeyValue], bucket: usize) -> Option<Exemplar> {
        let kept = self.kept.lock();
        let labels = sorted(labels);
        let mut series = kept.iter().filter(|((name, of), _)| *name == metric && *of == labels);
        series.next().and_then(|(_, buckets)| buckets.get(bucket)?.clone())
    }
}

/// The number of the bucket of a duration. Bounds are inclusive.
fn bucket(seconds: f64) -> usize {
    DURATION_BUCKETS_S
        .iter()
        .position(|bound| seconds <= *bound)
        .unwrap_or(DURATION_BUCKETS_S.len())
}

/// The ids in a `traceparent` that is sampled (<https://www.w3.org/TR/trace-context/#traceparent-header>).
fn sampled(traceparent: &str) -> Option<(&str, &str)> {
    let mut parts = traceparent.split('-').skip(1);
    let (trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?);
    let is_hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_valid = trace.len() == 32 && span.len() == 16 && is_hex(trace) && is_hex(span);
    let is_sampled = u8::from_str_radix(flags, 16).is_ok_and(|flags| flags & 1 == 1);
    (is_valid && is_sampled).then_some((trace, span))
}

fn sorted(labels: &[KeyValue]) -> Vec<KeyValue> {
    let mut labels = labels.to_vec();
    labels.sort_by(|one, other| one.key.cmp(&other.key));
    labels
}
