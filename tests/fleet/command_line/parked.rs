//! What the commands show of a deployment that waits for a parked message, in any stage, and if the
//! message was only counted. No worker runs, so that a deployment stays where the test puts it.

use std::process::{Output, Stdio};

use longshore_ledger::{Admit, Admitted, Cause, MoreParked, Open, Parked, Record, names};
use longshore_messages::{DeploymentId, Event, FunctionRef, Topic, WireMessage};
use serde_json::Value;
use time::OffsetDateTime;

use crate::support::{Cloud, function, longshore};

const HOUR: std::time::Duration = std::time::Duration::from_secs(3_600);

/// Runs a command in the cloud, and waits for its end without stopping the runtime.
async fn run(cloud: &Cloud, arguments: &[&str]) -> Output {
    let mut command = tokio::process::Command::from(longshore(&cloud.environment));
    command.args(arguments).output().await.unwrap()
}

async fn json(cloud: &Cloud, code: i32, arguments: &[&str]) -> Value {
    let output = run(cloud, &[&["--output", "json"], arguments].concat()).await;
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {stderr}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A deployment that these stages have finished.
async fn deployment(cloud: &Cloud, name: &str, stages: &[&str]) -> DeploymentId {
    let (now, id) = (OffsetDateTime::now_utc(), DeploymentId::of("test", name));
    let function = FunctionRef {
        project: cloud.settings.project.clone(),
        region: cloud.settings.region.clone(),
        name: name.to_owned(),
    };
    let deadline_at = now + HOUR;
    let admit = Admit { id, function: &function, now, deadline_at, seed: Some(0) };
    assert!(matches!(cloud.ledger.admit(&admit).await.unwrap(), Admitted::As(_)));
    let open = Open { function, opened_at: now, deadline_at };
    cloud.ledger.write_open(id, &open).await.unwrap();
    for stage in stages {
        let record = Record {
            stage: (*stage).to_owned(),
            input: "test".to_owned(),
            topic: String::new(),
            message: WireMessage::default(),
            published_at: now,
            started_at: now,
            finished_at: now,
            attempt: None,
            waited_ms: 0,
            waited_for: None,
        };
        cloud.ledger.record_stage(id, &record).await.unwrap();
    }
    id
}

/// Parks a message of the deployment.
async fn park(cloud: &Cloud, id: DeploymentId, stage: &str, topic: Topic) {
    park_for(cloud, id, stage, topic, Cause::Failed).await;
}

async fn park_for(cloud: &Cloud, id: DeploymentId, stage: &str, topic: Topic, cause: Cause) {
    let attributes = [("deployment".to_owned(), id.to_string())];
    let message = WireMessage { attributes: attributes.into(), ..WireMessage::default() };
    let subscription = format!("projects/p/subscriptions/longshore.{stage}.{topic}");
    let reason = "the etag changes all the time".to_owned();
    let parked = Parked { stage: stage.to_owned(), subscription, message, reason };
    let now = OffsetDateTime::now_utc();
    cloud.ledger.park(now, &id.to_string(), cause, &parked).await.unwrap();
}

/// Counts a message of the deployment that is not kept.
async fn count(cloud: &Cloud, id: DeploymentId, stage: &str) {
    let more = MoreParked {
        stage: stage.to_owned(),
        count: 1,
        reason: "the head is unreadable".to_owned(),
        sender: String::new(),
        last_at: OffsetDateTime::now_utc(),
        deployments: vec![id],
    };
    cloud.ledger.count_parked(&more, Cause::Failed).await.unwrap();
}

fn state<'a>(listed: &'a Value, key: &str, name: &str, state: &str) -> &'a str {
    let one = listed.as_array().unwrap().iter().find(|one| {
        let named = one[key].as_str().unwrap();
        named == name || named.ends_with(&format!("/{name}"))
    });
    one.unwrap()[state].as_str().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_with_a_parked_message_is_shown_as_parked_in_every_list() {
    let cloud = Cloud::start().await;
    let stages = ["uploader", "build-submitter", "registry-watcher"];
    let last = deployment(&cloud, "last", &stages).await;
    park(&cloud, last, "service-deployer", Topic::ImagePublished).await;
    let retried = deployment(&cloud, "retried", &stages[..2]).await;
    park(&cloud, retried, "build-submitter", Topic::BuildRetryRequested).await;
    // A duplicate of a message for a stage that the deployment has left.
    let passed = deployment(&cloud, "passed", &stages).await;
    park(&cloud, passed, "build-submitter", Topic::SourceUploaded).await;
    // Anyone who may publish to the topic can send it.
    let forged = deployment(&cloud, "forged", &stages).await;
    park_for(&cloud, forged, "service-deployer", Topic::ImagePublished, Cause::Unverified).await;
    let counted = deployment(&cloud, "counted", &[]).await;
    count(&cloud, counted, "uploader").await;
    let expected = [
        ("last", "parked"),
        ("retried", "parked"),
        ("passed", "in service-deployer"),
        ("forged", "in service-deployer"),
        ("counted", "parked"),
    ];
    let statuses = json(&cloud, 0, &["status"]).await;
    let listed = json(&cloud, 0, &["list"]).await;
    for (name, expected) in expected {
        assert_eq!(state(&statuses, "function", name, "state"), expected, "{name}");
        assert_eq!(state(&listed, "name", name, "lastDeployment"), expected, "{name}");
        let described = json(&cloud, 0, &["describe", name]).await;
        assert_eq!(described["deployments"][0]["state"], expected, "{name}");
        let id = DeploymentId::of("test", name).to_string();
        assert_eq!(json(&cloud, 0, &["status", &id]).await["state"], expected, "{name}");
    }
    let status = json(&cloud, 2, &["status", &counted.to_string(), "--follow"]).await;
    assert_eq!(
        (&status["parked"]["stage"], &status["parked"]["id"]),
        (&"uploader".into(), &Value::Null)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_count_of_parked_messages_that_is_damaged_hides_no_other() {
    let cloud = Cloud::start().await;
    let id = DeploymentId::of("test", "counted");
    count(&cloud, id, "uploader").await;
    let (objects, bucket) = (&cloud.clients.objects, cloud.settings.ledger_bucket());
    let name = objects.list(&bucket, names::PARKED_MORE).await.unwrap().remove(0).name;
    let (generation, _) = objects.get(&bucket, &name).await.unwrap().unwrap();
    objects.replace(&bucket, &name, generation, "\u{1b}".into()).await.unwrap();
    count(&cloud, id, "service-deployer").await;

    let listed = json(&cloud, 0, &["parked", "list"]).await;
    let shown = |stage: &str| {
        let of_stage = listed.as_array().unwrap().iter().find(|one| one["stage"] == stage);
        of_stage.unwrap()["reason"].as_str().unwrap().to_owned()
    };
    assert_eq!(shown("uploader"), format!("cannot read ledger entry {name}"));
    assert_eq!(shown("service-deployer"), "the head is unreadable");
    // The next message begins a new count.
    count(&cloud, id, "uploader").await;
    let counted = cloud.ledger.list_more_parked().await.unwrap();
    assert!(counted.iter().all(|more| more.count == 1), "{counted:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deploy_whose_message_was_only_counted_does_not_wait_in_silence() {
    let cloud = Cloud::start().await;
    let mut requests = cloud.listen(Topic::DeployRequested).await;
    let directory = function(cloud.folder(), "hello");
    let mut command = tokio::process::Command::from(longshore(&cloud.environment));
    command.args(["--output", "json", "deploy"]).arg(&directory);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let deploying = command.kill_on_drop(true).spawn().unwrap();
    let event = Event::of(&requests.next().await.attributes).unwrap();
    count(&cloud, DeploymentId::of(&event.source, &event.id), "uploader").await;
    let output = deploying.wait_with_output().await.unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    for part in ["parked by uploader: the head is unreadable", "deploy again"] {
        assert!(stderr.contains(part), "`{part}` is not in {stderr}");
    }
    let deployed: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(deployed[0]["outcome"], "parked", "{deployed}");
}
