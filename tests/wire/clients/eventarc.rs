//! Eventarc.

use serde_json::json;

use super::fixtures::{create_repository, push_image};
use super::{local_cloud, run_python};

#[tokio::test(flavor = "multi_thread")]
async fn googles_python_library_finds_eventarc_as_documented() {
    let dir = tempfile::tempdir().unwrap();
    let cloud = local_cloud(dir.path()).await;
    let endpoints = cloud.endpoints();
    create_repository(&endpoints, "functions").await;
    let image = push_image(&endpoints, "functions", "hello").await;
    let parent = "projects/local-project/locations/europe-west1";
    let services = format!("http://{}/v2/{parent}/services?serviceId=hello", endpoints.run);
    let service = json!({"template": {"containers": [{"image": image}]}});
    let client = reqwest::Client::new();
    let created = client.post(services).json(&service).send().await.unwrap();
    assert_eq!(created.status(), 200);
    let environment = [
        ("EVENTARC", endpoints.eventarc.to_string()),
        ("PUBSUB", endpoints.pubsub.to_string()),
        ("STORAGE", endpoints.storage.to_string()),
    ];
    run_python("eventarc_test.py", &environment).await;
    cloud.stop().await;
}
