//! Version 1 of Cloud Run's API over REST, as `gcloud run` asks before it deploys.

use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};

use crate::clients::{create_repository_under, local_cloud, push_image};

/// With the region in the host, as gcloud writes it.
const HOST: &str = "europe-west1-run.localhost";
const SERVICES: &str = "apis/serving.knative.dev/v1/namespaces/local-project/services";

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_changes_nothing_and_refuses_what_the_write_would_refuse() {
    let dir = tempfile::tempdir().unwrap();
    let cloud = local_cloud(dir.path()).await;
    let run = cloud.endpoints().run;
    let client = Client::builder().no_proxy().resolve(HOST, run).build().unwrap();
    let call = async |method: Method, path: &str, body: Option<&Value>| -> (StatusCode, Value) {
        let url = format!("http://{HOST}:{}/{SERVICES}{path}", run.port());
        let mut request = client.request(method, url);
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await.unwrap();
        (response.status(), response.json().await.unwrap())
    };
    create_repository_under(&cloud.endpoints(), "functions", "").await;
    let image = push_image(&cloud.endpoints(), "functions", "hello").await;
    let mut service = json!({
        "apiVersion": "serving.knative.dev/v1",
        "kind": "Service",
        "metadata": {"name": "hello", "namespace": "local-project"},
        "spec": {"template": {"spec": {"containers": [{"image": image}]}}},
    });

    let (status, planned) = call(Method::POST, "?dryRun=all", Some(&service)).await;
    assert_eq!((status, &planned["metadata"]["name"]), (StatusCode::OK, &json!("hello")));
    assert_eq!(call(Method::GET, "/hello", None).await.0, StatusCode::NOT_FOUND);

    let (status, created) = call(Method::POST, "", Some(&service)).await;
    assert_eq!(status, StatusCode::OK, "{created}");
    let before = call(Method::GET, "/hello", None).await.1["metadata"]["generation"].clone();
    service["spec"]["template"]["spec"]["containerConcurrency"] = json!(7);
    let (status, planned) = call(Method::PUT, "/hello?dryRun=all", Some(&service)).await;
    assert_eq!(status, StatusCode::OK, "{planned}");
    assert_eq!(planned["spec"]["template"]["spec"]["containerConcurrency"], 7);
    let found = call(Method::GET, "/hello", None).await.1;
    assert_eq!(found["metadata"]["generation"], before);
    assert_ne!(found["spec"]["template"]["spec"]["containerConcurrency"], 7);

    service["spec"]["template"]["spec"]["timeoutSeconds"] = json!(1_000_000);
    for path in ["/hello?dryRun=all", "/hello", "/hello?dryRun=some"] {
        let (status, refused) = call(Method::PUT, path, Some(&service)).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{path}: {refused}");
    }
    cloud.stop().await;
}
