//! Every kind of trigger, in both flavours and in all four languages: what happens in the local
//! cloud is what the function's log shows, and nothing else is. A language whose tools are missing
//! is skipped, with the reason.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::Duration;

use longshore_messages::proto;
use reqwest::Method;
use serde_json::json;
use time::OffsetDateTime;

use super::fired::{
    FINALIZED, PUBLISHED, WRITTEN, bucket, deployed, event, filter, finalized, of, put,
};
use super::on_time::{enqueue, name, of_queue, of_schedule};
use super::pushed::{described, printed, publish, trigger};
use crate::languages::{golang, java, nodejs};
use crate::support::rest::{client, send};
use crate::support::{Cloud, spec, uuid};

/// Time until the tick of a schedule, which no test waits for: longer than a deployment takes.
const UNTIL_THE_TICK: Duration = Duration::from_secs(30 * 60);

/// A source with two functions: one takes events, and prints `got TYPE DATA`; the other one takes
/// HTTP requests, and prints `got METHOD PATH BODY`. Each prints one line for each call.
struct Language {
    runtime: &'static str,
    files: &'static [(&'static str, &'static str)],
    /// Files of an example, which declare the dependencies.
    of_example: &'static [&'static str],
    takes_events: &'static str,
    takes_requests: &'static str,
}

/// Each line is one write: several requests at once share the output.
const PYTHON: Language = Language {
    runtime: "python3",
    files: &[(
        "main.py",
        r#"import json


def event(event):
    print(f'got {event["type"]} {json.dumps(event.data)}\n', end='', flush=True)


def request(request):
    print(f"got {request.method} {request.path} {request.get_data(as_text=True)}\n", end="", flush=True)
    return "ok"
"#,
    )],
    of_example: &[],
    takes_events: "event",
    takes_requests: "request",
};

const NODE_JS: Language = Language {
    runtime: "nodejs",
    files: &[(
        "index.js",
        r"const functions = require('@google-cloud/functions-framework');

functions.cloudEvent('event', (event) => {
  console.log(`got ${event.type} ${JSON.stringify(event.data)}`);
});

functions.http('request', (request, response) => {
  console.log(`got ${request.method} ${request.path} ${request.rawBody ?? ''}`);
  response.send('ok');
});
",
    )],
    of_example: &["nodejs-http/package.json", "nodejs-http/package-lock.json"],
    takes_events: "event",
    takes_requests: "request",
};

const GO: Language = Language {
    runtime: "go",
    files: &[(
        "called.go",
        r#"package hello

import (
	"context"
	"fmt"
	"io"
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"
	"github.com/cloudevents/sdk-go/v2/event"
)

func init() {
	functions.CloudEvent("Event", func(_ context.Context, e event.Event) error {
		fmt.Printf("got %s %s\n", e.Type(), e.Data())
		return nil
	})
	functions.HTTP("Request", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		fmt.Printf("got %s %s %s\n", r.Method, r.URL.Path, body)
	})
}
"#,
    )],
    of_example: &["go-http/go.mod", "go-http/go.sum"],
    takes_events: "Event",
    takes_requests: "Request",
};

const JAVA: Language = Language {
    runtime: "java",
    files: &[
        (
            "src/main/java/called/Event.java",
            r#"package called;

import com.google.cloud.functions.CloudEventsFunction;
import io.cloudevents.CloudEvent;
import java.nio.charset.StandardCharsets;

public class Event implements CloudEventsFunction {
  @Override
  public void accept(CloudEvent event) {
    String data = new String(event.getData().toBytes(), StandardCharsets.UTF_8);
    System.out.println("got " + event.getType() + " " + data.replace("\n", ""));
  }
}
"#,
        ),
        (
            "src/main/java/called/Request.java",
            r#"package called;

import com.google.cloud.functions.HttpFunction;
import com.google.cloud.functions.HttpRequest;
import com.google.cloud.functions.HttpResponse;
import java.io.IOException;
import java.util.stream.Collectors;

public class Request implements HttpFunction {
  @Override
  public void service(HttpRequest request, HttpResponse response) throws IOException {
    String body = request.getReader().lines().collect(Collectors.joining());
    System.out.println("got " + request.getMethod() + " " + request.getPath() + " " + body);
  }
}
"#,
        ),
    ],
    of_example: &["java-http/pom.xml"],
    takes_events: "called.Event",
    takes_requests: "called.Request",
};

impl Language {
    fn write(&self, directory: &Path) {
        for (file, content) in self.files {
            let path = directory.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
        for file in self.of_example {
            let name = Path::new(file).file_name().unwrap();
            fs::copy(examples.join(file), directory.join(name)).unwrap();
        }
    }
}

/// What one flavour deploys, and what has to be in the logs of its two functions.
struct Case {
    flavour: proto::Flavour,
    /// Part of all names, so that no event is that of another case.
    id: &'static str,
    events: String,
    requests: String,
}

const FLAVOURS: [(proto::Flavour, &str); 2] =
    [(proto::Flavour::Run, "run"), (proto::Flavour::Functions, "functions")];

async fn every_event_reaches(language: &Language) {
    let cloud = Cloud::start().await;
    let _fleet = cloud.fleet();
    let (project, region) = (cloud.settings.project.clone(), cloud.settings.region.clone());
    let directory = cloud.folder().join(uuid());
    language.write(&directory);
    let staged = cloud.stage(&directory).await;
    let tick = OffsetDateTime::now_utc() + UNTIL_THE_TICK;
    let schedule = format!("{} {} * * *", tick.minute(), tick.hour());

    let cases = FLAVOURS.map(|(flavour, id)| Case {
        flavour,
        id,
        events: format!("events-{id}"),
        requests: format!("requests-{id}"),
    });
    for case in &cases {
        bucket(&cloud, &format!("pictures-{}", case.id), &region).await;
        let topic = format!("projects/{project}/topics/orders-{}", case.id);
        cloud.clients.bus.ensure_topic(&topic, "").await.unwrap();
    }
    let wanted = cases.each_ref().map(|case| {
        let private = |name: &str, entry_point: &str, signature: proto::Signature| {
            let mut wanted = spec(name, staged.clone());
            wanted.runtime = language.runtime.to_owned();
            wanted.entry_point = entry_point.to_owned();
            wanted.signature = signature.into();
            wanted.flavour = case.flavour.into();
            wanted.service = None;
            wanted
        };
        let mut events = private(&case.events, language.takes_events, proto::Signature::CloudEvent);
        let topic = format!("orders-{}", case.id);
        events.triggers = vec![
            of(proto::EventTrigger { topic: topic.clone(), ..event(PUBLISHED, vec![]) }),
            of(finalized(&format!("pictures-{}", case.id))),
            of(event(
                WRITTEN,
                vec![
                    filter("serviceName", "pubsub.googleapis.com", ""),
                    filter("methodName", "google.pubsub.v1.Publisher.CreateTopic", ""),
                    filter(
                        "resourceName",
                        &format!("projects/*/topics/seen-{}", case.id),
                        "match-path-pattern",
                    ),
                ],
            )),
        ];
        let mut requests = private(&case.requests, language.takes_requests, proto::Signature::Http);
        requests.triggers = vec![
            trigger(&topic, ""),
            of_schedule(proto::ScheduleTrigger {
                schedule: schedule.clone(),
                path: "/tick".to_owned(),
                body: b"a minute has passed".to_vec(),
                ..proto::ScheduleTrigger::default()
            }),
            of_queue(proto::QueueTrigger::default()),
        ];
        [events, requests]
    });
    futures::future::join_all(wanted.iter().flatten().map(|one| deployed(&cloud, one))).await;

    for case in &cases {
        put(&cloud, &format!("pictures-{}", case.id), "cat.png").await;
        let topic = format!("projects/{project}/topics/orders-{}", case.id);
        publish(&cloud, &topic, "an order", "new").await;
        for name in ["unseen", "seen"] {
            let topic = format!("projects/{project}/topics/{name}-{}", case.id);
            cloud.clients.bus.ensure_topic(&topic, "").await.unwrap();
        }
        let triggers = described(&cloud, &case.requests);
        let queue = triggers.iter().find(|one| one["kind"] == "queue").unwrap();
        enqueue(&cloud, name(queue), "YSB0YXNr").await;
    }
    advance_clock(&cloud, UNTIL_THE_TICK + Duration::from_secs(60)).await;

    for case in &cases {
        let (object, seen) = (format!("pictures-{}", case.id), format!("topics/seen-{}", case.id));
        let of_events: [&[&str]; 3] = [
            &[FINALIZED, &object, "cat.png"],
            // The data of a message is base64: `an order`.
            &[PUBLISHED, "YW4gb3JkZXI="],
            &[WRITTEN, "google.pubsub.v1.Publisher.CreateTopic", &seen],
        ];
        shows_exactly(&cloud, &case.events, &of_events).await;
        let of_requests: [&[&str]; 3] = [
            &["POST / ", "YW4gb3JkZXI=", "new"],
            &["POST /tick a minute has passed"],
            &["POST /tasks a task"],
        ];
        shows_exactly(&cloud, &case.requests, &of_requests).await;
    }
}

/// Waits until a function has printed each of these, and checks that it has printed nothing else.
/// The same event may come twice.
async fn shows_exactly(cloud: &Cloud, function: &str, expected: &[&[&str]]) {
    for parts in expected {
        printed(cloud, function, parts).await;
    }
    let (project, region) = (&cloud.settings.project, &cloud.settings.region);
    let lines = cloud.clients.logs.service_tail(project, region, function, None, 1_000).await;
    let got: BTreeSet<String> =
        lines.unwrap().into_iter().map(|line| line.text).filter(|text| is_got(text)).collect();
    let is_expected =
        |text: &String| expected.iter().any(|parts| parts.iter().all(|part| text.contains(part)));
    assert!(got.iter().all(is_expected) && got.len() == expected.len(), "{function}: {got:#?}");
}

fn is_got(text: &str) -> bool {
    text.starts_with("got ")
}

/// Moves the clock of Cloud Scheduler.
pub(super) async fn advance_clock(cloud: &Cloud, by: Duration) {
    let endpoint = &cloud.environment["LONGSHORE_SCHEDULER_ENDPOINT"];
    let url = format!("{endpoint}/longshore/v1/clock:advance");
    let advance = json!({ "seconds": by.as_secs() });
    let advanced = send(client().request(Method::POST, url).json(&advance)).await;
    assert!(advanced["now"].is_string(), "{advanced}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_python_function_gets_exactly_the_events_of_every_kind_of_trigger() {
    every_event_reaches(&PYTHON).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_js_function_gets_exactly_the_events_of_every_kind_of_trigger() {
    if nodejs::is_here().await {
        every_event_reaches(&NODE_JS).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_go_function_gets_exactly_the_events_of_every_kind_of_trigger() {
    if golang::is_here().await {
        every_event_reaches(&GO).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_java_function_gets_exactly_the_events_of_every_kind_of_trigger() {
    if java::is_here().await {
        every_event_reaches(&JAVA).await;
    }
}
