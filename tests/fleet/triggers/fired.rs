//! Events reach functions, with the programs of all workers and a local cloud.

use std::collections::BTreeMap;

use super::pushed::{described, printed, publish, run, source};
use crate::support::{Cloud, spec};
use longshore_cloud::BucketSpec;
use longshore_messages::{FailureClass, Outcome, proto};

pub(super) const FINALIZED: &str = "google.cloud.storage.object.v1.finalized";
pub(super) const PUBLISHED: &str = "google.cloud.pubsub.topic.v1.messagePublished";
pub(super) const WRITTEN: &str = "google.cloud.audit.log.v1.written";

pub(super) fn filter(attribute: &str, value: &str, operator: &str) -> proto::EventFilter {
    proto::EventFilter {
        attribute: attribute.to_owned(),
        value: value.to_owned(),
        operator: operator.to_owned(),
    }
}

pub(super) fn of(event: proto::EventTrigger) -> proto::Trigger {
    proto::Trigger { kind: Some(proto::trigger::Kind::Event(event)) }
}

pub(super) fn event(event_type: &str, filters: Vec<proto::EventFilter>) -> proto::EventTrigger {
    proto::EventTrigger {
        r#type: event_type.to_owned(),
        filters,
        retry: true,
        ..proto::EventTrigger::default()
    }
}

pub(super) fn finalized(bucket: &str) -> proto::EventTrigger {
    event(FINALIZED, vec![filter("bucket", bucket, "")])
}

pub(super) async fn bucket(cloud: &Cloud, name: &str, location: &str) {
    let bucket = BucketSpec {
        name: name.to_owned(),
        project: cloud.settings.project.clone(),
        location: location.to_owned(),
        labels: BTreeMap::new(),
        default_key: String::new(),
    };
    cloud.clients.objects.ensure_bucket(&bucket).await.unwrap();
}

pub(super) async fn put(cloud: &Cloud, bucket: &str, object: &str) {
    cloud.clients.objects.create(bucket, object, object.to_owned().into()).await.unwrap();
}

pub(super) async fn deployed(cloud: &Cloud, wanted: &proto::FunctionSpec) {
    let finished = cloud.end_of(cloud.request(wanted.clone()).await).await;
    assert!(matches!(finished.outcome, Outcome::Deployed(_)), "{finished:?}\n{}", cloud.logs());
}

/// How many lines of a function's log contain all parts.
async fn count(cloud: &Cloud, function: &str, parts: &[&str]) -> usize {
    let (project, region) = (&cloud.settings.project, &cloud.settings.region);
    let lines = cloud.clients.logs.service_tail(project, region, function, None, 1_000).await;
    let lines = lines.unwrap();
    lines.iter().filter(|line| parts.iter().all(|part| line.text.contains(part))).count()
}

/// A private function that takes CloudEvents.
async fn takes_events(cloud: &Cloud, name: &str) -> proto::FunctionSpec {
    let staged = cloud.stage(&source(cloud.folder())).await;
    let mut wanted = spec(name, staged);
    wanted.entry_point = "event".to_owned();
    wanted.signature = proto::Signature::CloudEvent.into();
    wanted.service = None;
    wanted
}

#[tokio::test(flavor = "multi_thread")]
async fn objects_messages_and_audit_logs_call_a_function_each_with_its_own_event() {
    let cloud = Cloud::start().await;
    let _fleet = cloud.fleet();
    let (project, region) = (cloud.settings.project.clone(), cloud.settings.region.clone());
    bucket(&cloud, "pictures", &region).await;
    bucket(&cloud, "others", &region).await;
    let orders = format!("projects/{project}/topics/orders");
    cloud.clients.bus.ensure_topic(&orders, "").await.unwrap();
    let mut wanted = takes_events(&cloud, "fired").await;
    let of_topic = proto::EventTrigger { topic: "orders".to_owned(), ..event(PUBLISHED, vec![]) };
    let of_logs = event(
        WRITTEN,
        vec![
            filter("serviceName", "pubsub.googleapis.com", ""),
            filter("methodName", "google.pubsub.v1.Publisher.CreateTopic", ""),
            filter("resourceName", "projects/*/topics/seen-*", "match-path-pattern"),
        ],
    );
    wanted.triggers = vec![of(finalized("pictures")), of(of_topic), of(of_logs)];
    deployed(&cloud, &wanted).await;

    put(&cloud, "others", "unseen").await;
    put(&cloud, "pictures", "cat.png").await;
    printed(&cloud, "fired", &["cloudevent got", FINALIZED, "cat.png"]).await;
    publish(&cloud, &orders, "first", "new").await;
    // The data of a message is base64.
    printed(&cloud, "fired", &["cloudevent got", PUBLISHED, "Zmlyc3Q="]).await;
    for name in ["unseen-topic", "seen-topic"] {
        let topic = format!("projects/{project}/topics/{name}");
        cloud.clients.bus.ensure_topic(&topic, "").await.unwrap();
    }
    printed(&cloud, "fired", &["cloudevent got", WRITTEN, "topics/seen-topic"]).await;
    assert_eq!(count(&cloud, "fired", &["unseen"]).await, 0);

    let triggers = described(&cloud, "fired");
    let states: Vec<&str> = triggers.iter().map(|one| one["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["active"; 3], "{triggers:?}");
    let listed = run(&cloud, &["--output", "json", "list"]);
    let listed: serde_json::Value = serde_json::from_slice(&listed.stdout).unwrap();
    assert_eq!(listed[0]["triggers"], 3, "{listed}");

    // The bucket's trigger is replaced, the message's one changed, and the logs' one removed.
    let of_topic = proto::EventTrigger {
        topic: orders.clone(),
        path: "/messages".to_owned(),
        ..event(PUBLISHED, vec![])
    };
    wanted.triggers = vec![of(finalized("others")), of(of_topic)];
    deployed(&cloud, &wanted).await;
    put(&cloud, "pictures", "dog.png").await;
    put(&cloud, "others", "bird.png").await;
    printed(&cloud, "fired", &["cloudevent got", FINALIZED, "bird.png"]).await;
    publish(&cloud, &orders, "second", "new").await;
    printed(&cloud, "fired", &["cloudevent got", PUBLISHED, "c2Vjb25k"]).await;
    assert_eq!(count(&cloud, "fired", &["dog.png"]).await, 0);
    assert_eq!(described(&cloud, "fired").len(), 2);

    let output = run(&cloud, &["delete", "--yes", "fired"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let owner = longshore_messages::TriggerOwner::fleet(&cloud.settings.fleet, &project);
    assert!(cloud.clients.triggers.events.list(&owner).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_event_trigger_is_one_outcome_and_what_served_before_still_gets_its_events() {
    let cloud = Cloud::start().await;
    let _fleet = cloud.fleet();
    let region = cloud.settings.region.clone();
    bucket(&cloud, "pictures", &region).await;
    bucket(&cloud, "abroad", "us-central1").await;
    let mut wanted = takes_events(&cloud, "kept").await;
    wanted.triggers = vec![of(finalized("pictures"))];
    deployed(&cloud, &wanted).await;

    for (trigger, code, parts) in [
        // What is known without asking.
        (event(FINALIZED, vec![]), "invalid-request", "must have a filter for bucket"),
        (
            event("google.cloud.storage.object.v1.created", vec![filter("bucket", "pictures", "")]),
            "invalid-request",
            "type must be google.cloud.storage.object.v1.archived",
        ),
        // What only Eventarc knows.
        (finalized("missing"), "trigger-refused", "bucket=missing was refused"),
        (finalized("abroad"), "trigger-refused", "does not match"),
        (event("google.cloud.unknown.v1.thing", vec![]), "trigger-refused", "is not supported"),
        (
            proto::EventTrigger { topic: "missing".to_owned(), ..event(PUBLISHED, vec![]) },
            "trigger-refused",
            "missing",
        ),
    ] {
        let mut bad = wanted.clone();
        bad.triggers = vec![of(trigger)];
        let finished = cloud.end_of(cloud.request(bad).await).await;
        let Outcome::Failed(failure) = &finished.outcome else { panic!("{finished:?}") };
        assert_eq!(
            (failure.code.as_str(), failure.class),
            (code, FailureClass::User),
            "{failure:?}"
        );
        assert!(failure.reason.contains(parts), "{failure:?}");
    }
    put(&cloud, "pictures", "still.png").await;
    printed(&cloud, "kept", &["cloudevent got", FINALIZED, "still.png"]).await;
    assert_eq!(described(&cloud, "kept").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_of_the_api_has_one_event_trigger_of_its_own_and_others_beside_it() {
    let cloud = Cloud::start().await;
    let _fleet = cloud.fleet();
    let (project, region) = (cloud.settings.project.clone(), cloud.settings.region.clone());
    bucket(&cloud, "pictures", &region).await;
    for name in ["orders", "returns"] {
        cloud
            .clients
            .bus
            .ensure_topic(&format!("projects/{project}/topics/{name}"), "")
            .await
            .unwrap();
    }
    let of_topic =
        |topic: &str| proto::EventTrigger { topic: topic.to_owned(), ..event(PUBLISHED, vec![]) };
    let name = format!("projects/{project}/locations/{region}/functions/own");
    let own_type = async || {
        let live = cloud.clients.functions.get(&name).await.unwrap().unwrap();
        live.shape.event.map(|event| event.event_type)
    };
    let mut wanted = takes_events(&cloud, "own").await;
    wanted.flavour = proto::Flavour::Functions.into();
    wanted.triggers = vec![of(of_topic("orders")), of(finalized("pictures"))];
    deployed(&cloud, &wanted).await;
    assert_eq!(own_type().await.as_deref(), Some(PUBLISHED));
    let triggers = described(&cloud, "own");
    assert_eq!(triggers.len(), 2, "{triggers:?}");
    let listed = run(&cloud, &["--output", "json", "list"]);
    let listed: serde_json::Value = serde_json::from_slice(&listed.stdout).unwrap();
    assert_eq!(listed[0]["triggers"], 2, "{listed}");
    publish(&cloud, &format!("projects/{project}/topics/orders"), "first", "new").await;
    printed(&cloud, "own", &["cloudevent got", PUBLISHED, "Zmlyc3Q="]).await;
    put(&cloud, "pictures", "cat.png").await;
    printed(&cloud, "own", &["cloudevent got", FINALIZED, "cat.png"]).await;

    // Another topic would replace the function.
    wanted.triggers[0] = of(of_topic("returns"));
    let finished = cloud.end_of(cloud.request(wanted.clone()).await).await;
    let Outcome::Failed(failure) = &finished.outcome else { panic!("{finished:?}") };
    assert_eq!(failure.code, "replacement-required", "{failure:?}");
    assert!(failure.advice.contains("allowReplacement"), "{failure:?}");
    publish(&cloud, &format!("projects/{project}/topics/orders"), "second", "new").await;
    printed(&cloud, "own", &["cloudevent got", PUBLISHED, "c2Vjb25k"]).await;
    let replacing = proto::EventTrigger { allow_replacement: true, ..of_topic("returns") };
    wanted.triggers[0] = of(replacing);
    deployed(&cloud, &wanted).await;
    publish(&cloud, &format!("projects/{project}/topics/returns"), "third", "new").await;
    printed(&cloud, "own", &["cloudevent got", PUBLISHED, "dGhpcmQ="]).await;

    // Another type changes in place, and the other trigger is not needed beside it any more.
    wanted.triggers = vec![of(finalized("pictures"))];
    deployed(&cloud, &wanted).await;
    assert_eq!(own_type().await.as_deref(), Some(FINALIZED));
    assert_eq!(described(&cloud, "own").len(), 1);
    put(&cloud, "pictures", "dog.png").await;
    printed(&cloud, "own", &["cloudevent got", FINALIZED, "dog.png"]).await;

    // A function that takes HTTP requests has no trigger of its own.
    wanted.triggers.clear();
    wanted.signature = proto::Signature::Http.into();
    wanted.entry_point = "http".to_owned();
    deployed(&cloud, &wanted).await;
    assert_eq!(own_type().await, None);
}
