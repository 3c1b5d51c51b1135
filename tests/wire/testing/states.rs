//! Reset, snapshot and restore of what needs no processes.

use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;
use serde_json::{Value, json};

use super::{Caller, FILLED, LOCATION};
use crate::clients::local_cloud;

const ALL: [&str; 13] = [
    "pubsub",
    "kms",
    "storage",
    "registry",
    "secrets",
    "projects",
    "build",
    "run",
    "logging",
    "eventarc",
    "functions",
    "scheduler",
    "tasks",
];

/// Resources in ten projects.
const PROJECTS: usize = 10;

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_removes_everything_for_good() {
    let dir = tempfile::tempdir().unwrap();
    let cloud = local_cloud(dir.path()).await;
    let caller = Caller::of(&cloud);
    for number in 0..PROJECTS {
        caller.fill(&format!("project-{number}")).await;
    }
    let begun = Instant::now();
    let reset = caller.testing("cloud:reset", json!({})).await;
    let took = begun.elapsed();
    println!("a reset of {} resources took {took:?}", PROJECTS * FILLED);
    assert_eq!(reset["services"], json!(ALL));
    cloud.stop().await;
    let cloud = local_cloud(dir.path()).await;
    let caller = Caller::of(&cloud);
    for number in 0..PROJECTS {
        assert_eq!(caller.count(&format!("project-{number}")).await, 0, "{number}");
    }
    // Nothing is left behind that would be in the way.
    caller.fill("project-0").await;
    caller.assert_contents("project-0").await;
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_is_restored_with_all_contents_and_survives_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let cloud = local_cloud(dir.path()).await;
    let caller = Caller::of(&cloud);
    caller.fill("p").await;
    let key = format!("v1/projects/p/{LOCATION}/keyRings/r/cryptoKeys/k");
    let plaintext = json!({"plaintext": STANDARD.encode("secret")});
    let sealed = caller.post(caller.endpoints.kms, &format!("{key}:encrypt"), plaintext).await;
    let saved = caller.testing("snapshots", json!({"name": "base"})).await;
    assert_eq!(saved["services"], json!(ALL));

    // Everything changes, and the secret's value is destroyed.
    let destroy = "v1/projects/p/secrets/s/versions/1:destroy";
    caller.post(caller.endpoints.secrets, destroy, json!({})).await;
    let upload = "upload/storage/v1/b/bucket-of-p/o?uploadType=media&name=o";
    caller.post(caller.endpoints.storage, upload, json!("another")).await;
    caller.publish("p", "another").await;
    caller.fill("q").await;

    caller.testing("snapshots/base:restore", json!({})).await;
    assert_eq!((caller.count("p").await, caller.count("q").await), (FILLED, 0));
    caller.assert_contents("p").await;
    cloud.stop().await;

    let cloud = local_cloud(dir.path()).await;
    let caller = Caller::of(&cloud);
    caller.testing("cloud:reset", json!({})).await;
    assert_eq!(caller.count("p").await, 0);
    // Only two of the services.
    let two = json!({"services": ["secrets", "kms"]});
    caller.testing("snapshots/base:restore", two).await;
    assert_eq!(caller.count("p").await, 2);
    caller.testing("snapshots/base:restore", json!({})).await;
    assert_eq!(caller.count("p").await, FILLED);
    caller.assert_contents("p").await;
    let ciphertext = json!({"ciphertext": sealed["ciphertext"]});
    let opened = caller.post(caller.endpoints.kms, &format!("{key}:decrypt"), ciphertext).await;
    assert_eq!(opened["plaintext"], STANDARD.encode("secret"));
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_of_one_service_leaves_the_others() {
    let dir = tempfile::tempdir().unwrap();
    let cloud = local_cloud(dir.path()).await;
    let caller = Caller::of(&cloud);
    caller.fill("p").await;
    caller.fill("q").await;
    let reset = json!({"services": ["pubsub"], "project": "p"});
    caller.testing("cloud:reset", reset).await;
    assert_eq!((caller.count("p").await, caller.count("q").await), (FILLED - 2, FILLED));
    caller.testing("cloud:reset", json!({"services": ["tasks", "secrets"]})).await;
    assert_eq!((caller.count("p").await, caller.count("q").await), (FILLED - 4, FILLED - 2));
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_moves_the_clock_back() {
    let dir = tempfile::tempdir().unwrap();
    let cloud = local_cloud(dir.path()).await;
    let caller = Caller::of(&cloud);
    let testing = caller.endpoints.testing;
    let before = caller.get(testing, "longshore/v1/clock").await;
    let ahead = caller.testing("clock:advance", json!({"seconds": 100_000_000})).await;
    assert!(ahead["now"].as_str() > before["now"].as_str());
    assert!(
        caller.get(testing, "longshore/v1/clock").await["now"].as_str() >= ahead["now"].as_str()
    );
    caller.testing("cloud:reset", json!({})).await;
    assert!(
        caller.get(testing, "longshore/v1/clock").await["now"].as_str() < ahead["now"].as_str()
    );
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_done_is_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let cloud = local_cloud(dir.path()).await;
    let caller = Caller::of(&cloud);
    caller.testing("snapshots", json!({"name": "base", "services": ["pubsub"]})).await;
    for (method, path, body, status, expected) in [
        (Method::POST, "cloud:reset", json!({"services": ["firebase"]}), 400, "firebase"),
        (Method::POST, "cloud:reset", json!({"projects": ["p"]}), 400, "projects"),
        (Method::POST, "cloud:reset?project=p", json!({}), 400, "project"),
        (Method::POST, "snapshots", json!({"name": "base"}), 409, "base"),
        (Method::POST, "snapshots", json!({"name": "../base"}), 400, "../base"),
        (Method::POST, "snapshots/other:restore", json!({}), 404, "other"),
        (Method::POST, "snapshots/base:restore", json!({"services": ["kms"]}), 400, "kms"),
        (Method::DELETE, "snapshots/other", Value::Null, 404, "other"),
        (
            Method::POST,
            "faults",
            json!({"method": "nothing.Get", "status": "UNKNOWN"}),
            404,
            "nothing",
        ),
        (Method::POST, "faults", json!({"method": "a", "status": "BROKEN"}), 400, "UNAVAILABLE"),
        (Method::POST, "faults", json!({"method": "a"}), 400, "delaySeconds"),
        (Method::POST, "faults", json!({"method": "a", "delaySeconds": -1}), 400, "delaySeconds"),
        (
            Method::POST,
            "faults",
            json!({"method": "a", "delaySeconds": 1, "when": "after"}),
            400,
            "when",
        ),
        (Method::DELETE, "faults/7", Value::Null, 404, "fault"),
        (Method::GET, "requests?methods=a", Value::Null, 400, "methods"),
        (Method::POST, "requests", json!({}), 501, "requests"),
    ] {
        let path = format!("longshore/v1/{path}");
        let (code, refused) = caller.call(method, caller.endpoints.testing, &path, &body).await;
        let message = refused["error"]["message"].as_str().unwrap_or_default();
        assert!(code == status && message.contains(expected), "{path} {body}: {code} {refused:#}");
    }
    cloud.stop().await;
}
