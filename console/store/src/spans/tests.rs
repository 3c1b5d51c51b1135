use opentelemetry_proto::tonic::trace::v1::TracesData;
use prost::Message as _;

use super::*;
use crate::model::Trace;
use crate::otlp::from_json;

/// Two senders, and three traces; one span has no valid id. It has a value of each kind.
const JSON: &str = r#"{"resourceSpans":[
    {"resource":{"attributes":[
        {"key":"host.name","value":{"stringValue":"here"}},
        {"key":"service.name","value":{"stringValue":"uploader"}}]},
     "schemaUrl":"https://example.com/schema","scopeSpans":[
     {"scope":{"name":"one","version":"1","attributes":[]},"schemaUrl":"https://example.com/one",
      "spans":[
        {"traceId":"01000000000000000000000000000001","spanId":"0000000000000001","name":"root",
         "kind":5,"startTimeUnixNano":"2000","endTimeUnixNano":"3000","flags":257,
         "attributes":[
            {"key":"longshore.deployment","value":{"stringValue":"d1"}},
            {"key":"longshore.outcome","value":{"stringValue":"failed"}},
            {"key":"longshore.batch","value":{"intValue":"7"}},
            {"key":"number","value":{"doubleValue":1.5}},
            {"key":"truth","value":{"boolValue":true}},
            {"key":"list","value":{"arrayValue":{"values":[{"stringValue":"a"},{"intValue":"-1"}]}}},
            {"key":"map","value":{"kvlistValue":{"values":[
                {"key":"bytes","value":{"bytesValue":"AQID"}}]}}}],
         "events":[{"timeUnixNano":"2500","name":"retry","attributes":[
            {"key":"attempt","value":{"intValue":"2"}}]}],
         "links":[{"traceId":"02000000000000000000000000000002","spanId":"0000000000000009"}],
         "status":{"code":2,"message":"no"}},
        {"traceId":"02000000000000000000000000000002","spanId":"0000000000000002",
         "parentSpanId":"0000000000000001","name":"child","startTimeUnixNano":"9",
         "endTimeUnixNano":"8","status":{"code":1}},
        {"traceId":"00000000000000000000000000000000","spanId":"0000000000000003","name":"none"},
        {"traceId":"01000000000000000000000000000001","spanId":"0000000000000004","name":"ü"}]},
     {"scope":{"name":"two"},"spans":[
        {"traceId":"01000000000000000000000000000001","spanId":"0000000000000005","name":"a"}]}]},
    {"scopeSpans":[{"spans":[
        {"traceId":"03000000000000000000000000000003","spanId":"0000000000000006","name":"b"},
        {"traceId":"01000000000000000000000000000001","spanId":"0000000000000007","name":"c"}]}]}]}"#;

fn message() -> Vec<u8> {
    from_json(JSON.as_bytes()).unwrap().encode_to_vec()
}

#[test]
fn the_message_of_each_trace_has_its_spans_as_they_were_sent() {
    let message = message();
    let whole = TracesData::decode(message.as_slice()).unwrap();
    let spans = Spans::read(&message).unwrap();
    let traces = spans.by_trace();
    assert_eq!((traces.len(), spans.invalid), (3, 1));
    for (id, of_trace) in &traces {
        let mut expected = whole.clone();
        for sender in &mut expected.resource_spans {
            for scope in &mut sender.scope_spans {
                scope.spans.retain(|span| span.trace_id == id.as_bytes());
            }
            sender.scope_spans.retain(|scope| !scope.spans.is_empty());
        }
        expected.resource_spans.retain(|sender| !sender.scope_spans.is_empty());
        let message = spans.message(of_trace);
        assert_eq!(TracesData::decode(message.as_slice()).unwrap(), expected, "{id}");
    }
}

#[test]
fn what_a_list_shows_is_what_the_whole_span_has() {
    let message = message();
    let spans = Spans::read(&message).unwrap();
    let whole = Trace::from_otlp(TracesData::decode(message.as_slice()).unwrap());
    assert_eq!(spans.spans.len(), whole.spans.len());
    for span in &spans.spans {
        let same = |other: &&crate::model::Span| {
            other.trace_id == span.trace_id && other.name == span.name
        };
        let full = whole.spans.iter().find(same).unwrap();
        assert_eq!(span.service, full.service);
        assert_eq!(span.is_root, full.parent.is_none());
        assert_eq!((span.start_ns, span.end_ns), (full.start_ns, full.end_ns));
        assert_eq!(span.has_failed, full.has_failed());
        assert_eq!(span.deployment, full.text(DEPLOYMENT));
        assert_eq!(span.labels, LABELS.map(|label| full.text(label)));
    }
}

#[test]
fn what_is_accepted_can_be_decoded_by_all_readers() {
    let message = message();
    assert!(Spans::read(&message).is_ok());
    let mut state = 1_u64;
    let (mut accepted, mut refused) = (0, 0);
    for _ in 0..20_000 {
        let mut changed = message.clone();
        for _ in 0..2 {
            // A linear congruential generator, with Knuth's multiplier.
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let at = usize::try_from(state >> 33).unwrap() % changed.len();
            changed[at] = state.to_le_bytes()[3];
        }
        match Spans::read(&changed) {
            Ok(spans) => {
                accepted += 1;
                assert!(TracesData::decode(changed.as_slice()).is_ok(), "{changed:?}");
                for of_trace in spans.by_trace().values() {
                    let message = spans.message(of_trace);
                    assert!(TracesData::decode(message.as_slice()).is_ok(), "{changed:?}");
                }
            }
            Err(Malformed) => refused += 1,
        }
    }
    assert!(accepted > 1_000 && refused > 1_000, "{accepted} accepted, {refused} refused");
}

#[test]
fn values_that_are_nested_without_end_are_refused() {
    let mut value = Vec::new();
    for _ in 0..200 {
        let (mut list, mut outer) = (Vec::new(), Vec::new());
        wire::put(&mut list, 1, &value);
        wire::put(&mut outer, 5, &list);
        value = outer;
    }
    let mut message = Vec::new();
    // The value of an attribute of a span of a scope of a sender.
    for number in [2, 9, 2, 2, 1] {
        message.clear();
        wire::put(&mut message, number, &value);
        std::mem::swap(&mut message, &mut value);
    }
    assert!(matches!(Spans::read(&value), Err(Malformed)));
}
