use std::time::SystemTime;

use opentelemetry::trace::{SpanContext, Status, TraceFlags, TraceId, TraceState};
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_sdk::trace::{SpanEvents, SpanLinks};

use super::*;

fn span(name: &'static str, id: u64, parent: u64, attributes: Vec<KeyValue>) -> SpanData {
    let (trace, state) = (TraceId::from(1), TraceState::default());
    SpanData {
        span_context: SpanContext::new(trace, SpanId::from(id), TraceFlags::SAMPLED, false, state),
        parent_span_id: SpanId::from(parent),
        parent_span_is_remote: false,
        span_kind: SpanKind::Internal,
        name: name.into(),
        start_time: SystemTime::UNIX_EPOCH,
        end_time: SystemTime::UNIX_EPOCH,
        attributes,
        dropped_attributes_count: 0,
        events: SpanEvents::default(),
        links: SpanLinks::default(),
        status: Status::Unset,
        instrumentation_scope: InstrumentationScope::default(),
    }
}

fn request(id: u64, parent: u64) -> SpanData {
    let attributes = vec![
        KeyValue::new("server.address", "run.googleapis.com"),
        KeyValue::new("http.response.status_code", 404),
        KeyValue::new("error.type", "404"),
    ];
    SpanData { span_kind: SpanKind::Client, ..span("GET /v2/{name}", id, parent, attributes) }
}

fn value(span: &SpanData, key: &str) -> Option<String> {
    let found = span.attributes.iter().find(|attribute| attribute.key.as_str() == key);
    found.map(|attribute| attribute.value.to_string())
}

#[test]
fn a_call_of_one_request_has_the_attributes_of_the_request() {
    let requests = Requests::default();
    requests.add(request(3, 2));
    let call = span("cloud.get_service", 2, 1, vec![KeyValue::new("service", "run")]);
    let (sent, others) = requests.ended(call);
    let sent = sent.unwrap();
    assert_eq!((sent.name.as_ref(), &sent.span_kind), ("get service", &SpanKind::Client));
    assert_eq!(value(&sent, "gcp.client.service").unwrap(), "run");
    assert_eq!(value(&sent, "server.address").unwrap(), "run.googleapis.com");
    assert_eq!(value(&sent, "http.response.status_code").unwrap(), "404");
    assert_eq!(value(&sent, "error.type"), None, "the call says whether that is an error");
    assert!(others.is_empty() && requests.held.lock().is_empty());
}

#[test]
fn a_request_that_has_a_span_of_ours_is_joined_to_its_call_too() {
    let requests = Requests::default();
    let (sent, others) = requests.ended(request(3, 2));
    assert!(sent.is_none() && others.is_empty());
    let (sent, others) = requests.ended(span("cloud.list_quotas", 2, 1, Vec::new()));
    assert_eq!(value(&sent.unwrap(), "server.address").unwrap(), "run.googleapis.com");
    assert!(others.is_empty());
}

#[test]
fn the_requests_of_a_call_of_several_are_spans_below_it() {
    let requests = Requests::default();
    requests.add(request(3, 2));
    requests.add(request(4, 2));
    let (sent, others) = requests.ended(span("cloud.write_service", 2, 1, Vec::new()));
    let sent = sent.unwrap();
    assert_eq!((&sent.span_kind, value(&sent, "server.address")), (&SpanKind::Internal, None));
    let ids: Vec<SpanId> = others.iter().map(|other| other.span_context.span_id()).collect();
    assert_eq!(ids, [SpanId::from(3), SpanId::from(4)]);
    assert!(others.iter().all(|other| other.parent_span_id == SpanId::from(2)));
}

#[test]
fn an_error_below_a_call_that_succeeded_is_none() {
    for status in [Status::Unset, Status::error("not allowed")] {
        let requests = Requests::default();
        requests.add(SpanData { status: Status::error("not found"), ..request(3, 2) });
        requests.add(request(4, 2));
        let call = span("cloud.ensure_repository", 2, 1, Vec::new());
        let (_, others) = requests.ended(SpanData { status: status.clone(), ..call });
        let has_failed = status != Status::Unset;
        assert_eq!(others[0].status != Status::Unset, has_failed);
        assert_eq!(value(&others[0], "error.type").is_some(), has_failed);
        assert_eq!(value(&others[0], "http.response.status_code").unwrap(), "404");
    }
}

#[test]
fn a_repeated_call_has_the_attributes_of_its_own_request() {
    let requests = Requests::default();
    requests.add(request(3, 2));
    requests.add(request(5, 4));
    let (retry, others) = requests.ended(span("retry get service", 4, 2, Vec::new()));
    assert!(retry.is_none() && others.is_empty(), "it is sent with its call");
    let (call, others) = requests.ended(span("cloud.get_service", 2, 1, Vec::new()));
    let [retry] = &others[..] else { panic!("{others:?}") };
    for sent in [retry, &call.unwrap()] {
        assert_eq!(value(sent, "http.response.status_code").unwrap(), "404");
        assert_eq!(sent.span_kind, SpanKind::Client);
    }
}

#[test]
fn a_request_without_a_call_is_a_span_of_its_own() {
    let requests = Requests::default();
    requests.add(request(3, 2));
    let (sent, others) = requests.ended(span("process deploy-requested", 2, 1, Vec::new()));
    assert_eq!(sent.unwrap().name, "process deploy-requested");
    assert_eq!(others.len(), 1);
}

#[test]
fn a_call_outside_of_all_deployments_is_not_sent() {
    let requests = Requests::default();
    requests.add(request(3, 2));
    requests.ended(span("retry get object", 4, 2, Vec::new()));
    let (sent, others) = requests.ended(span("cloud.get_object", 2, 0, Vec::new()));
    assert!(sent.is_none() && others.is_empty());
    assert!(requests.held.lock().is_empty());
}

#[test]
fn the_number_of_held_requests_is_bounded() {
    let requests = Requests::default();
    for id in 1..=10_000 {
        requests.add(request(20_000 + id, id));
    }
    assert!(requests.held.lock().len() <= HELD_MAX);
}
