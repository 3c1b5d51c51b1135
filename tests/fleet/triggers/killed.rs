//! The local cloud dies by SIGKILL between an event and its delivery: what it has acknowledged
//! reaches the function after the next start.

use std::fs;
use std::time::Duration;

use longshore_messages::proto;
use time::OffsetDateTime;

use super::every_kind::advance_clock;
use super::fired::{FINALIZED, bucket, deployed, finalized, of, put};
use super::on_time::{enqueue, name, of_queue, of_schedule};
use super::pushed::{described, printed, publish, run};
use crate::support::{Cloud, spec, uuid};

/// The function that holds its events answers none of them until its instance dies.
const SOURCE: &str = r#"import base64
import json
import threading

holding = threading.Event()


def take(text):
    if "hold from now on" in text:
        holding.set()
        print("it holds", flush=True)
        return
    if holding.is_set():
        print(f"held {text}", flush=True)
        threading.Event().wait()
    print(f"got {text}\n", end="", flush=True)


def event(event):
    take(f'{event["type"]} {json.dumps(event.data)}')


def request(request):
    text = request.get_data(as_text=True)
    if "message" in text:
        text = base64.b64decode(json.loads(text)["message"]["data"]).decode()
    take(f"{request.path} {text}")
    return "ok"
"#;

const UNTIL_THE_TICK: Duration = Duration::from_secs(30 * 60);

async fn survives(flavour: proto::Flavour) {
    let mut cloud = Cloud::start().await;
    let fleet = cloud.fleet();
    let (project, region) = (cloud.settings.project.clone(), cloud.settings.region.clone());
    bucket(&cloud, "pictures", &region).await;
    let orders = format!("projects/{project}/topics/orders");
    cloud.clients.bus.ensure_topic(&orders, "").await.unwrap();
    let directory = cloud.folder().join(uuid());
    fs::create_dir(&directory).unwrap();
    fs::write(directory.join("main.py"), SOURCE).unwrap();
    let staged = cloud.stage(&directory).await;
    let private = |name: &str, signature: proto::Signature| {
        let mut wanted = spec(name, staged.clone());
        name.clone_into(&mut wanted.entry_point);
        wanted.signature = signature.into();
        wanted.flavour = flavour.into();
        // One instance holds all events. The Functions flavour has one request in each otherwise.
        wanted.service = Some(proto::ServiceSettings {
            cpu: "1".to_owned(),
            concurrency: Some(10),
            max_instances: Some(1),
            ..proto::ServiceSettings::default()
        });
        wanted
    };
    let mut event = private("event", proto::Signature::CloudEvent);
    event.triggers = vec![of(finalized("pictures"))];
    let mut request = private("request", proto::Signature::Http);
    let tick = OffsetDateTime::now_utc() + UNTIL_THE_TICK;
    // The lease of a message outlives the cloud.
    let short = proto::TopicTrigger {
        topic: orders.clone(),
        ack_deadline: Some(Duration::from_secs(10).into()),
        ..proto::TopicTrigger::default()
    };
    request.triggers = vec![
        proto::Trigger { kind: Some(proto::trigger::Kind::Topic(short)) },
        of_schedule(proto::ScheduleTrigger {
            schedule: format!("{} {} * * *", tick.minute(), tick.hour()),
            path: "/tick".to_owned(),
            ..proto::ScheduleTrigger::default()
        }),
        of_queue(proto::QueueTrigger::default()),
    ];
    tokio::join!(deployed(&cloud, &event), deployed(&cloud, &request));
    // What has been deployed does not need the fleet.
    drop(fleet);
    let triggers = described(&cloud, "request");
    let queue = name(triggers.iter().find(|one| one["kind"] == "queue").unwrap()).to_owned();

    let hold = r#"{"bucket": "pictures", "name": "hold from now on"}"#;
    let holds = [
        ("event", vec!["call", "event", "--event", FINALIZED, "--data", hold]),
        ("request", vec!["call", "request", "--data", "hold from now on"]),
    ];
    for (function, arguments) in holds {
        let output = run(&cloud, &arguments);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        printed(&cloud, function, &["it holds"]).await;
    }
    put(&cloud, "pictures", "cat.png").await;
    publish(&cloud, &orders, "an order", "new").await;
    enqueue(&cloud, &queue, "YSB0YXNr").await;
    advance_clock(&cloud, UNTIL_THE_TICK + Duration::from_secs(60)).await;
    let expected: [(&str, &[&str]); 4] = [
        ("event", &["cat.png"]),
        ("request", &["/ an order"]),
        ("request", &["/tasks a task"]),
        ("request", &["/tick"]),
    ];
    for (function, parts) in expected {
        printed(&cloud, function, &[&["held"], parts].concat()).await;
    }
    cloud.kill();

    cloud.restart();
    // The clock of the new process is that of the machine.
    advance_clock(&cloud, UNTIL_THE_TICK + Duration::from_secs(60)).await;
    for (function, parts) in expected {
        printed(&cloud, function, &[&["got"], parts].concat()).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_acknowledged_event_of_a_service_is_lost_when_the_cloud_is_killed_before_its_delivery() {
    survives(proto::Flavour::Run).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_acknowledged_event_of_a_function_is_lost_when_the_cloud_is_killed_before_its_delivery()
{
    survives(proto::Flavour::Functions).await;
}
