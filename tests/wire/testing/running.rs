//! Reset and restore of what runs: services with instances, builds, and functions that are being
//! deployed.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::{Caller, LOCATION};
use crate::clients::{create_repository_under, local_cloud, push_image};
use crate::functions::python;

const PARENT: &str = "projects/local-project/locations/europe-west1";
const LIMIT: Duration = Duration::from_secs(120);

/// Waits until the service has a URL that answers.
async fn answer(caller: &Caller) -> String {
    let service = format!("v2/{PARENT}/services/hello");
    let answered = async {
        loop {
            let read = caller.get(caller.endpoints.run, &service).await;
            if read["terminalCondition"]["state"] == "CONDITION_SUCCEEDED" {
                let url = read["uri"].as_str().unwrap().to_owned();
                let response = caller.client.get(url).send().await.unwrap();
                if response.status() == 200 {
                    return response.text().await.unwrap();
                }
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(LIMIT, answered).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_ends_with_a_reset_and_answers_again_after_a_restore() {
    let dir = tempfile::tempdir().unwrap();
    let cloud = local_cloud(dir.path()).await;
    let caller = Caller::of(&cloud);
    create_repository_under(&caller.endpoints, "functions", "").await;
    let image = push_image(&caller.endpoints, "functions", "hello").await;
    let service = json!({
        "invokerIamDisabled": true,
        "template": {"containers": [{"image": image, "env": [{"name": "VERSION", "value": "1"}]}]},
    });
    let run = caller.endpoints.run;
    caller.post(run, &format!("v2/{PARENT}/services?serviceId=hello"), service).await;
    assert_eq!(answer(&caller).await, "1");
    caller.testing("snapshots", json!({"name": "one"})).await;

    caller.testing("cloud:reset", json!({"project": "local-project"})).await;
    let path = format!("v2/{PARENT}/services/hello");
    assert_eq!(caller.call(Method::GET, run, &path, &Value::Null).await.0, 404);
    let logs = json!({"resourceNames": ["projects/local-project"], "filter": ""});
    let logs = caller.post(caller.endpoints.logging, "v2/entries:list", logs).await;
    assert!(logs.get("entries").is_none_or(|entries| entries == &json!([])), "{logs:#}");

    caller.testing("snapshots/one:restore", json!({})).await;
    assert_eq!(answer(&caller).await, "1");
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_ends_a_deployment_that_is_under_way() {
    let dir = tempfile::tempdir().unwrap();
    let cloud = local_cloud(dir.path()).await;
    let caller = Caller::of(&cloud);
    let at = caller.endpoints;
    let bucket = json!({"name": "sources-of-a-test"});
    caller.post(at.storage, "storage/v1/b?project=local-project", bucket).await;
    let upload = "upload/storage/v1/b/sources-of-a-test/o?uploadType=media&name=s.zip";
    let upload = caller.client.post(format!("http://{}/{upload}", at.storage)).body(python("one"));
    assert_eq!(upload.send().await.unwrap().status(), 200);
    let function = json!({
        "buildConfig": {
            "runtime": "python313", "entryPoint": "hello",
            "source": {"storageSource": {"bucket": "sources-of-a-test", "object": "s.zip"}},
        },
    });
    let create = format!("v2/{PARENT}/functions?functionId=f");
    caller.post(at.functions, &create, function).await;
    let builds = format!("v1/{PARENT}/builds");
    let building = async {
        while caller.get(at.build, &builds).await["builds"].as_array().is_none_or(Vec::is_empty) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(LIMIT, building).await.unwrap();

    caller.testing("cloud:reset", json!({})).await;
    for (address, path, field) in [
        (at.functions, format!("v2/{PARENT}/functions"), "functions"),
        (at.functions, format!("v2/{PARENT}/operations"), "operations"),
        (at.run, format!("v2/{PARENT}/services"), "services"),
        (at.eventarc, format!("v1/{PARENT}/triggers"), "triggers"),
        (at.build, builds, "builds"),
        (
            at.artifact_registry,
            format!("v1/projects/local-project/{LOCATION}/repositories"),
            "repositories",
        ),
        (at.storage, "storage/v1/b?project=local-project".to_owned(), "items"),
    ] {
        let listed = caller.get(address, &path).await;
        let is_empty = listed[field].as_array().is_none_or(Vec::is_empty);
        assert!(is_empty, "{path}: {listed:#}");
    }
    cloud.stop().await;
}
