//! Event functions: the events of each kind, from their source to the log of a function.

#![expect(clippy::print_stdout, reason = "prints skipped programs")]

use std::collections::BTreeMap;

use longshore_local_cloud::LocalCloud;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{Caller, OPERATION_LIMIT, PARENT, archive, function};
use crate::clients::local_cloud;

/// The account that calls functions by default.
const ACCOUNT: &str = "serviceAccount:42-compute@developer.gserviceaccount.com";

/// Prints each event on one line.
const PYTHON: &str = r#"
import json

import functions_framework


@functions_framework.cloud_event
def hello(event):
    attributes = {name: event[name] for name in ("id", "type", "source", "time")}
    for name in ("subject", "bucket", "methodname", "servicename", "resourcename"):
        if name in event:
            attributes[name] = event[name]
    print("EVENT " + json.dumps({"attributes": attributes, "data": event.data}), flush=True)
"#;

fn python() -> Vec<u8> {
    archive([("main.py".to_owned(), PYTHON.as_bytes().to_vec())])
}

struct Events {
    caller: Caller,
}

impl Events {
    fn of(cloud: &LocalCloud) -> Self {
        Self { caller: Caller::of(cloud) }
    }

    async fn send(&self, method: Method, url: String, body: &Value) -> (StatusCode, Value) {
        let request = self.caller.client.request(method, url).json(body);
        let response = request.send().await.unwrap();
        let status = response.status();
        (status, response.json().await.unwrap_or_default())
    }

    async fn succeeds(&self, method: Method, url: String, body: &Value) -> Value {
        let (status, answer) = self.send(method, url, body).await;
        assert!(status.is_success(), "{status}: {answer:#}");
        answer
    }

    async fn bucket(&self, name: &str, location: &str) {
        let url =
            format!("http://{}/storage/v1/b?project=local-project", self.caller.endpoints.storage);
        self.succeeds(Method::POST, url, &json!({"name": name, "location": location})).await;
    }

    async fn upload(&self, bucket: &str, object: &str) {
        let url = format!(
            "http://{}/upload/storage/v1/b/{bucket}/o?uploadType=media&name={object}",
            self.caller.endpoints.storage
        );
        let request = self.caller.client.post(url).header("content-type", "text/plain");
        assert_eq!(request.body("hello").send().await.unwrap().status(), 200);
    }

    async fn topic(&self, id: &str) {
        let url = format!(
            "http://{}/v1/projects/local-project/topics/{id}",
            self.caller.endpoints.pubsub
        );
        self.succeeds(Method::PUT, url, &json!({})).await;
    }

    fn triggers(&self) -> String {
        format!("http://{}/v1/{PARENT}/triggers", self.caller.endpoints.eventarc)
    }

    async fn count_triggers(&self) -> usize {
        let listed = self.succeeds(Method::GET, self.triggers(), &json!(null)).await;
        listed["triggers"].as_array().map_or(0, Vec::len)
    }

    /// Lets the account of the triggers call a service.
    async fn admit(&self, service: &str) {
        let url = format!("http://{}/v2/{service}:setIamPolicy", self.caller.endpoints.run);
        let binding = json!({"role": "roles/run.invoker", "members": [ACCOUNT]});
        self.succeeds(Method::POST, url, &json!({"policy": {"bindings": [binding]}})).await;
    }

    /// The lines that a service has printed.
    async fn lines(&self, service: &str) -> Vec<String> {
        let url = format!("http://{}/v2/entries:list", self.caller.endpoints.logging);
        let request = json!({
            "resourceNames": ["projects/local-project"],
            "filter": format!("resource.labels.service_name=\"{service}\""),
            "pageSize": 1000,
        });
        let listed = self.succeeds(Method::POST, url, &request).await;
        let entries = listed["entries"].as_array().cloned().unwrap_or_default();
        let text = |entry: &Value| Some(entry["textPayload"].as_str()?.to_owned());
        entries.iter().filter_map(text).collect()
    }

    async fn line(&self, service: &str, expected: &str) {
        let arrived = async {
            while !self.lines(service).await.iter().any(|line| line == expected) {
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
        };
        let arrived = tokio::time::timeout(OPERATION_LIMIT, arrived).await;
        arrived.unwrap_or_else(|_| panic!("{service} did not print {expected}"));
    }

    /// The events that a function has printed, by type and subject.
    async fn seen(&self) -> BTreeMap<String, Value> {
        let lines = self.lines("hello").await;
        let events = lines.iter().filter_map(|text| text.strip_prefix("EVENT "));
        let parsed = events.map(|event| serde_json::from_str::<Value>(event).unwrap());
        let key = |event: &Value| {
            let attributes = &event["attributes"];
            let subject = attributes["subject"].as_str().unwrap_or_default();
            format!("{} {subject}", attributes["type"].as_str().unwrap())
        };
        parsed.map(|event| (key(&event), event)).collect()
    }

    async fn event(&self, key: &str) -> Value {
        let arrived = async {
            loop {
                if let Some(event) = self.seen().await.remove(key) {
                    return event;
                }
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
        };
        let arrived = tokio::time::timeout(OPERATION_LIMIT, arrived).await;
        arrived.unwrap_or_else(|_| panic!("no event {key}"))
    }
}

fn of_bucket(source: &Value, bucket: &str) -> Value {
    let mut function = function(source);
    function["eventTrigger"] = json!({
        "eventType": "google.cloud.storage.object.v1.finalized",
        "eventFilters": [{"attribute": "bucket", "value": bucket}],
        "retryPolicy": "RETRY_POLICY_RETRY",
    });
    function
}

#[tokio::test(flavor = "multi_thread")]
async fn events_of_every_kind_reach_a_function() {
    let dir = tempfile::tempdir().unwrap();
    let cloud = local_cloud(dir.path()).await;
    let events = Events::of(&cloud);
    events.bucket("pictures", "europe-west1").await;
    events.topic("orders").await;
    let source = events.caller.upload(python()).await;
    let created = events.caller.create("hello", of_bucket(&source, "pictures")).await;
    let ended = events.caller.ended(created).await;
    let stages = super::stages(&ended);
    assert_eq!(stages.last(), Some(&("TRIGGER", "COMPLETE")), "{ended:#}");
    let trigger = &ended["response"]["eventTrigger"];
    let name = trigger["trigger"].as_str().unwrap();
    assert!(name.starts_with(&format!("{PARENT}/triggers/hello-")), "{name}");
    assert_eq!(trigger["triggerRegion"], "europe-west1");
    let service = ended["response"]["serviceConfig"]["service"].as_str().unwrap();
    events.admit(service).await;

    events.upload("pictures", "a.txt").await;
    let finalized = "google.cloud.storage.object.v1.finalized objects/a.txt";
    let event = events.event(finalized).await;
    let attributes = &event["attributes"];
    assert_eq!(attributes["source"], "//storage.googleapis.com/projects/_/buckets/pictures");
    assert_eq!(attributes["bucket"], "pictures");
    assert_eq!((&event["data"]["name"], &event["data"]["size"]), (&json!("a.txt"), &json!("5")));

    // Further triggers of the same service.
    let destination = json!({"cloudRun": {"service": "hello", "region": "europe-west1"}});
    let account = "42-compute@developer.gserviceaccount.com";
    let filter = |attribute: &str, value: &str| json!({"attribute": attribute, "value": value});
    for (id, filters, transport) in [
        (
            "orders",
            json!([filter("type", "google.cloud.pubsub.topic.v1.messagePublished")]),
            json!({"pubsub": {"topic": "projects/local-project/topics/orders"}}),
        ),
        (
            "topics",
            json!([
                filter("type", "google.cloud.audit.log.v1.written"),
                filter("serviceName", "pubsub.googleapis.com"),
                filter("methodName", "google.pubsub.v1.Publisher.CreateTopic"),
            ]),
            json!({}),
        ),
    ] {
        let trigger = json!({
            "eventFilters": filters, "destination": destination, "serviceAccount": account,
            "transport": transport,
        });
        let url = format!("{}?triggerId={id}", events.triggers());
        let operation = events.succeeds(Method::POST, url, &trigger).await;
        assert_eq!(operation["done"], true, "{operation:#}");
    }
    let publish = format!(
        "http://{}/v1/projects/local-project/topics/orders:publish",
        events.caller.endpoints.pubsub
    );
    let message = json!({"messages": [{"data": "aGVsbG8=", "attributes": {"kind": "x"}}]});
    events.succeeds(Method::POST, publish, &message).await;
    let event = events.event("google.cloud.pubsub.topic.v1.messagePublished ").await;
    let source = "//pubsub.googleapis.com/projects/local-project/topics/orders";
    assert_eq!(event["attributes"]["source"], source);
    assert_eq!(event["data"]["message"]["data"], "aGVsbG8=");
    assert_eq!(event["data"]["message"]["messageId"], event["attributes"]["id"]);

    events.topic("created").await;
    let subject = "pubsub.googleapis.com/projects/local-project/topics/created";
    let event = events.event(&format!("google.cloud.audit.log.v1.written {subject}")).await;
    assert_eq!(event["attributes"]["servicename"], "pubsub.googleapis.com");
    assert_eq!(
        event["data"]["protoPayload"]["resourceName"],
        "projects/local-project/topics/created"
    );
    assert_eq!(events.seen().await.len(), 3);

    // Without its trigger, the function is no longer called for the bucket.
    let ended =
        events.caller.ended(events.caller.patch("hello", "eventTrigger", json!({})).await).await;
    assert!(ended["response"].get("eventTrigger").is_none(), "{ended:#}");
    assert_eq!(events.count_triggers().await, 2);
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_was_not_delivered_survives_a_restart_of_the_cloud() {
    let dir = tempfile::tempdir().unwrap();
    let cloud = local_cloud(dir.path()).await;
    let events = Events::of(&cloud);
    events.bucket("pictures", "europe-west1").await;
    let source = events.caller.upload(python()).await;
    let created = events.caller.create("hello", of_bucket(&source, "pictures")).await;
    let ended = events.caller.ended(created).await;
    let service = ended["response"]["serviceConfig"]["service"].as_str().unwrap();
    // The account of the trigger may not call the function yet.
    events.upload("pictures", "a.txt").await;
    cloud.stop().await;

    let cloud = local_cloud(dir.path()).await;
    let events = Events::of(&cloud);
    events.admit(service).await;
    events.event("google.cloud.storage.object.v1.finalized objects/a.txt").await;
    let name = format!("{PARENT}/functions/hello");
    let deleted = events.caller.call(Method::DELETE, &name, None).await;
    assert!(events.caller.ended(deleted).await.get("error").is_none());
    assert_eq!(events.count_triggers().await, 0);
    let topics =
        format!("http://{}/v1/projects/local-project/topics", events.caller.endpoints.pubsub);
    let topics = events.succeeds(Method::GET, topics, &json!(null)).await;
    assert!(!topics.to_string().contains("eventarc-"), "{topics:#}");
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trigger_that_cannot_be_made_is_refused_in_googles_words() {
    let dir = tempfile::tempdir().unwrap();
    let cloud = local_cloud(dir.path()).await;
    let events = Events::of(&cloud);
    events.bucket("elsewhere", "EU").await;
    let source = events.caller.upload(python()).await;
    let mut of_topic = of_bucket(&source, "elsewhere");
    of_topic["eventTrigger"] = json!({
        "eventType": "google.cloud.pubsub.topic.v1.messagePublished",
        "pubsubTopic": "projects/local-project/topics/nothing",
    });
    for (function, code, texts) in [
        (
            of_bucket(&source, "elsewhere"),
            400,
            [
                "Validation failed for trigger projects/local-project/locations/europe-west1/triggers/hello-",
                "Bucket 'elsewhere' is in location 'eu', but the trigger location is 'europe-west1'.",
            ],
        ),
        (
            of_bucket(&source, "nothing"),
            403,
            ["Validation failed for trigger", "Please verify that the bucket exists"],
        ),
        (
            of_topic,
            404,
            ["Validation failed for trigger", "Resource not found (resource=nothing)."],
        ),
    ] {
        let (status, answer) = events.caller.create("hello", function).await;
        assert_eq!(status, code, "{answer:#}");
        let message = answer["error"]["message"].as_str().unwrap();
        assert!(texts.iter().all(|text| message.contains(text)), "{message}");
    }
    assert_eq!(events.count_triggers().await, 0);
    cloud.stop().await;
}

const NODEJS: &str = r"
const functions = require('@google-cloud/functions-framework');
functions.cloudEvent('hello', (event) => {
  console.log(`GOT ${event.type} ${event.data.message.data}`);
});
";

const GO: &str = r#"
package hello

import (
	"context"
	"fmt"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"
	cloudevents "github.com/cloudevents/sdk-go/v2"
)

func init() {
	functions.CloudEvent("Hello", hello)
}

func hello(ctx context.Context, event cloudevents.Event) error {
	var data struct{ Message struct{ Data string } }
	if err := event.DataAs(&data); err != nil {
		return err
	}
	fmt.Printf("GOT %s %s\n", event.Type(), data.Message.Data)
	return nil
}
"#;

const JAVA: &str = r#"
package functions;

import com.google.cloud.functions.CloudEventsFunction;
import io.cloudevents.CloudEvent;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

public class Hello implements CloudEventsFunction {
  @Override
  public void accept(CloudEvent event) {
    Matcher data = Pattern.compile("\"data\":\"([^\"]*)\"").matcher(new String(event.getData().toBytes()));
    System.out.println("GOT " + event.getType() + " " + (data.find() ? data.group(1) : "nothing"));
  }
}
"#;

/// A source, its runtime and its function, of each language besides Python that this machine has.
fn other_languages() -> Vec<(&'static str, &'static str, &'static str, Vec<u8>)> {
    let example = |path: &str| {
        let examples = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
        std::fs::read(examples.join(path)).unwrap()
    };
    let file = |name: &str, content: &[u8]| (name.to_owned(), content.to_vec());
    let nodejs = [
        file("package.json", &example("nodejs-http/package.json")),
        file("index.js", NODEJS.as_bytes()),
    ];
    let go = [
        file("go.mod", &example("go-http/go.mod")),
        file("go.sum", &example("go-http/go.sum")),
        file("hello.go", GO.as_bytes()),
    ];
    let java = [
        file("pom.xml", &example("java-http/pom.xml")),
        file("src/main/java/functions/Hello.java", JAVA.as_bytes()),
    ];
    let all = [
        ("node", "nodejs22", "hello", archive(nodejs)),
        ("go", "go126", "Hello", archive(go)),
        ("mvn", "java17", "functions.Hello", archive(java)),
    ];
    let is_here = |program: &str| {
        let found = std::process::Command::new(program).arg("--help").output();
        found.inspect_err(|error| println!("skipped: {program}: {error}")).is_ok()
    };
    all.into_iter().filter(|(program, ..)| is_here(program)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn event_functions_of_the_other_languages_get_messages() {
    let dir = tempfile::tempdir().unwrap();
    let cloud = local_cloud(dir.path()).await;
    let events = Events::of(&cloud);
    events.topic("orders").await;
    let mut deployed = Vec::new();
    for (program, runtime, entry_point, source) in other_languages() {
        let source = events.caller.upload(source).await;
        let function = json!({
            "buildConfig": {
                "runtime": runtime, "entryPoint": entry_point, "source": {"storageSource": source},
            },
            "serviceConfig": {"availableMemory": "512Mi", "availableCpu": "1"},
            "eventTrigger": {
                "eventType": "google.cloud.pubsub.topic.v1.messagePublished",
                "pubsubTopic": "projects/local-project/topics/orders",
                "retryPolicy": "RETRY_POLICY_RETRY",
            },
        });
        let ended = events.caller.ended(events.caller.create(program, function).await).await;
        let service = ended["response"]["serviceConfig"]["service"].as_str();
        events.admit(service.unwrap_or_else(|| panic!("{ended:#}"))).await;
        deployed.push(program);
    }
    let publish = format!(
        "http://{}/v1/projects/local-project/topics/orders:publish",
        events.caller.endpoints.pubsub
    );
    events.succeeds(Method::POST, publish, &json!({"messages": [{"data": "aGVsbG8="}]})).await;
    for program in deployed {
        let expected = "GOT google.cloud.pubsub.topic.v1.messagePublished aGVsbG8=";
        events.line(program, expected).await;
    }
    cloud.stop().await;
}

/// Writes an object with the next number for each object with a number.
const LOOP: &str = r#"
import os
import urllib.request

import functions_framework


@functions_framework.cloud_event
def hello(event):
    name = event.data["name"]
    print("GOT " + name, flush=True)
    if name.isdigit():
        url = os.environ["STORAGE_EMULATOR_HOST"] + "/upload/storage/v1/b/pictures/o"
        url += "?uploadType=media&name=" + str(int(name) + 1)
        headers = {"Content-Type": "text/plain"}
        urllib.request.urlopen(urllib.request.Request(url, b"x", headers, method="POST")).read()
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_function_that_writes_to_its_own_bucket_is_stopped() {
    let guard = std::path::Path::new(env!("CARGO_BIN_EXE_longshore"));
    if let Some(why) = longshore_local_cloud::sandbox_of(guard).missing_networks() {
        println!("skipped: {why}");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let cloud = local_cloud(dir.path()).await;
    let events = Events::of(&cloud);
    events.bucket("pictures", "europe-west1").await;
    let source = archive([("main.py".to_owned(), LOOP.as_bytes().to_vec())]);
    let source = events.caller.upload(source).await;
    let created = events.caller.create("hello", of_bucket(&source, "pictures")).await;
    let ended = events.caller.ended(created).await;
    events.admit(ended["response"]["serviceConfig"]["service"].as_str().unwrap()).await;
    events.upload("pictures", "0").await;
    let last = longshore_local_kit::lineage::GENERATIONS_MAX;
    events.line("hello", &format!("GOT {last}")).await;
    // A loop without an end prints a line in each of these polls.
    let ended = async {
        let (mut highest, mut polls) = (0, 0);
        while polls < 40 {
            let lines = events.lines("hello").await;
            let numbers = lines.iter().filter_map(|line| line.strip_prefix("GOT ")?.parse().ok());
            let seen: u32 = numbers.max().unwrap();
            polls = if seen == highest { polls + 1 } else { 0 };
            highest = seen;
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(OPERATION_LIMIT, ended).await.unwrap();
    let reports = events.lines("hello").await;
    let reports: Vec<_> =
        reports.iter().filter(|line| line.contains("the end of a loop")).collect();
    assert_eq!(reports.len(), 1, "only the next one was not delivered: {reports:?}");
    // What comes from outside is still delivered.
    events.upload("pictures", "outside").await;
    events.line("hello", "GOT outside").await;
    cloud.stop().await;
}
