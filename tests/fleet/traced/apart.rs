//! What is a trace of its own, and only linked to deployments: batches, sweeps, and replays.

use longshore_messages::{Outcome, Topic, WireMessage};
use longshore_trace_store::{Span, Trace};

use super::Receiver;
use crate::batches::{absent, batch_of, deployment, end_of, names, requested};
use crate::support::{Cloud, function, longshore, spec};

/// The span without a parent.
fn first(trace: &Trace) -> Option<&Span> {
    trace.spans.iter().find(|span| span.parent.is_none())
}

fn has_first(trace: &Trace) -> bool {
    first(trace).is_some()
}

fn is_linked_to(span: &Span, other: &Span) -> bool {
    let is = |link: &longshore_trace_store::Link| {
        link.trace_id == other.trace_id && link.span_id == other.span_id
    };
    span.links.iter().any(is)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_deployments_of_a_batch_are_traces_that_are_linked_to_it() {
    let cloud = Cloud::start().await;
    let receiver = Receiver::start(&cloud).await;
    let _fleet = receiver.fleet(&cloud);
    let names = names("apart", 2);
    let (id, message) = requested(batch_of(&names, &absent(&cloud).await));
    cloud.publish(Topic::BatchRequested, &message).await;
    assert_eq!(end_of(&cloud, id).await.counts.failed, 2);

    let batch = receiver.trace(&id.to_string(), has_first).await;
    let root = first(&batch).unwrap();
    for (attribute, expected) in [
        ("cicd.pipeline.name", "batch"),
        ("cicd.pipeline.result", "failure"),
        ("longshore.batch", &id.to_string()),
    ] {
        assert_eq!(root.text(attribute), Some(expected), "{root:#?}");
    }
    let mut handlings = batch.spans.iter().filter(|span| span.name == "process batch-requested");
    assert!(handlings.all(|span| span.parent == Some(root.span_id)), "{batch:#?}");
    for name in &names {
        let deployment = deployment(&cloud, id, name).to_string();
        let trace = receiver.trace(&deployment, has_first).await;
        let own = first(&trace).unwrap();
        assert_eq!(own.trace_id.to_string(), deployment);
        assert_eq!(own.text("longshore.batch"), Some(id.to_string().as_str()));
        assert!(is_linked_to(own, root), "{own:#?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sweep_is_a_trace_that_is_linked_to_the_deployments_that_it_moves_on() {
    let mut cloud = Cloud::start().await;
    cloud.trust("source_buckets = [\"*\"]\n");
    let receiver = Receiver::start(&cloud).await;
    let _fleet = receiver.fleet(&cloud);
    // Cloud Build's announcements are read in the fleet's own project only.
    let mut spec = spec("swept", cloud.stage(&function(cloud.folder(), "swept")).await);
    spec.project = "other-project".to_owned();
    let id = cloud.request(spec).await;
    let finished = cloud.end_of(id).await;
    assert!(matches!(finished.outcome, Outcome::Deployed(_)), "{finished:?}\n{}", cloud.logs());

    let id = id.to_string();
    let sweeps = receiver.firsts("sweep build", 1).await;
    let links = sweeps.iter().flat_map(|sweep| &sweep.links);
    assert!(links.into_iter().any(|link| link.trace_id.to_string() == id), "{sweeps:#?}");
    let trace = receiver.trace(&id, has_first).await;
    assert!(trace.spans.iter().all(|span| !span.name.starts_with("sweep")), "{trace:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_handling_of_a_replayed_message_is_linked_to_the_one_that_parked_it() {
    let cloud = Cloud::start().await;
    let receiver = Receiver::start(&cloud).await;
    let _submitter = receiver.workers(&cloud, &["build-submitter"]);
    let nonsense = WireMessage { data: b"nonsense".as_slice().into(), ..WireMessage::default() };
    cloud.publish(Topic::SourceUploaded, &nonsense).await;
    let parked = receiver.firsts("process source-uploaded", 1).await;
    let id = loop {
        if let Some(meta) = cloud.ledger.list_parked().await.unwrap().into_iter().next() {
            break meta.name.strip_prefix(longshore_ledger::names::PARKED).unwrap().to_owned();
        }
        tokio::task::yield_now().await;
    };
    let replayed = longshore(&cloud.environment).args(["parked", "replay", &id]).output().unwrap();
    assert!(replayed.status.success(), "{}", String::from_utf8_lossy(&replayed.stderr));
    let handlings = receiver.firsts("process source-uploaded", 2).await;
    let [first, second] = &handlings[..] else { panic!("{handlings:#?}") };
    assert_eq!(first.span_id, parked[0].span_id);
    assert!(is_linked_to(second, first), "{second:#?}");
    assert_ne!(second.trace_id, first.trace_id);
    assert!(second.attributes.contains_key("longshore.replay") && first.has_failed());
}
