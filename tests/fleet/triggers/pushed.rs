//! Messages of topics reach functions, with the programs of all workers and a local cloud.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::Duration;

use crate::support::{Cloud, longshore, spec, uuid};
use longshore_messages::{Outcome, WireMessage, proto};

/// How long a message may take to a function whose instance has to start.
const PATIENCE: Duration = Duration::from_secs(60);

/// A function for each signature. Each prints what it got, as one line.
const SOURCE: &str = r#"import base64
import json
import functions_framework
from dataclasses import dataclass


def http(request):
    print("http got", request.get_data(as_text=True), flush=True)
    return "ok"


def event(event):
    print(f'cloudevent got {event["type"]} {json.dumps(event.data)}', flush=True)


@dataclass
class Greeting:
    name: str

    @staticmethod
    def from_dict(of):
        return Greeting(of["name"])

    def to_dict(self):
        return {"name": self.name}


@functions_framework.typed(Greeting)
def typed(greeting):
    print("typed got", greeting.name, flush=True)
    return Greeting(greeting.name.upper())


def push(request):
    message = request.get_json()["message"]
    text = base64.b64decode(message["data"]).decode()
    print("push got", text, json.dumps(message.get("attributes")), flush=True)
    return "ok"


def background(data, context):
    text = base64.b64decode(data["data"]).decode()
    print("background got", text, context.event_type, flush=True)
"#;

pub(super) fn source(folder: &Path) -> PathBuf {
    let directory = folder.join(uuid());
    fs::create_dir(&directory).unwrap();
    fs::write(directory.join("main.py"), SOURCE).unwrap();
    directory
}

/// Waits until a line of a function's log contains all parts.
pub(super) async fn printed(cloud: &Cloud, function: &str, parts: &[&str]) {
    let (project, region) = (&cloud.settings.project, &cloud.settings.region);
    let found = async {
        loop {
            let lines = cloud.clients.logs.service_tail(project, region, function, None, 100).await;
            let lines = lines.unwrap_or_default();
            if lines.iter().any(|line| parts.iter().all(|part| line.text.contains(part))) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    if tokio::time::timeout(PATIENCE, found).await.is_err() {
        let lines = cloud.clients.logs.service_tail(project, region, function, None, 100).await;
        panic!("{function} did not print {parts:?}, but {lines:#?}\n{}", cloud.logs());
    }
}

pub(super) async fn publish(cloud: &Cloud, topic: &str, text: &str, kind: &str) {
    let attributes = [("kind".to_owned(), kind.to_owned())].into();
    let message = WireMessage { attributes, data: text.to_owned().into() };
    cloud.clients.bus.publish(topic, message).await.unwrap();
}

pub(super) fn trigger(topic: &str, filter: &str) -> proto::Trigger {
    let topic = proto::TopicTrigger {
        topic: topic.to_owned(),
        filter: filter.to_owned(),
        ..proto::TopicTrigger::default()
    };
    proto::Trigger { kind: Some(proto::trigger::Kind::Topic(topic)) }
}

pub(super) fn run(cloud: &Cloud, arguments: &[&str]) -> Output {
    longshore(&cloud.environment).args(arguments).output().unwrap()
}

/// The triggers that a description in JSON lists.
pub(super) fn described(cloud: &Cloud, function: &str) -> Vec<serde_json::Value> {
    let output = run(cloud, &["--output", "json", "describe", function]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let described: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    described["triggers"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_calls_a_private_function_until_its_trigger_is_removed() {
    let cloud = Cloud::start().await;
    let _fleet = cloud.fleet();
    let orders = format!("projects/{}/topics/orders", cloud.settings.project);
    cloud.clients.bus.ensure_topic(&orders, "").await.unwrap();
    let mut wanted = spec("pushed", cloud.stage(&source(cloud.folder())).await);
    wanted.entry_point = "push".to_owned();
    wanted.service = None;
    wanted.triggers = vec![trigger("orders", "")];
    let finished = cloud.end_of(cloud.request(wanted.clone()).await).await;
    assert!(matches!(finished.outcome, Outcome::Deployed(_)), "{finished:?}\n{}", cloud.logs());
    publish(&cloud, &orders, "first", "new").await;
    printed(&cloud, "pushed", &["push got first", r#""kind": "new""#]).await;
    let triggers = described(&cloud, "pushed");
    assert_eq!((triggers.len(), &triggers[0]["state"]), (1, &"active".into()), "{triggers:?}");
    let listed = run(&cloud, &["--output", "json", "list"]);
    let listed: serde_json::Value = serde_json::from_slice(&listed.stdout).unwrap();
    assert_eq!(listed[0]["triggers"], 1, "{listed}");

    // Another filter makes another subscription.
    wanted.triggers = vec![trigger(&orders, "attributes.kind = \"wanted\"")];
    let finished = cloud.end_of(cloud.request(wanted.clone()).await).await;
    assert!(matches!(finished.outcome, Outcome::Deployed(_)), "{finished:?}");
    publish(&cloud, &orders, "second", "unwanted").await;
    publish(&cloud, &orders, "third", "wanted").await;
    printed(&cloud, "pushed", &["push got third"]).await;
    assert_eq!(described(&cloud, "pushed").len(), 1);

    let missing = trigger("missing", "");
    wanted.triggers.push(missing);
    let finished = cloud.end_of(cloud.request(wanted.clone()).await).await;
    let Outcome::Failed(failure) = &finished.outcome else { panic!("{finished:?}") };
    assert_eq!(failure.code, "trigger-refused", "{failure:?}");
    publish(&cloud, &orders, "fourth", "wanted").await;
    printed(&cloud, "pushed", &["push got fourth"]).await;

    wanted.triggers.clear();
    let finished = cloud.end_of(cloud.request(wanted).await).await;
    assert!(matches!(finished.outcome, Outcome::Deployed(_)), "{finished:?}");
    assert_eq!(described(&cloud, "pushed").len(), 0);
    let tail = &cloud.clients.logs;
    let (project, region) = (&cloud.settings.project, &cloud.settings.region);
    let lines = tail.service_tail(project, region, "pushed", None, 100).await.unwrap();
    assert!(!lines.iter().any(|line| line.text.contains("second")), "the filter has an effect");
}

#[tokio::test(flavor = "multi_thread")]
async fn five_functions_of_one_build_have_five_signatures_and_decode_their_own_requests() {
    let cloud = Cloud::start().await;
    let _fleet = cloud.fleet();
    let notes = format!("projects/{}/topics/notes", cloud.settings.project);
    cloud.clients.bus.ensure_topic(&notes, "").await.unwrap();
    let staged = cloud.stage(&source(cloud.folder())).await;
    let mut ids = Vec::new();
    for (name, signature) in [
        ("http", proto::Signature::Http),
        ("event", proto::Signature::CloudEvent),
        ("typed", proto::Signature::Typed),
        ("push", proto::Signature::Http),
        ("background", proto::Signature::Event),
    ] {
        let mut wanted = spec(&format!("f-{name}"), staged.clone());
        wanted.entry_point = name.to_owned();
        wanted.signature = signature.into();
        if matches!(name, "event" | "push" | "background") {
            wanted.triggers = vec![trigger(&notes, "")];
        }
        ids.push(cloud.request(wanted).await);
    }
    for id in ids {
        let finished = cloud.end_of(id).await;
        assert!(matches!(finished.outcome, Outcome::Deployed(_)), "{finished:?}\n{}", cloud.logs());
    }
    assert_eq!(cloud.builds().await, 1);

    publish(&cloud, &notes, "note", "new").await;
    printed(&cloud, "f-push", &["push got note"]).await;
    let published = "google.cloud.pubsub.topic.v1.messagePublished";
    printed(&cloud, "f-event", &["cloudevent got", published]).await;
    printed(&cloud, "f-background", &["background got note google.pubsub.topic.publish"]).await;

    let finalized = "google.cloud.storage.object.v1.finalized";
    let object = r#"{"bucket": "b", "name": "o"}"#;
    for (arguments, function, parts) in [
        (vec!["f-http", "--data", "plain"], "f-http", vec!["http got plain"]),
        (vec!["f-typed", "--data", r#"{"name": "ada"}"#], "f-typed", vec!["typed got ada"]),
        (vec!["f-push", "--message", "by hand"], "f-push", vec!["push got by hand"]),
        (
            vec!["f-event", "--event", finalized, "--data", object],
            "f-event",
            vec!["cloudevent got", finalized, r#""name": "o""#],
        ),
        (
            vec!["f-event", "--event", published, "--data", "by hand"],
            "f-event",
            vec!["cloudevent got", published, "YnkgaGFuZA=="],
        ),
        (
            vec!["f-background", "--message", "by hand"],
            "f-background",
            vec!["background got by hand"],
        ),
    ] {
        let mut all = vec!["call"];
        all.extend(arguments);
        let output = run(&cloud, &all);
        assert!(output.status.success(), "{all:?}: {}", String::from_utf8_lossy(&output.stderr));
        printed(&cloud, function, &parts).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_removes_the_triggers_and_a_deployment_makes_them_again() {
    let cloud = Cloud::start().await;
    let _fleet = cloud.fleet();
    let (project, fleet) = (&cloud.settings.project, &cloud.settings.fleet);
    let orders = format!("projects/{project}/topics/orders");
    cloud.clients.bus.ensure_topic(&orders, "").await.unwrap();
    let directory = source(cloud.folder());
    let directory = directory.to_str().unwrap();
    let deploy = ["deploy", directory, "--name", "gone", "--entry-point", "push"];
    let triggered = [&deploy[..], &["--trigger-push-topic", "orders"]].concat();
    let count = async || {
        let owner = longshore_messages::TriggerOwner::fleet(fleet, project);
        cloud.clients.triggers.topics.list(&owner).await.unwrap().len()
    };
    for _ in 0..2 {
        let output = run(&cloud, &triggered);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(count().await, 1);
        publish(&cloud, &orders, "again", "new").await;
        printed(&cloud, "gone", &["push got again"]).await;
        let output = run(&cloud, &["delete", "--yes", "gone"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(count().await, 0);
    }
    assert!(run(&cloud, &triggered).status.success());
    let output = run(&cloud, &[&deploy[..], &["--trigger-http"]].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(count().await, 0);
}
