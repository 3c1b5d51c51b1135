//! What a batch is: one request, one outcome, and one deployment for each function.

use longshore_messages::{
    BatchOutcome, DeploymentFinished, Topic, decode, encode, proto, write_entries,
};
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;

use super::{
    absent, batch_of, deployment, each_has_one_outcome, end_of, ended, identified, names,
    progress_where, requested, rounds_are_held,
};
use crate::support::{Cloud, function};

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_is_published_twice_is_deployed_once_with_one_build() {
    let cloud = Cloud::start().await;
    let _fleet = cloud.fleet();
    let _feeder = cloud.worker("batch-feeder");
    let mut batches = cloud.listen(Topic::BatchFinished).await;
    let mut deployments = cloud.listen(Topic::DeploymentFinished).await;
    let source = cloud.stage(&function(cloud.folder(), "of a batch")).await;
    let names = names("once", 12);
    let (id, message) = requested(batch_of(&names, &source));
    cloud.publish(Topic::BatchRequested, &message).await;
    cloud.publish(Topic::BatchRequested, &message).await;
    let finished = end_of(&cloud, id).await;
    assert_eq!((&finished.outcome, finished.counts.deployed), (&BatchOutcome::Completed, 12));
    each_has_one_outcome(&cloud, id, &names).await;
    assert_eq!(cloud.builds().await, 1, "one source, one build");
    assert_eq!(cloud.call("once-7"), (true, "of a batch".to_owned()));
    for _ in &names {
        let message = deployments.next().await;
        assert_eq!(message.attributes["batch"], id.to_string(), "each outcome names the batch");
    }
    let announced = batches.next().await;
    assert_eq!(announced.attributes["batch"], id.to_string());
    assert_eq!(announced.attributes["outcome"], "completed");
    assert_eq!(announced.attributes["requestsource"], "//test");
    assert!(!cloud.ledger.is_feeding(id).await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn another_batch_under_the_same_identity_is_rejected_and_the_first_goes_on() {
    let cloud = Cloud::start().await;
    let (_uploader, _feeder) = (cloud.worker("uploader"), cloud.worker("batch-feeder"));
    let source = absent(&cloud).await;
    let request = |names: &[String]| proto::BatchRequested {
        batch: Some(batch_of(names, &source)),
        ..proto::BatchRequested::default()
    };
    let mut batches = cloud.listen(Topic::BatchFinished).await;
    let (id, first) = identified(&request(&names("first", 2)), "same");
    let (_, other) = identified(&request(&names("other", 1)), "same");
    cloud.publish(Topic::BatchRequested, &first).await;
    assert_eq!(end_of(&cloud, id).await.counts.failed, 2);
    batches.next().await;
    cloud.publish(Topic::BatchRequested, &other).await;
    let rejected = batches.next().await;
    let rejected: longshore_messages::BatchFinished = decode(&rejected).unwrap();
    assert_ne!(rejected.id, id);
    let BatchOutcome::Rejected(failure) = &rejected.outcome else { panic!("{rejected:?}") };
    assert_eq!(failure.code, "identity-reused");
    assert_eq!(end_of(&cloud, id).await.counts.failed, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_batch_is_rejected_as_a_whole_with_every_problem() {
    let cloud = Cloud::start().await;
    let _feeder = cloud.worker("batch-feeder");
    let source = absent(&cloud).await;
    let mut batch = batch_of(&["Upper".to_owned(), "fine".to_owned()], &source);
    batch.waves = vec![0];
    let (id, mut message) = requested(batch);
    // As a system that speaks JSON publishes it.
    let request: proto::BatchRequested = longshore_messages::decode_batch(&message).unwrap();
    message.data = serde_json::to_vec(&request).unwrap().into();
    message.attributes.insert("content-type".to_owned(), "application/json".to_owned());
    let mut batches = cloud.listen(Topic::BatchFinished).await;
    cloud.publish(Topic::BatchRequested, &message).await;
    let answer = batches.next().await;
    assert_eq!(answer.attributes["content-type"], "application/json");
    assert_eq!(answer.attributes["outcome"], "rejected");
    let BatchOutcome::Rejected(failure) = end_of(&cloud, id).await.outcome else { panic!() };
    assert_eq!(failure.code, "invalid-batch");
    for problem in ["batch.waves[0] must", "batch.entries[0].function.name must"] {
        assert!(failure.reason.contains(problem), "{}", failure.reason);
    }
    assert_eq!(cloud.ledger.list_open().await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_entries_of_a_batch_may_be_json_lines_in_cloud_storage() {
    let cloud = Cloud::start().await;
    let (_uploader, _feeder) = (cloud.worker("uploader"), cloud.worker("batch-feeder"));
    let names = names("line", 3);
    let source = absent(&cloud).await;
    let lines = write_entries(&batch_of(&names, &source).entries).unwrap();
    let file = cloud.folder().join("lines");
    std::fs::write(&file, &lines).unwrap();
    let staged = cloud.stage_file(&file).await;
    let Some(proto::source::Place::Storage(object)) = staged.place else { panic!() };
    let digest = |text: &str| -> String {
        Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
    };
    let request = |sha256: String| proto::BatchRequested {
        batch: Some(proto::Batch::default()),
        entries: Some(object.clone()),
        entries_sha256: sha256,
        ..proto::BatchRequested::default()
    };
    let (id, message) = identified(&request(digest(&lines)), "lines");
    cloud.publish(Topic::BatchRequested, &message).await;
    assert_eq!(end_of(&cloud, id).await.counts.failed, 3, "{}", cloud.logs());
    each_has_one_outcome(&cloud, id, &names).await;
    let (id, message) = identified(&request(digest("other")), "changed");
    cloud.publish(Topic::BatchRequested, &message).await;
    let BatchOutcome::Rejected(failure) = end_of(&cloud, id).await.outcome else { panic!() };
    assert_eq!(failure.code, "entries-changed");
    // The ledger's bucket belongs to the same project.
    let mut ledger = request(digest(&lines));
    ledger.entries.as_mut().unwrap().bucket = cloud.settings.ledger_bucket();
    let (id, message) = identified(&ledger, "ledger");
    cloud.publish(Topic::BatchRequested, &message).await;
    let BatchOutcome::Rejected(failure) = end_of(&cloud, id).await.outcome else { panic!() };
    assert_eq!(failure.code, "not-permitted");
}

/// Everyone who may publish to the topic can say that a deployment has ended.
#[tokio::test(flavor = "multi_thread")]
async fn an_outcome_that_the_ledger_does_not_have_ends_nothing() {
    let cloud = Cloud::start().await;
    let feeder = cloud.worker("batch-feeder");
    let source = absent(&cloud).await;
    let names = names("forged", 2);
    let (id, message) = requested(batch_of(&names, &source));
    cloud.publish(Topic::BatchRequested, &message).await;
    // Without an uploader nothing ends.
    progress_where(&cloud, id, |progress| ended(progress) == 0).await;
    let forged = DeploymentFinished {
        deployment: None,
        id: deployment(&cloud, id, &names[0]),
        function: String::new(),
        outcome: longshore_messages::Outcome::Cancelled,
        finished_at: OffsetDateTime::now_utc(),
    };
    let now = OffsetDateTime::now_utc();
    let mut forged = encode(&forged, "uploader", "longshore", &Default::default(), now);
    forged.attributes.insert("batch".to_owned(), id.to_string());
    cloud.publish(Topic::DeploymentFinished, &forged).await;
    let _uploader = cloud.worker("uploader");
    rounds_are_held(&cloud).await;
    assert_eq!(end_of(&cloud, id).await.counts.failed, 2, "{}", cloud.logs());
    assert!(feeder.stop());
}
