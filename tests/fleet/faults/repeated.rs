//! Processes that die between two writes, and messages that arrive after newer ones, in the
//! simulation.

use std::sync::Arc;

use crate::support::post::Settled;
use crate::support::sim::SimObjects;
use crate::support::stages::{PROJECT, REGION, Said, Stages, words};
use crate::support::{function, spec};
use longshore_cloud::Objects as _;
use longshore_messages::{
    DeploymentId, GENERATION_ANNOTATION, SourceUploaded, TraceContext, WireMessage, decode,
    encode_request, proto, source_bucket,
};
use time::OffsetDateTime;

const PUBLISHER: &str = "//faults";

/// A request for the function `raced`, whose source responds with `text`.
fn request(ce_id: &str, text: &str) -> WireMessage {
    let folder = tempfile::tempdir().unwrap();
    let directory = function(folder.path(), text);
    let limits = longshore_source_archive::Limits::default();
    let packed = longshore_source_archive::pack_directory(&directory, &limits).unwrap();
    let archive = std::fs::read(packed.file.path()).unwrap();
    let inline = proto::source::Place::Inline(proto::InlineArchive { archive });
    let request = proto::DeployRequested {
        function: Some(spec("raced", proto::Source { place: Some(inline) })),
        ..proto::DeployRequested::default()
    };
    let (trace, now) = (TraceContext::default(), OffsetDateTime::now_utc());
    encode_request(&request, PUBLISHER, ce_id, &trace, now)
}

/// Delivers a request, and returns what the uploader publishes.
async fn upload(bench: &Stages, request: &WireMessage) -> Vec<Said> {
    assert_eq!(bench.request(request).await, Settled::Ack);
    bench.take()
}

#[tokio::test]
async fn an_uploader_that_dies_after_any_of_its_writes_leaves_one_source_and_one_generation() {
    /// More writes than one request causes: no process dies.
    const NEVER: usize = 20;
    let (request, id) = (request("1", "once"), DeploymentId::of(PUBLISHER, "1"));
    let mut deaths = 0;
    for writes in (0..10).chain([NEVER]) {
        let objects = SimObjects::new();
        let dying = Stages::start_on(objects.dying_after(writes), Arc::default());
        let died = dying.request(&request).await;
        deaths += usize::from(died == Settled::Nack);
        assert!(died == Settled::Ack || writes != NEVER, "{writes}");

        let next = Stages::start_on(objects.clone(), Arc::default());
        assert_eq!(words(&upload(&next, &request).await), ["raced is uploaded"], "{writes}");
        let sources = objects.list(&source_bucket(PROJECT, REGION), "").await.unwrap();
        assert_eq!(sources.len(), 1, "{writes}: {sources:?}");
        let admission = next.ledger.admission(id).await.unwrap().expect("admitted");
        assert_eq!(admission.generation, 1, "{writes}");
    }
    assert!(deaths >= 4, "the uploader writes a request, a generation, a source and a record");
}

#[tokio::test]
async fn an_older_deployment_that_arrives_after_a_newer_one_serves_is_superseded() {
    let bench = Stages::start();
    let mut images = Vec::new();
    for (ce_id, text) in [("1", "older"), ("2", "newer")] {
        let uploaded = upload(&bench, &request(ce_id, text)).await;
        let uploaded: SourceUploaded = decode(&uploaded[0].message).unwrap();
        images.push(bench.build(&uploaded).await);
    }
    assert_eq!(bench.pass_on(&images[1]).await, Settled::Ack);
    assert_eq!(words(&bench.take()), ["raced ended deployed"]);
    let service = format!("projects/{PROJECT}/locations/{REGION}/services/raced");
    let newer = bench.services.live(&service).expect("deployed");

    for _ in 0..2 {
        assert_eq!(bench.pass_on(&images[0]).await, Settled::Ack);
        assert_eq!(words(&bench.take()), ["raced ended superseded"]);
    }
    let live = bench.services.live(&service).expect("deployed");
    assert_eq!(live.etag, newer.etag, "the service is not written again");
    assert_eq!(live.shape.annotations[GENERATION_ANNOTATION], "2");
}
