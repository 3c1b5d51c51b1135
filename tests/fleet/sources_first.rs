//! A request takes part in the order of its function only once its source is stored. In memory.

use std::time::Duration;

use crate::support::post::Settled;
use crate::support::stages::{PROJECT, REGION, Stages, function, words};
use longshore_ledger::{Cancel, Open};
use longshore_messages::{
    DeploymentId, TraceContext, WireMessage, encode_request, proto, source_bucket,
};
use time::OffsetDateTime;

const HOUR: Duration = Duration::from_secs(3_600);

fn id(name: &str) -> DeploymentId {
    DeploymentId::of("//ci.example.com", name)
}

fn request(name: &str, source: proto::source::Place) -> WireMessage {
    let request = proto::DeployRequested {
        function: Some(crate::support::spec("f", proto::Source { place: Some(source) })),
        ..proto::DeployRequested::default()
    };
    let (trace, now) = (TraceContext::default(), OffsetDateTime::now_utc());
    encode_request(&request, "//ci.example.com", name, &trace, now)
}

/// A request whose source is part of it.
fn good(name: &str) -> WireMessage {
    let folder = tempfile::tempdir().unwrap();
    let directory = crate::support::function(folder.path(), name);
    let limits = longshore_source_archive::Limits::default();
    let packed = longshore_source_archive::pack_directory(&directory, &limits).unwrap();
    let archive = std::fs::read(packed.file.path()).unwrap();
    request(name, proto::source::Place::Inline(proto::InlineArchive { archive }))
}

/// A request whose source does not exist.
fn without_source(name: &str) -> WireMessage {
    let object = proto::StorageObject {
        bucket: source_bucket(PROJECT, REGION),
        object: "missing.zip".to_owned(),
        generation: 0,
    };
    request(name, proto::source::Place::Storage(object))
}

/// Delivers a request, and returns the summary of what is published.
async fn deliver(bench: &Stages, request: &WireMessage) -> String {
    assert_eq!(bench.request(request).await, Settled::Ack);
    let said = bench.take();
    let [said] = said.as_slice() else { panic!("{:?}", words(&said)) };
    said.words.clone()
}

async fn newest(bench: &Stages) -> Option<DeploymentId> {
    bench.ledger.head(&function("f", REGION)).await.unwrap().map(|head| head.deployment)
}

#[tokio::test]
async fn a_request_whose_source_cannot_be_fetched_supersedes_nothing() {
    let bench = Stages::start();
    assert_eq!(deliver(&bench, &good("a")).await, "f is uploaded");
    assert_eq!(deliver(&bench, &without_source("b")).await, "f failed: user source-not-found");
    assert_eq!(newest(&bench).await, Some(id("a")));
    assert_eq!(bench.ledger.admission(id("b")).await.unwrap(), None);
    assert_eq!(bench.ledger.open(id("b")).await.unwrap(), None);
    assert_eq!(deliver(&bench, &good("c")).await, "f is uploaded");
    assert_eq!(bench.ledger.admission(id("c")).await.unwrap().unwrap().generation, 2);
}

#[tokio::test]
async fn a_request_that_is_delivered_twice_is_one_deployment() {
    let bench = Stages::start();
    let request = good("a");
    let first = deliver(&bench, &request).await;
    assert_eq!((first.as_str(), deliver(&bench, &request).await.as_str()), {
        ("f is uploaded", "f is uploaded")
    });
    assert_eq!(bench.ledger.admission(id("a")).await.unwrap().unwrap().generation, 1);
    assert_eq!(deliver(&bench, &good("b")).await, "f is uploaded");
    assert_eq!(bench.ledger.admission(id("b")).await.unwrap().unwrap().generation, 2);
}

#[tokio::test]
async fn an_older_request_whose_source_took_longer_does_not_overtake_a_newer_one() {
    let bench = Stages::start();
    let slow = good("slow");
    let received = longshore_ledger::Request {
        message: slow.clone(),
        requester: "default".to_owned(),
        published_at: OffsetDateTime::now_utc() - HOUR,
    };
    bench.ledger.write_request(id("slow"), &received).await.unwrap();
    assert_eq!(deliver(&bench, &good("newer")).await, "f is uploaded");
    assert_eq!(deliver(&bench, &slow).await, "f ended superseded");
    assert_eq!(newest(&bench).await, Some(id("newer")));
}

#[tokio::test]
async fn the_deadline_counts_from_the_first_receipt() {
    let bench = Stages::start();
    let (now, at) = (OffsetDateTime::now_utc(), function("f", REGION));
    let open = Open { function: at, opened_at: now - HOUR - HOUR, deadline_at: now - HOUR };
    bench.ledger.write_open(id("late"), &open).await.unwrap();
    assert_eq!(deliver(&bench, &good("late")).await, "f failed: system deadline-exceeded");
    assert_eq!(newest(&bench).await, None);

    let open = Open { deadline_at: now + HOUR, ..open };
    bench.ledger.write_open(id("in time"), &open).await.unwrap();
    assert_eq!(deliver(&bench, &good("in time")).await, "f is uploaded");
    let admission = bench.ledger.admission(id("in time")).await.unwrap().unwrap();
    assert_eq!(admission.deadline_at, open.deadline_at);
    assert!(admission.admitted_at >= now);
}

#[tokio::test]
async fn a_deployment_that_has_ended_is_not_open_again_after_a_late_delivery() {
    let bench = Stages::start();
    let now = OffsetDateTime::now_utc();
    let open = Open { function: function("f", REGION), opened_at: now, deadline_at: now + HOUR };
    // The delivery looked for an outcome before there was one.
    bench.ends(id("late"), &open.function).await;
    bench.ledger.write_open_again(id("late"), &open).await.unwrap();
    assert!(!bench.ledger.is_open(id("late")).await.unwrap());
    bench.ledger.write_open_again(id("in time"), &open).await.unwrap();
    assert!(bench.ledger.is_open(id("in time")).await.unwrap());
    // The worker that recorded the outcome removes the mark, once the outcome is published.
    bench.ends(id("in time"), &open.function).await;
    bench.ledger.write_open_again(id("in time"), &open).await.unwrap();
    assert!(bench.ledger.is_open(id("in time")).await.unwrap());
}

#[tokio::test]
async fn a_request_that_is_cancelled_before_its_source_is_stored_supersedes_nothing() {
    let bench = Stages::start();
    let asked_at = OffsetDateTime::now_utc();
    bench.ledger.cancel(id("a"), &Cancel { asked_at }).await.unwrap();
    assert_eq!(deliver(&bench, &good("a")).await, "f ended cancelled");
    assert_eq!(newest(&bench).await, None);
}
