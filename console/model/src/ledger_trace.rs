//! A trace from the ledger's records, for a deployment whose spans no store has. Pure.
//!
//! The records say when each stage received its message, began and ended, and the build says when
//! it was submitted and when its end was seen. So the picture lacks single calls, and has the same
//! stages and waits.

use std::collections::BTreeMap;

use longshore_ledger::{Record, Submission};
use longshore_messages::DeploymentId;
use longshore_trace_store::{
    Kind, Span, SpanId, Status, StatusCode, Trace, TraceId, Value, attributes,
};
use time::{Duration, OffsetDateTime};

use crate::detail::Detail;
use crate::index::entry::Entry;

/// What the ledger says about a deployment's time.
struct Times<'a> {
    name: String,
    requested_at: OffsetDateTime,
    /// Now, for a deployment that has not ended.
    until: OffsetDateTime,
    /// Of the stages and of the outcome, in their order.
    records: &'a [Record],
    has_failed: bool,
    /// The attempts of its build, and when a worker saw the build's end.
    attempts: &'a [Submission],
    concluded_at: Option<OffsetDateTime>,
    /// The stage that handles it, and since when.
    in_stage: Option<(&'static str, OffsetDateTime)>,
}

/// The trace of a deployment; `None` if the ledger does not know when it began.
#[must_use]
pub fn of(
    id: DeploymentId,
    entry: Option<&Entry>,
    detail: &Detail,
    now: OffsetDateTime,
) -> Option<Trace> {
    let trace_id: TraceId = id.to_string().parse().ok()?;
    let first = detail.records.first().map(|record| record.published_at);
    let requested = detail.request.as_ref().map(|request| request.published_at);
    let requested_at = requested.or(first)?;
    let last = detail.records.last().map(|record| record.finished_at);
    let until = match &detail.finished {
        Some(_) => last.unwrap_or(requested_at),
        None => now,
    };
    let history = detail.build.as_ref().and_then(|build| build.history.as_ref());
    let result = detail.build.as_ref().and_then(|build| build.result.as_ref());
    let in_stage = entry
        .filter(|entry| entry.state.is_open())
        .and_then(|entry| Some((entry.state.stage()?.as_str(), entry.in_stage_since())));
    let times = Times {
        name: entry.map_or_else(String::new, |entry| format!("deploy {}", entry.name())),
        requested_at,
        until,
        records: &detail.records,
        has_failed: entry.is_some_and(|entry| entry.cause.is_some()),
        attempts: history.map_or(&[], |history| history.attempts.as_slice()),
        concluded_at: result.map(|result| result.concluded_at),
        in_stage,
    };
    Some(trace(&times, trace_id))
}

/// The trace. `id` is that of the deployment, 16 bytes in hexadecimal.
fn trace(times: &Times<'_>, id: TraceId) -> Trace {
    let mut spans = Spans { id, spans: Vec::new() };
    let root = spans.add(None, "longshore", &times.name, times.requested_at, times.until);
    spans.waits_for(root, "its stages");
    spans.set_failed(root, times.has_failed);
    for record in times.records {
        stage(&mut spans, root, record, times.has_failed);
        if record.stage == "build-submitter" {
            build(&mut spans, root, times);
        }
    }
    if let Some((stage, since)) = times.in_stage {
        let span =
            spans.add(Some(root), stage, &format!("{stage}, not done yet"), since, times.until);
        spans.waits_for(span, "see above");
    }
    spans.spans.sort_by_key(|span| span.start_ns);
    Trace { spans: spans.spans }
}

fn stage(spans: &mut Spans, root: SpanId, record: &Record, has_failed: bool) {
    let topic = record.topic.rsplit('.').next().unwrap_or(&record.topic);
    let queue = format!("message to {} in its queue", record.stage);
    if record.started_at > record.published_at {
        let queued =
            spans.add(Some(root), "Pub/Sub", &queue, record.published_at, record.started_at);
        spans.waits_for(queued, "the worker");
    }
    let name = format!("{} → {topic}", record.stage);
    let work = spans.add(Some(root), &record.stage, &name, record.started_at, record.finished_at);
    spans.set_failed(work, has_failed && topic == "deployment-finished");
    let waited = Duration::milliseconds(i64::try_from(record.waited_ms).unwrap_or(i64::MAX));
    if waited > Duration::ZERO {
        // The record has the sum of all waits. They come before the last write.
        let begun = (record.finished_at - waited).max(record.started_at);
        let what = record.waited_for.as_deref().unwrap_or("its turn");
        let name = format!("waited for {what}");
        let wait = spans.add(Some(work), &record.stage, &name, begun, record.finished_at);
        spans.waits_for(wait, what);
    }
}

fn build(spans: &mut Spans, root: SpanId, times: &Times<'_>) {
    for (index, attempt) in times.attempts.iter().enumerate() {
        let next = times.attempts.get(index + 1).map(|next| next.submitted_at);
        let until = next.or(times.concluded_at).unwrap_or(times.until);
        let id = attempt.build_name.rsplit('/').next().unwrap_or_default();
        let name = match times.attempts.len() {
            1 => format!("build {id}"),
            _ => format!("build {id}, attempt {}", index + 1),
        };
        let span = spans.add(Some(root), "Cloud Build", &name, attempt.submitted_at, until);
        spans.set_failed(span, next.is_some());
    }
}

struct Spans {
    id: TraceId,
    spans: Vec<Span>,
}

impl Spans {
    fn add(
        &mut self,
        parent: Option<SpanId>,
        service: &str,
        name: &str,
        from: OffsetDateTime,
        until: OffsetDateTime,
    ) -> SpanId {
        let number = u64::try_from(self.spans.len()).unwrap_or_default() + 1;
        let span_id = SpanId::from_bytes(&number.to_be_bytes());
        let span_id = span_id.expect("an id from a number from 1 is not zero");
        self.spans.push(Span {
            trace_id: self.id,
            span_id,
            parent,
            links: Vec::new(),
            name: name.to_owned(),
            kind: Kind::Internal,
            service: service.to_owned(),
            start_ns: nanos(from),
            end_ns: nanos(until.max(from)),
            status: Status::default(),
            attributes: BTreeMap::new(),
            events: Vec::new(),
        });
        span_id
    }

    fn find(&mut self, id: SpanId) -> Option<&mut Span> {
        self.spans.iter_mut().find(|span| span.span_id == id)
    }

    fn waits_for(&mut self, id: SpanId, what: &str) {
        if let Some(span) = self.find(id) {
            let what = Value::Text(what.to_owned());
            span.attributes.insert(attributes::WAITS_FOR.to_owned(), what);
        }
    }

    fn set_failed(&mut self, id: SpanId, has_failed: bool) {
        if let Some(span) = self.find(id).filter(|_| has_failed) {
            span.status.code = StatusCode::Error;
        }
    }
}

fn nanos(at: OffsetDateTime) -> u64 {
    u64::try_from(at.unix_timestamp_nanos()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use longshore_messages::WireMessage;
    use longshore_trace_store::{Idle, Waterfall};

    use super::*;
    use crate::index::entry::tests::at;

    fn record(stage: &str, topic: &str, from: i64) -> Record {
        Record {
            stage: stage.to_owned(),
            input: String::new(),
            topic: format!("projects/p/topics/longshore.{topic}"),
            message: WireMessage::default(),
            published_at: at(from),
            started_at: at(from + 1),
            finished_at: at(from + 5),
            attempt: None,
            waited_ms: 2_000,
            waited_for: Some("its quota".to_owned()),
        }
    }

    #[test]
    fn the_ledger_alone_shows_stages_waits_and_the_build() {
        let records = [
            record("uploader", "source-uploaded", 0),
            record("build-submitter", "build-submitted", 5),
            record("registry-watcher", "image-published", 60),
        ];
        let attempts = [Submission {
            build_name: "projects/p/locations/r/builds/b1".to_owned(),
            base_image: String::new(),
            submitted_at: at(9),
            claimant_waits: true,
        }];
        let times = Times {
            name: "f".to_owned(),
            requested_at: at(0),
            until: at(100),
            records: &records,
            has_failed: false,
            attempts: &attempts,
            concluded_at: Some(at(58)),
            in_stage: Some(("service-deployer", at(65))),
        };
        let id = TraceId::from_bytes(&[7; 16]).unwrap();
        let trace = trace(&times, id);
        let names: Vec<&str> = trace.spans.iter().map(|span| span.name.as_str()).collect();
        assert!(
            names.contains(&"build b1") && names.contains(&"waited for its quota"),
            "{names:?}"
        );
        let drawn = Waterfall::of(&trace, Idle::Folded);
        assert_eq!(drawn.rows.len(), trace.spans.len());
        assert!(drawn.rows.iter().all(|row| row.depth <= 2 && !row.is_orphan));
        // What is not done yet waits, so its time is folded.
        assert!(drawn.idle_ns >= 35_000_000_000, "{}", drawn.idle_ns);
    }
}
