mod compressed;
mod full;

use std::io::Write as _;

use opentelemetry_proto::tonic::common::v1::any_value::Value as AnyValue;
use opentelemetry_proto::tonic::common::v1::{AnyValue as Wrapped, KeyValue};
use opentelemetry_proto::tonic::trace::v1::span::Link;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};

use super::*;
use crate::attributes::DEPLOYMENT;
use crate::summary::Cursor;

fn id(number: u8) -> TraceId {
    TraceId::from_bytes(&[number; 16]).unwrap()
}

/// One span of trace `number`, which is `size` bytes large or a little more.
fn span(number: u8, span: u8, size: usize) -> TracesData {
    let value = |text: String| Some(Wrapped { value: Some(AnyValue::StringValue(text)) });
    let attribute = |key: &str, text: String| KeyValue {
        key: key.to_owned(),
        value: value(text),
        key_strindex: 0,
    };
    let start = u64::from(number) * 1000;
    let span = Span {
        trace_id: vec![number; 16],
        span_id: vec![span; 8],
        name: format!("span {span}"),
        start_time_unix_nano: start + u64::from(span),
        end_time_unix_nano: start + 500,
        attributes: vec![
            attribute(DEPLOYMENT, format!("deployment-{number}")),
            attribute("filler", "x".repeat(size)),
        ],
        ..Span::default()
    };
    let scope = ScopeSpans { spans: vec![span], ..ScopeSpans::default() };
    TracesData {
        resource_spans: vec![ResourceSpans {
            scope_spans: vec![scope],
            ..ResourceSpans::default()
        }],
    }
}

fn all() -> Page {
    Page { after: None, size: 1000 }
}

fn ids(found: &Found) -> Vec<TraceId> {
    found.traces.iter().map(|trace| trace.trace_id).collect()
}

#[test]
fn a_trace_whose_spans_came_in_parts_is_one() {
    let dir = tempfile::tempdir().unwrap();
    let store = TraceStore::open(dir.path(), Limits::default()).unwrap();
    let mut changes = store.changes();
    for part in [2, 1, 2] {
        let ingested = store.ingest(&span(1, part, 0).encode_to_vec()).unwrap();
        assert_eq!(ingested, Ingested { accepted: 1, rejected: 0 });
    }
    let trace = store.trace(id(1)).unwrap();
    let names: Vec<&str> = trace.spans.iter().map(|span| span.name.as_str()).collect();
    assert_eq!(names, ["span 1", "span 2"]);
    assert_eq!(store.trace(id(2)), None);
    assert_eq!(store.of_deployment("deployment-1"), Some(id(1)));
    assert!(changes.has_changed().unwrap());
    assert_eq!(*changes.borrow_and_update(), 3);
}

#[test]
fn only_one_process_has_a_store_open_and_others_can_read_it() {
    let dir = tempfile::tempdir().unwrap();
    let store = TraceStore::open(dir.path(), Limits::default()).unwrap();
    store.ingest(&span(1, 1, 0).encode_to_vec()).unwrap();
    let second = TraceStore::open(dir.path(), Limits::default());
    assert!(matches!(second, Err(StoreError::InUse(_))), "{second:?}");
    assert!(read_trace(dir.path(), id(1)).unwrap().is_some());
    assert!(read_trace(&dir.path().join("missing"), id(1)).unwrap().is_none());
}

#[test]
fn another_process_finds_one_trace_among_many_in_the_journal() {
    let dir = tempfile::tempdir().unwrap();
    let store = TraceStore::open(dir.path(), Limits::default()).unwrap();
    for part in 1..=3 {
        for number in 1..=50 {
            let mut sent = span(number, part, 100);
            // It names a trace that it has no span of.
            sent.resource_spans[0].scope_spans[0].spans[0].links =
                vec![Link { trace_id: vec![200; 16], span_id: vec![1; 8], ..Link::default() }];
            store.ingest(&sent.encode_to_vec()).unwrap();
        }
    }
    for number in [1, 50] {
        let read = Trace::from_otlp(read_trace(dir.path(), id(number)).unwrap().unwrap());
        assert_eq!(read, store.trace(id(number)).unwrap());
        assert_eq!(read.spans.len(), 3);
    }
    assert!(read_trace(dir.path(), id(200)).unwrap().is_none());
}

#[test]
fn a_full_store_evicts_whole_traces_and_the_oldest_first() {
    let dir = tempfile::tempdir().unwrap();
    let limits = Limits { bytes_max: 100_000, ..Limits::default() };
    let store = TraceStore::open(dir.path(), limits).unwrap();
    for number in 1..=200 {
        for part in 1..=2 {
            store.ingest(&span(number, part, 3000).encode_to_vec()).unwrap();
        }
        let (_, bytes) = store.size();
        assert!(bytes <= limits.bytes_max);
    }
    let (traces, bytes) = store.size();
    let on_disk: u64 = std::fs::read_dir(dir.path())
        .unwrap()
        .map(|entry| entry.unwrap().metadata().unwrap().len())
        .sum();
    assert!(on_disk <= bytes, "{on_disk} of {bytes}");
    let kept = store.recent(&Filter::default(), all());
    assert_eq!(kept.traces.len(), traces);
    let newest: Vec<TraceId> =
        (0..u8::try_from(traces).unwrap()).map(|age| id(200 - age)).collect();
    assert_eq!(ids(&kept), newest);
    assert!(kept.traces.iter().all(|trace| trace.spans == 2));
    assert_eq!(store.of_deployment("deployment-1"), None);
    assert_eq!(store.trace(id(1)), None);
}

#[test]
fn the_number_of_traces_and_their_age_are_limited() {
    let dir = tempfile::tempdir().unwrap();
    let limits = Limits { traces_max: 3, ..Limits::default() };
    let store = TraceStore::open(dir.path(), limits).unwrap();
    for number in 1..=5 {
        store.ingest(&span(number, 1, 0).encode_to_vec()).unwrap();
    }
    assert_eq!(ids(&store.recent(&Filter::default(), all())), [id(5), id(4), id(3)]);

    store.flush().unwrap();
    let later = SystemTime::now() + limits.age_max + Duration::from_secs(1);
    store.evict(&mut store.state.lock(), later);
    assert_eq!(store.size(), (0, 0));
}

#[test]
fn a_trace_that_is_too_large_is_cut_and_the_others_stay() {
    let dir = tempfile::tempdir().unwrap();
    let limits = Limits { trace_bytes_max: 10_000, ..Limits::default() };
    let store = TraceStore::open(dir.path(), limits).unwrap();
    store.ingest(&span(1, 1, 0).encode_to_vec()).unwrap();
    store.ingest(&span(2, 1, 6000).encode_to_vec()).unwrap();
    let ingested = store.ingest(&span(2, 2, 6000).encode_to_vec()).unwrap();
    assert_eq!(ingested, Ingested { accepted: 0, rejected: 1 });
    assert_eq!(store.trace(id(2)).unwrap().spans.len(), 1);
    assert_eq!(store.size().0, 2);
}

#[test]
fn of_a_request_that_is_accepted_in_part_only_that_part_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let limits = Limits { trace_bytes_max: 10_000, ..Limits::default() };
    let store = TraceStore::open(dir.path(), limits).unwrap();
    let mut sent = span(1, 1, 20_000);
    sent.resource_spans.extend(span(2, 1, 0).resource_spans);
    let ingested = store.ingest(&sent.encode_to_vec()).unwrap();
    assert_eq!(ingested, Ingested { accepted: 1, rejected: 1 });
    drop(store);
    let store = TraceStore::open(dir.path(), limits).unwrap();
    assert_eq!(ids(&store.recent(&Filter::default(), all())), [id(2)]);
}

#[test]
fn a_store_whose_process_was_killed_while_it_wrote_continues() {
    let dir = tempfile::tempdir().unwrap();
    {
        let store = TraceStore::open(dir.path(), Limits::default()).unwrap();
        store.ingest(&span(1, 1, 0).encode_to_vec()).unwrap();
        store.ingest(&span(2, 1, 0).encode_to_vec()).unwrap();
        store.flush().unwrap();
    }
    let torn = file::record(&span(1, 2, 100).encode_to_vec()).unwrap();
    for length in [1, 7, 8, torn.len() - 1] {
        let mut file = File::options().append(true).open(file::path(dir.path(), id(1))).unwrap();
        file.write_all(&torn[..length]).unwrap();
        drop(file);
        let store = TraceStore::open(dir.path(), Limits::default()).unwrap();
        assert_eq!(ids(&store.recent(&Filter::default(), all())), [id(2), id(1)]);
        assert_eq!(store.trace(id(1)).unwrap().spans.len(), 1);
    }
    let store = TraceStore::open(dir.path(), Limits::default()).unwrap();
    store.ingest(&span(1, 3, 0).encode_to_vec()).unwrap();
    assert_eq!(store.trace(id(1)).unwrap().spans.len(), 2);
}

#[test]
fn what_a_killed_process_left_in_the_journal_is_there_at_the_next_start() {
    let dir = tempfile::tempdir().unwrap();
    {
        let store = TraceStore::open(dir.path(), Limits::default()).unwrap();
        store.ingest(&span(1, 1, 0).encode_to_vec()).unwrap();
        store.flush().unwrap();
        store.ingest(&span(1, 2, 0).encode_to_vec()).unwrap();
        store.ingest(&span(2, 1, 0).encode_to_vec()).unwrap();
        assert!(!file::path(dir.path(), id(2)).exists());
    }
    let journal = dir.path().join("journal");
    let torn = file::plain_record(false, &span(1, 3, 100).encode_to_vec());
    let mut file = File::options().append(true).open(&journal).unwrap();
    file.write_all(&torn[..torn.len() - 1]).unwrap();
    drop(file);
    let read = Trace::from_otlp(read_trace(dir.path(), id(1)).unwrap().unwrap());
    assert_eq!(read.spans.len(), 2);
    let store = TraceStore::open(dir.path(), Limits::default()).unwrap();
    for (number, spans) in [(1, 2), (2, 1)] {
        assert_eq!(store.trace(id(number)).unwrap().spans.len(), spans);
    }
    assert_eq!(std::fs::metadata(journal).unwrap().len(), 0);
    assert!(file::path(dir.path(), id(2)).exists());
}

#[test]
fn what_is_unreadable_is_skipped() {
    let dir = tempfile::tempdir().unwrap();
    {
        let store = TraceStore::open(dir.path(), Limits::default()).unwrap();
        for (number, part) in [(1, 1), (2, 1), (2, 2), (3, 1)] {
            store.ingest(&span(number, part, 0).encode_to_vec()).unwrap();
            store.flush().unwrap();
        }
    }
    std::fs::write(file::path(dir.path(), id(1)), "something else").unwrap();
    std::fs::write(file::path(dir.path(), id(4)), "").unwrap();
    std::fs::write(dir.path().join("notes.txt"), "not a trace").unwrap();
    let path = file::path(dir.path(), id(2));
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[40] ^= 1;
    std::fs::write(&path, bytes).unwrap();

    let store = TraceStore::open(dir.path(), Limits::default()).unwrap();
    assert_eq!(store.trace(id(1)), None);
    let trace = store.trace(id(2)).unwrap();
    assert_eq!(trace.spans.iter().map(|span| span.name.as_str()).collect::<Vec<_>>(), ["span 2"]);
    assert_eq!(store.trace(id(3)).unwrap().spans.len(), 1);
    assert!(dir.path().join("notes.txt").exists());
}

#[test]
fn a_list_has_pages_and_no_trace_twice() {
    let dir = tempfile::tempdir().unwrap();
    let store = TraceStore::open(dir.path(), Limits::default()).unwrap();
    for number in 1..=7 {
        store.ingest(&span(number, 1, 0).encode_to_vec()).unwrap();
    }
    let mut seen = Vec::new();
    let mut after: Option<Cursor> = None;
    loop {
        let found = store.recent(&Filter::default(), Page { after, size: 3 });
        seen.extend(ids(&found));
        // A newer trace that arrives in between belongs to no later page.
        store.ingest(&span(9, 1, 0).encode_to_vec()).unwrap();
        match found.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    assert_eq!(seen, [7, 6, 5, 4, 3, 2, 1].map(id));
}

#[test]
fn a_filter_selects_traces() {
    let dir = tempfile::tempdir().unwrap();
    let store = TraceStore::open(dir.path(), Limits::default()).unwrap();
    for number in 1..=3 {
        store.ingest(&span(number, 1, 0).encode_to_vec()).unwrap();
    }
    let select = |filter: Filter| ids(&store.recent(&filter, all()));
    let text = |text: &str| Filter { text: Some(text.to_owned()), ..Filter::default() };
    assert_eq!(select(text("DEPLOYMENT-2")), [id(2)]);
    assert_eq!(select(text("nothing")), []);
    assert_eq!(select(Filter { since_ns: Some(2000), ..Filter::default() }), [id(3), id(2)]);
    assert_eq!(select(Filter { until_ns: Some(2000), ..Filter::default() }), [id(1)]);
    assert_eq!(select(Filter { has_errors: Some(true), ..Filter::default() }), []);
    assert_eq!(select(Filter { duration_min_ns: Some(500), ..Filter::default() }), []);
    let deployment = Some("deployment-3".to_owned());
    assert_eq!(select(Filter { deployment, ..Filter::default() }), [id(3)]);
}
