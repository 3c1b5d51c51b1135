//! What can happen to messages and to their readers, with real processes.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::support::rest::{self, Subscription};
use crate::support::{Cloud, PATIENCE, WORKERS, function, spec};
use longshore_messages::{
    DeploymentFinished, DeploymentId, Outcome, SourceUploaded, Topic, WireMessage, decode,
};
use reqwest::Method;
use serde_json::json;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Pause between two looks at what is announced.
const POLL: Duration = Duration::from_millis(50);

/// The number of times that each outcome was announced, and the distinct messages.
#[derive(Default)]
struct Announced(BTreeMap<DeploymentId, (usize, BTreeSet<Vec<u8>>)>);

impl Announced {
    fn add(&mut self, message: &WireMessage) {
        let finished: DeploymentFinished = decode(message).unwrap();
        let (times, messages) = self.0.entry(finished.id).or_default();
        *times += 1;
        messages.insert(message.data.to_vec());
    }

    /// Pulls until each of these outcomes was announced `times` times.
    async fn pull_until(&mut self, outcomes: &Subscription, ids: &[DeploymentId], times: usize) {
        let all = async {
            while ids.iter().any(|id| self.0.get(id).is_none_or(|(seen, _)| *seen < times)) {
                outcomes.pull().await.iter().for_each(|message| self.add(message));
                tokio::time::sleep(POLL).await;
            }
        };
        tokio::time::timeout(PATIENCE, all).await.expect("the outcomes are announced");
    }
}

async fn deployed(cloud: &Cloud, id: DeploymentId) -> longshore_messages::Serving {
    let finished = cloud.end_of(id).await;
    match finished.outcome {
        Outcome::Deployed(serving) => serving,
        outcome => panic!("{outcome:?}\n{}", cloud.logs()),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_source_is_deployed_again_without_a_build_and_a_replay_of_all_topics_changes_nothing()
 {
    let cloud = Cloud::start().await;
    let project = &cloud.settings.project;
    let path = format!("projects/{project}/subscriptions");
    let listed = rest::pubsub(&cloud, Method::GET, &path, None).await;
    let listed = listed["subscriptions"].as_array().unwrap();
    let subscriptions: Vec<String> =
        listed.iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect();
    for name in &subscriptions {
        let retained = json!({
            "subscription": { "retainAckedMessages": true }, "updateMask": "retainAckedMessages",
        });
        rest::pubsub(&cloud, Method::PATCH, name, Some(retained)).await;
    }
    let before = OffsetDateTime::now_utc().format(&Rfc3339).unwrap();
    let outcomes = Subscription::create(&cloud, &cloud.topic(Topic::DeploymentFinished)).await;
    let _fleet = cloud.fleet();

    let older = spec("replayed", cloud.stage(&function(cloud.folder(), "older")).await);
    let newer = spec("replayed", cloud.stage(&function(cloud.folder(), "newer")).await);
    let mut ids = Vec::new();
    let mut images = Vec::new();
    for spec in [older.clone(), newer, older] {
        let id = cloud.request(spec).await;
        images.push(deployed(&cloud, id).await.image);
        ids.push(id);
    }
    assert_eq!(images[0], images[2]);
    assert_ne!(images[0], images[1]);
    let mut announced = Announced::default();
    announced.pull_until(&outcomes, &ids, 1).await;
    let service = rest::service(&cloud, project, "replayed").await.unwrap();

    for name in &subscriptions {
        let seek = Some(json!({ "time": before }));
        rest::pubsub(&cloud, Method::POST, &format!("{name}:seek"), seek).await;
    }
    announced.pull_until(&outcomes, &ids, 2).await;
    assert!(announced.0.values().all(|(_, messages)| messages.len() == 1), "another outcome");
    assert_eq!(rest::builds(&cloud, project, &cloud.settings.fleet).await.len(), 2);
    let replayed = rest::service(&cloud, project, "replayed").await.unwrap();
    for field in ["etag", "generation", "latestCreatedRevision"] {
        assert_eq!(replayed[field], service[field], "{field}");
    }
    assert_eq!(rest::call(&replayed).await, "older");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_needs_neither_googles_topics_nor_a_trace_collector() {
    let cloud = Cloud::start().await;
    for topic in ["cloud-builds", "gcr"] {
        let name = format!("projects/{}/topics/{topic}", cloud.settings.project);
        rest::pubsub(&cloud, Method::DELETE, &name, None).await;
    }
    // No process listens on the port of the discard protocol.
    let collector = ("OTEL_EXPORTER_OTLP_ENDPOINT".to_owned(), "http://127.0.0.1:9".to_owned());
    let settings = BTreeMap::from([collector]);
    let fleet: Vec<_> =
        WORKERS.iter().map(|(name, _)| cloud.worker_with(name, &settings)).collect();
    let source = cloud.stage(&function(cloud.folder(), "on its own")).await;
    deployed(&cloud, cloud.request(spec("alone", source)).await).await;
    assert_eq!(cloud.call("alone"), (true, "on its own".to_owned()));
    for worker in fleet {
        assert!(worker.stop(), "a worker did not stop gracefully");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_that_are_stopped_at_work_in_a_flood_of_foreign_messages_lose_no_deployment() {
    const FLOOD: usize = 1_000;
    let cloud = Cloud::start().await;
    let project = &cloud.settings.project;
    let outcomes = Subscription::create(&cloud, &cloud.topic(Topic::DeploymentFinished)).await;
    let foreign_build = json!({ "name": "projects/p/locations/l/builds/b", "status": "SUCCESS" });
    let foreign_image = json!({ "action": "INSERT", "tag": "europe-docker.pkg.dev/p/r/i:v1" });
    let google = |topic: &str| format!("projects/{project}/topics/{topic}");
    for (topic, data) in [
        (google("cloud-builds"), foreign_build.to_string()),
        (google("gcr"), foreign_image.to_string()),
        (cloud.topic(Topic::DeployRequested), "not a request".to_owned()),
        (cloud.topic(Topic::ImagePublished), "not an image".to_owned()),
    ] {
        let message = WireMessage { attributes: BTreeMap::new(), data: data.into() };
        let messages = vec![serde_json::to_value(message).unwrap(); FLOOD];
        let body = Some(json!({ "messages": messages }));
        rest::pubsub(&cloud, Method::POST, &format!("{topic}:publish"), body).await;
    }
    let source = cloud.stage(&function(cloud.folder(), "after the flood")).await;
    let mut ids = Vec::new();
    for number in 0..6 {
        ids.push(cloud.request(spec(&format!("flooded{number}"), source.clone())).await);
    }
    let fleet = cloud.fleet();
    let admitted = async {
        while cloud.ledger.stage_record(ids[0], "uploader").await.unwrap().is_none() {
            tokio::time::sleep(POLL).await;
        }
    };
    tokio::time::timeout(PATIENCE, admitted).await.expect("the first request is uploaded");
    for worker in fleet {
        assert!(worker.stop(), "a worker did not stop gracefully");
    }

    let _successors = cloud.fleet();
    for id in &ids {
        deployed(&cloud, *id).await;
    }
    let mut announced = Announced::default();
    announced.pull_until(&outcomes, &ids, 1).await;
    assert!(ids.iter().all(|id| announced.0[id].1.len() == 1), "another outcome");
    assert_eq!(rest::builds(&cloud, project, &cloud.settings.fleet).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_is_deleted_before_its_build_fails_its_deployment() {
    let cloud = Cloud::start().await;
    let _uploader = cloud.worker("uploader");
    let mut uploads = cloud.listen(Topic::SourceUploaded).await;
    let source = cloud.stage(&function(cloud.folder(), "gone")).await;
    let id = cloud.request(spec("gone", source)).await;
    let uploaded: SourceUploaded = decode(&uploads.next().await).unwrap();
    let object = uploaded.source.object;
    cloud.clients.objects.delete(&object.bucket, &object.object).await.unwrap();

    let _others: Vec<_> = WORKERS[1..].iter().map(|(name, _)| cloud.worker(name)).collect();
    let finished = cloud.end_of(id).await;
    let Outcome::Failed(failure) = finished.outcome else { panic!("{finished:?}") };
    assert!(failure.reason.contains("cannot fetch the source"), "{failure:?}");
    assert!(rest::service(&cloud, &cloud.settings.project, "gone").await.is_none());
}
