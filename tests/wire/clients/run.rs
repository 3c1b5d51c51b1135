//! Cloud Run's Admin API v2, and the processes behind it.

use super::fixtures::{create_repository, push_image};
use super::{local_cloud, run_node, run_python};

#[tokio::test(flavor = "multi_thread")]
async fn googles_python_library_finds_cloud_run_over_grpc() {
    python_finds_cloud_run("grpc").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn googles_python_library_finds_cloud_run_over_rest() {
    python_finds_cloud_run("rest").await;
}

async fn python_finds_cloud_run(transport: &str) {
    let dir = tempfile::tempdir().unwrap();
    let cloud = local_cloud(dir.path()).await;
    let endpoints = cloud.endpoints();
    create_repository(&endpoints, "functions").await;
    let image = push_image(&endpoints, "functions", "hello").await;
    let environment =
        [("RUN", endpoints.run.to_string()), ("IMAGE", image), ("TRANSPORT", transport.to_owned())];
    run_python("run_test.py", &environment).await;
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn googles_node_library_finds_cloud_run_as_documented() {
    let dir = tempfile::tempdir().unwrap();
    let cloud = local_cloud(dir.path()).await;
    let endpoints = cloud.endpoints();
    create_repository(&endpoints, "functions").await;
    let image = push_image(&endpoints, "functions", "hello").await;
    run_node("run.test.js", &[("RUN", endpoints.run.to_string()), ("IMAGE", image)]).await;
    cloud.stop().await;
}
