use super::*;

const JSON: &str = r#"{"resourceSpans":[{"resource":{"attributes":[
    {"key":"service.name","value":{"stringValue":"uploader"}}]},"scopeSpans":[{"spans":[
    {"traceId":"5B8EFFF798038103D269B633813FC60C","spanId":"EEE19B7EC3C1B174",
     "parentSpanId":"EEE19B7EC3C1B173","name":"process deploy-requested","kind":5,
     "startTimeUnixNano":"1544712660000000000","endTimeUnixNano":"1544712661000000000",
     "attributes":[{"key":"attempt","value":{"intValue":"2"}}],
     "status":{"code":2,"message":"no"}},
    {"traceId":"00000000000000000000000000000000","spanId":"EEE19B7EC3C1B175","name":"invalid"}
    ]}]}]}"#;

#[test]
fn a_trace_is_read_from_json_and_from_protobuf() {
    let data = from_json(JSON.as_bytes()).unwrap();
    let again = from_protobuf(&data.encode_to_vec()).unwrap();
    assert_eq!(again, data);

    let trace = Trace::from_otlp(data);
    let [span] = &trace.spans[..] else { panic!("{trace:?}") };
    assert_eq!(span.trace_id.to_string(), "5b8efff798038103d269b633813fc60c");
    assert_eq!(span.parent.unwrap().to_string(), "eee19b7ec3c1b173");
    assert_eq!((span.name.as_str(), span.kind), ("process deploy-requested", Kind::Consumer));
    assert_eq!(span.service, "uploader");
    assert_eq!(span.duration_ns(), 1_000_000_000);
    assert_eq!(span.status, Status { code: StatusCode::Error, message: "no".to_owned() });
    assert_eq!(span.attributes["attempt"], Value::Int(2));
}

#[test]
fn json_that_was_written_is_read_back() {
    let data = from_json(JSON.as_bytes()).unwrap();
    assert_eq!(from_json(&to_json(&data).unwrap()).unwrap(), data);
}

#[test]
fn a_span_that_was_sent_twice_is_taken_once() {
    let mut data = from_json(JSON.as_bytes()).unwrap();
    data.resource_spans.extend(data.resource_spans.clone());
    assert_eq!(Trace::from_otlp(data).spans.len(), 1);
}

#[test]
fn traces_are_told_apart_and_spans_without_ids_are_counted() {
    let mut data = from_json(JSON.as_bytes()).unwrap();
    let spans = &mut data.resource_spans[0].scope_spans[0].spans;
    let mut other = spans[0].clone();
    other.trace_id[0] = 1;
    spans.push(other);
    let (traces, invalid) = by_trace(data);
    assert_eq!(invalid, 1);
    assert_eq!(traces.len(), 2);
    for (id, data) in traces {
        let trace = Trace::from_otlp(data);
        assert_eq!(trace.spans.iter().map(|span| span.trace_id).collect::<Vec<_>>(), [id]);
        assert_eq!(trace.spans[0].service, "uploader");
    }
}

#[test]
fn bytes_that_are_no_otlp_are_refused() {
    assert!(matches!(from_json(b"{"), Err(OtlpError::Json(_))));
    assert!(matches!(from_protobuf(&[0xff]), Err(OtlpError::Protobuf(_))));
}
