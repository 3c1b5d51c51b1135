//! What traces take on disk.

use opentelemetry_proto::tonic::resource::v1::Resource;

use super::*;

/// Parts in which the spans of a deployment arrive: each worker sends what it has, five times a second.
const PARTS: u64 = 24;

fn attribute(key: &str, text: String) -> KeyValue {
    let value = Some(Wrapped { value: Some(AnyValue::StringValue(text)) });
    KeyValue { key: key.to_owned(), value, key_strindex: 0 }
}

/// Hexadecimal digits that no other seed has.
fn digits(seed: u64) -> String {
    // The multiplier of a linear congruential generator, for which Knuth is the source.
    let next = |state: u64| state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(seed | 1);
    format!("{:016x}{:016x}", next(next(seed)), next(next(next(seed))))
}

/// What a worker sends at one time: three calls of the ledger.
fn part(number: u64) -> TracesData {
    let worker = ["uploader", "build-submitter", "registry-watcher"][(number % 3) as usize];
    let deployment = digits(1);
    let spans = (0..3).map(|call| {
        let seed = number * 3 + call;
        let start = 1_700_000_000_000_000_000 + seed * 1_234_567 + seed * seed * 977;
        let resource = format!("local-project-longshore-ledger/deployments/{deployment}/{worker}");
        Span {
            trace_id: vec![7; 16],
            span_id: digits(seed).as_bytes()[..8].to_vec(),
            parent_span_id: digits(number).as_bytes()[8..16].to_vec(),
            name: ["cloud.read_object", "cloud.create_object", "ledger.standing"]
                [(seed % 3) as usize]
                .to_owned(),
            start_time_unix_nano: start,
            end_time_unix_nano: start + seed * 31_337,
            attributes: vec![
                attribute("service", "storage".to_owned()),
                attribute("resource", resource),
                attribute("code.module.name", "longshore_cloud::google::objects".to_owned()),
                attribute("thread.name", "tokio-runtime-worker".to_owned()),
                attribute("messaging.message.id", digits(number + 1_000)),
                attribute(DEPLOYMENT, deployment.clone()),
            ],
            ..Span::default()
        }
    });
    let resource = [
        ("service.name", format!("longshore-{worker}")),
        ("service.version", "0.1.0".to_owned()),
        ("service.instance.id", digits(number % 3)),
        ("telemetry.sdk.name", "opentelemetry".to_owned()),
        ("telemetry.sdk.language", "rust".to_owned()),
    ];
    let attributes = resource.map(|(key, text)| attribute(key, text)).to_vec();
    let scope = ScopeSpans { spans: spans.collect(), ..ScopeSpans::default() };
    TracesData {
        resource_spans: vec![ResourceSpans {
            resource: Some(Resource { attributes, ..Resource::default() }),
            scope_spans: vec![scope],
            ..ResourceSpans::default()
        }],
    }
}

#[test]
fn a_trace_that_comes_in_many_parts_takes_a_third_of_its_size() {
    let dir = tempfile::tempdir().unwrap();
    let store = TraceStore::open(dir.path(), Limits::default()).unwrap();
    let mut sent = TracesData::default();
    for number in 0..PARTS {
        store.ingest(&part(number).encode_to_vec()).unwrap();
        store.flush().unwrap();
        sent.resource_spans.extend(part(number).resource_spans);
    }
    assert_eq!(store.otlp(id(7)).as_ref(), Some(&sent));
    let (size, plain) = (store.size(), sent.encoded_len() as u64);
    assert!(plain > 30_000, "{plain} bytes are no trace of a deployment");
    assert!(size.1 * 3 <= plain, "{plain} bytes take {}", size.1);
    let length = std::fs::metadata(file::path(dir.path(), id(7))).unwrap().len();
    assert_eq!(length.next_multiple_of(4096), size.1);
    drop(store);
    let store = TraceStore::open(dir.path(), Limits::default()).unwrap();
    assert_eq!((store.size(), store.otlp(id(7))), (size, Some(sent)));
}

#[test]
fn a_limit_of_a_trace_counts_what_a_reader_needs() {
    let dir = tempfile::tempdir().unwrap();
    let limits = Limits { trace_bytes_max: 1 << 20, ..Limits::default() };
    // What is there already counts for the store that is opened again.
    for expected in [[1, 0], [0, 0]] {
        let store = TraceStore::open(dir.path(), limits).unwrap();
        let accepted = [1, 2]
            .map(|part| store.ingest(&span(1, part, 600_000).encode_to_vec()).unwrap().accepted);
        store.flush().unwrap();
        assert_eq!(accepted, expected);
        assert_eq!(store.trace(id(1)).unwrap().spans.len(), 1);
        assert!(store.size().1 < 10_000);
    }
}

#[test]
fn traces_of_the_version_before_are_read_and_compressed() {
    let dir = tempfile::tempdir().unwrap();
    let path = file::path(dir.path(), id(1));
    let mut bytes = b"lstrace1".to_vec();
    for number in 1..=2 {
        let plain = span(1, number, 9_000).encode_to_vec();
        bytes.extend(u32::try_from(plain.len()).unwrap().to_le_bytes());
        bytes.extend(crc32fast::hash(&plain).to_le_bytes());
        bytes.extend(plain);
    }
    bytes.extend([9, 0, 0]);
    std::fs::write(&path, bytes).unwrap();
    assert_eq!(read_trace(dir.path(), id(1)).unwrap().unwrap().resource_spans.len(), 2);
    let store = TraceStore::open(dir.path(), Limits::default()).unwrap();
    store.ingest(&span(1, 3, 0).encode_to_vec()).unwrap();
    store.flush().unwrap();
    assert_eq!(store.trace(id(1)).unwrap().spans.len(), 3);
    assert!(store.size().1 < 9_000);
    assert!(std::fs::read(&path).unwrap().starts_with(b"lstrace2"));
}
