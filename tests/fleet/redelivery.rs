//! The same test for every stage: concurrent and repeated deliveries of a message have one effect,
//! one record, and the same output.

use crate::support::{Cloud, function, request, spec};
use longshore_messages::{
    BuildRef, BuildSubmitted, DeploymentId, Topic, TraceContext, WireMessage, decode, proto,
};

/// A stage, its input topic and its output topic.
struct Proof {
    worker: &'static str,
    takes: Topic,
    makes: Topic,
}

/// Delivers `input` to a worker twice concurrently and then a third time, and returns its one
/// output. Pub/Sub may deliver the input of an earlier proof to the worker again, so outputs for
/// other deployments are skipped.
async fn prove(cloud: &Cloud, proof: &Proof, id: DeploymentId, input: &WireMessage) -> WireMessage {
    let mut outputs = cloud.listen(proof.makes).await;
    let id = id.to_string();
    let mut next = async || {
        loop {
            let output = outputs.next().await;
            if output.attributes["ce-id"].starts_with(&id) {
                return output;
            }
        }
    };
    let worker = cloud.worker(proof.worker);
    tokio::join!(cloud.publish(proof.takes, input), cloud.publish(proof.takes, input));
    let (first, second) = (next().await, next().await);
    cloud.publish(proof.takes, input).await;
    let third = next().await;
    assert_eq!(first, second, "{} handled two concurrent deliveries differently", proof.worker);
    assert_eq!(first, third, "{} handled a redelivery differently", proof.worker);
    assert!(worker.stop(), "{} did not stop gracefully", proof.worker);
    first
}

#[tokio::test(flavor = "multi_thread")]
async fn every_stage_handles_concurrent_and_repeated_deliveries_as_one() {
    let cloud = Cloud::start().await;
    let source = cloud.stage(&function(cloud.folder(), "once and only once")).await;
    let (id, requested) = request(spec("redelivered", source.clone()), TraceContext::default());

    let proof =
        Proof { worker: "uploader", takes: Topic::DeployRequested, makes: Topic::SourceUploaded };
    let uploaded = prove(&cloud, &proof, id, &requested).await;
    let bucket = format!("run-sources-{}-{}", cloud.settings.project, cloud.settings.region);
    assert_eq!(
        cloud.clients.objects.list(&bucket, "").await.unwrap().len(),
        1,
        "one source object"
    );
    assert_eq!(generation(&cloud, id).await, 1);

    let proof = Proof {
        worker: "build-submitter",
        takes: Topic::SourceUploaded,
        makes: Topic::BuildSubmitted,
    };
    let submitted = prove(&cloud, &proof, id, &uploaded).await;
    assert_eq!(cloud.builds().await, 1, "one build");

    // The end of the build wakes its claimant. Another deployment finds the result by its own input.
    let build = decode::<BuildSubmitted>(&submitted).unwrap().build.build;
    let mut images = cloud.listen(Topic::ImagePublished).await;
    result_is_known(&cloud, build).await;
    let published = images.next().await;

    let proof = Proof {
        worker: "service-deployer",
        takes: Topic::ImagePublished,
        makes: Topic::DeploymentFinished,
    };
    let finished = prove(&cloud, &proof, id, &published).await;
    assert_eq!(finished.attributes["outcome"], "deployed");
    let service = format!(
        "projects/{}/locations/{}/services/redelivered",
        cloud.settings.project, cloud.settings.region
    );
    let live = cloud.clients.services.get(&service).await.unwrap().unwrap();
    assert!(
        live.latest_created_revision.contains("-00001-"),
        "one revision: {}",
        live.latest_created_revision
    );

    let (joining, joined) = joins(&cloud, source).await;
    assert_eq!(cloud.builds().await, 1, "one build for both");
    assert!(
        cloud.ledger.waiters(build).await.unwrap().is_empty(),
        "it is woken, and waits no more"
    );
    assert!(cloud.ledger.list_pending().await.unwrap().is_empty(), "no build is in progress");
    let finished = prove(&cloud, &proof, joining, &joined).await;
    assert_eq!(finished.attributes["outcome"], "deployed");
    assert!(cloud.ledger.list_open().await.unwrap().is_empty());
}

/// Takes a deployment of a source that is built already to its image.
async fn joins(cloud: &Cloud, source: proto::Source) -> (DeploymentId, WireMessage) {
    let (id, requested) = request(spec("joining", source), TraceContext::default());
    let steps = [
        ("uploader", Topic::DeployRequested, Topic::SourceUploaded),
        ("build-submitter", Topic::SourceUploaded, Topic::BuildSubmitted),
        ("registry-watcher", Topic::BuildSubmitted, Topic::ImagePublished),
    ];
    let mut message = requested;
    for (worker, takes, makes) in steps {
        message = prove(cloud, &Proof { worker, takes, makes }, id, &message).await;
    }
    (id, message)
}

async fn generation(cloud: &Cloud, id: DeploymentId) -> u64 {
    let functions = cloud.ledger.list_functions().await.unwrap();
    let (_, head) = functions.into_iter().find(|(_, head)| head.deployment == id).unwrap();
    head.admission.generation
}

/// Waits for the result, so that the watcher under test finds it when it handles its own input, not
/// through a notification that arrives meanwhile.
async fn result_is_known(cloud: &Cloud, build: BuildRef) {
    let watcher = cloud.worker("registry-watcher");
    let known = async {
        while cloud.ledger.result(build).await.unwrap().is_none() {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(crate::support::PATIENCE, known).await.expect("the build does not end");
    assert!(watcher.stop());
}
