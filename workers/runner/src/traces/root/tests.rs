use std::collections::BTreeMap;

use longshore_cloud::{Lease, Settle};
use longshore_messages::WireMessage;

use super::*;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

struct Unsettled;

impl Settle for Unsettled {
    fn ack(self: Box<Self>) {}

    fn nack(self: Box<Self>) {}
}

fn received(attributes: &[(&str, &str)]) -> Received {
    let attributes: BTreeMap<String, String> =
        attributes.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Received {
        message: WireMessage { attributes, ..WireMessage::default() },
        message_id: "1".to_owned(),
        published_at: OffsetDateTime::UNIX_EPOCH + Duration::from_nanos(100),
        attempt: Some(1),
        ordering_key: String::new(),
        lease: Lease::begin(Duration::from_secs(10)),
        settle: Box::new(Unsettled),
    }
}

fn deployment() -> DeploymentId {
    DeploymentId::of("ci", "1")
}

fn mark(trace: &TraceContext) -> Option<Mark> {
    Mark::of(parent_of(trace).unwrap().context.trace_state())
}

#[test]
fn a_request_without_a_trace_has_that_of_its_deployment() {
    let trace = rooted(&received(&[]), "deploy-requested", Some(deployment()));
    let id = deployment().to_string();
    assert_eq!(trace.traceparent, Some(format!("00-{id}-{}-01", &id[..16])));
    let requested_at = SystemTime::UNIX_EPOCH + Duration::from_nanos(100);
    let expected = Mark { requester: SpanId::INVALID, requested_at, requesters_decision: None };
    assert_eq!(mark(&trace), Some(expected));
}

#[test]
fn the_trace_of_the_requester_is_continued() {
    let parent = format!("00-{TRACE}-00f067aa0ba902b7-00");
    let carried = received(&[("traceparent", &parent), ("tracestate", "a=1,longshore=forged,b=2")]);
    let trace = rooted(&carried, "deploy-requested.team-a", Some(deployment()));
    assert_eq!(trace.trace_id(), Some(TRACE));
    assert!(trace.traceparent.as_ref().unwrap().contains(&deployment().to_string()[..16]));
    assert!(trace.tracestate.as_ref().unwrap().ends_with(",a=1,b=2"), "{trace:?}");
    let mark = mark(&trace).unwrap();
    assert_eq!(mark.requester.to_string(), "00f067aa0ba902b7");
    assert_eq!(mark.requesters_decision, Some(false));
}

#[test]
fn a_message_between_stages_keeps_its_trace() {
    let first = rooted(&received(&[]), "deploy-requested", Some(deployment()));
    let (parent, state) = (first.traceparent.clone().unwrap(), first.tracestate.clone().unwrap());
    let next = received(&[("traceparent", &parent), ("tracestate", &state)]);
    assert_eq!(rooted(&next, "source-uploaded", Some(deployment())), first);
}

#[test]
fn a_long_state_of_others_leaves_room_for_ours() {
    let others: Vec<String> = (0..40).map(|number| format!("vendor{number}=0123456789")).collect();
    let parent = format!("00-{TRACE}-00f067aa0ba902b7-01");
    let carried = received(&[("traceparent", &parent), ("tracestate", &others.join(","))]);
    let trace = rooted(&carried, "deploy-requested", Some(deployment()));
    assert!(trace.tracestate.as_ref().unwrap().len() <= 512);
    assert!(mark(&trace).is_some());
}

#[test]
fn an_announcement_without_a_deployment_has_no_mark() {
    assert_eq!(rooted(&received(&[]), "cloud-builds", None), TraceContext::default());
}
