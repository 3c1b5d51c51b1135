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
fn a_trace_is_read_from_json() {
    let trace = Trace::from_otlp(from_json(JSON.as_bytes()).unwrap());
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
fn text_that_is_no_otlp_is_refused() {
    assert!(matches!(from_json(b"{"), Err(OtlpError::Json(_))));
}
