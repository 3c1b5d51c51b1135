//! Rollbacks, with the programs of all workers: a function goes back to what an earlier deployment,
//! or another tool, had made of it.

use serde_json::{Value, json};

use crate::support::rest;
use crate::support::{Cloud, function, longshore, spec};
use longshore_messages::{Outcome, Serving, proto};

const NAME: &str = "back";

/// Runs `longshore rollback`, and returns its exit code, its JSON and its messages.
fn rollback(cloud: &Cloud, arguments: &[&str]) -> (Option<i32>, Value, String) {
    let output = longshore(&cloud.environment)
        .args(["--output", "json", "rollback", NAME])
        .args(arguments)
        .output()
        .unwrap();
    let json = serde_json::from_slice(&output.stdout).unwrap_or_default();
    (output.status.code(), json, String::from_utf8_lossy(&output.stderr).into_owned())
}

async fn serving(cloud: &Cloud, spec: proto::FunctionSpec) -> Serving {
    let id = cloud.request(spec).await;
    match cloud.end_of(id).await.outcome {
        Outcome::Deployed(serving) => serving,
        other => panic!("{other:?}\n{}", cloud.logs()),
    }
}

/// Updates fields of the service, as another tool does, and waits for the operation.
async fn patch(cloud: &Cloud, mask: &str, body: &Value) {
    let endpoint = &cloud.environment["LONGSHORE_RUN_ENDPOINT"];
    let (project, region) = (&cloud.settings.project, &cloud.settings.region);
    let parent = format!("{endpoint}/v2/projects/{project}/locations/{region}");
    let patch = rest::client().patch(format!("{parent}/services/{NAME}?updateMask={mask}"));
    let operation = rest::send(patch.json(body)).await;
    let name = operation["name"].as_str().unwrap().rsplit('/').next().unwrap();
    let wait = rest::client().post(format!("{parent}/operations/{name}:wait"));
    let done = rest::send(wait.json(&json!({ "timeout": "60s" }))).await;
    assert!(done["done"] == true && done.get("error").is_none(), "{done}");
}

fn pinned(revision: &str) -> Value {
    let kind = "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION";
    json!({ "traffic": [{ "type": kind, "revision": revision, "percent": 100 }] })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rollback_restores_the_image_the_settings_and_the_traffic_without_a_build() {
    let cloud = Cloud::start().await;
    let _fleet = cloud.fleet();
    let old = cloud.stage(&function(cloud.folder(), "old")).await;
    let new = cloud.stage(&function(cloud.folder(), "new")).await;
    let first = serving(&cloud, spec(NAME, old.clone())).await;
    let mut changed = spec(NAME, new);
    // The first request left this to Cloud Run, so only its revision says what it was.
    changed.service.get_or_insert_default().memory = "1Gi".into();
    let second = serving(&cloud, changed).await;
    patch(&cloud, "traffic", &pinned(&second.revision)).await;
    let builds = cloud.builds().await;

    let (code, json, said) = rollback(&cloud, &["--reason", "errors", "--by", "ada"]);
    assert_eq!(code, Some(0), "{said}\n{}", cloud.logs());
    assert_eq!(
        (&json["outcome"], &json["to"]["revision"]),
        (&"deployed".into(), &first.revision.clone().into())
    );
    assert_eq!(cloud.call(NAME), (true, "old".to_owned()));
    assert_eq!(cloud.builds().await, builds, "a rollback builds nothing");
    let described = longshore(&cloud.environment)
        .args(["--output", "json", "describe", NAME])
        .output()
        .unwrap();
    let described: Value = serde_json::from_slice(&described.stdout).unwrap();
    let action = &described["actions"][0];
    assert_eq!((&action["by"], &action["reason"]), (&"ada".into(), &"errors".into()), "{action}");
    assert_eq!(action["action"], "rollback");
    let service = rest::service(&cloud, &cloud.settings.project, NAME).await.unwrap();
    let container = &service["template"]["containers"][0];
    assert_eq!(container["image"], first.image.as_str());
    assert_eq!(container["resources"]["limits"]["memory"], "512Mi", "{service}");
    let traffic = &service["traffic"][0]["type"];
    assert_eq!(traffic, "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST", "later deployments serve");

    let (code, json, said) = rollback(&cloud, &[]);
    assert_eq!(
        (code, &json["to"]["revision"]),
        (Some(0), &second.revision.clone().into()),
        "{said}"
    );
    assert_eq!(cloud.call(NAME), (true, "new".to_owned()), "the second one undoes the first");
    let (code, json, said) = rollback(&cloud, &["--to", &first.revision]);
    assert_eq!((code, &json["outcome"]), (Some(0), &"deployed".into()), "{said}");
    let (code, _, said) = rollback(&cloud, &["--to", "nothing-like-that"]);
    assert!(code == Some(1) && said.contains("no earlier deployment"), "{code:?} {said}");
    // It is an ordinary deployment for the next one.
    assert_eq!(cloud.call(NAME), (true, "old".to_owned()));
    let newest = cloud.stage(&function(cloud.folder(), "newest")).await;
    serving(&cloud, spec(NAME, newest)).await;
    assert_eq!(cloud.call(NAME), (true, "newest".to_owned()));
}

/// The fleet takes over a service of another tool, and gives it back as it was.
#[tokio::test(flavor = "multi_thread")]
async fn a_rollback_goes_back_to_the_revision_of_another_tool() {
    let cloud = Cloud::start().await;
    let _fleet = cloud.fleet();
    let old = cloud.stage(&function(cloud.folder(), "before")).await;
    let before = serving(&cloud, spec(NAME, old)).await;
    // Without its annotations and its history, the service is one of another tool.
    patch(&cloud, "annotations", &json!({ "annotations": {} })).await;
    let bucket = cloud.ledger.bucket().to_owned();
    for prefix in ["functions/", "ended/"] {
        for meta in cloud.clients.objects.list(&bucket, prefix).await.unwrap() {
            cloud.clients.objects.delete(&bucket, &meta.name).await.unwrap();
        }
    }
    let new = cloud.stage(&function(cloud.folder(), "after")).await;
    serving(&cloud, spec(NAME, new)).await;
    assert_eq!(cloud.call(NAME), (true, "after".to_owned()));
    let (code, json, said) = rollback(&cloud, &[]);
    assert_eq!(code, Some(0), "{said}\n{}", cloud.logs());
    assert_eq!(json["to"]["before"], true);
    assert_eq!(json["to"]["revision"], before.revision);
    assert_eq!(cloud.call(NAME), (true, "before".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rollback_in_the_functions_flavour_says_that_it_needs_a_build() {
    let cloud = Cloud::start().await;
    let _fleet = cloud.fleet();
    for text in ["old", "new"] {
        let source = cloud.stage(&function(cloud.folder(), text)).await;
        let mut asked = spec(NAME, source);
        asked.flavour = proto::Flavour::Functions.into();
        serving(&cloud, asked).await;
    }
    let (code, _, said) = rollback(&cloud, &[]);
    assert!(code == Some(1) && said.contains("--rebuild"), "{code:?} {said}");
    let (code, json, said) = rollback(&cloud, &["--rebuild"]);
    assert_eq!((code, &json["outcome"]), (Some(0), &"deployed".into()), "{said}\n{}", cloud.logs());
    assert_eq!(cloud.call(NAME), (true, "old".to_owned()));
}
