//! Cloud Build, with real builds of a function that needs no package registry.

use super::fixtures::{create_repository, store_source};
use super::{local_cloud, run_node, run_python};

#[tokio::test(flavor = "multi_thread")]
async fn googles_python_library_finds_cloud_build_over_grpc() {
    python_finds_cloud_build("grpc").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn googles_python_library_finds_cloud_build_over_rest() {
    python_finds_cloud_build("rest").await;
}

async fn python_finds_cloud_build(transport: &str) {
    let dir = tempfile::tempdir().unwrap();
    let cloud = local_cloud(dir.path()).await;
    let endpoints = cloud.endpoints();
    create_repository(&endpoints, "functions").await;
    store_source(&endpoints).await;
    let environment = [
        ("BUILD", endpoints.build.to_string()),
        ("STORAGE", endpoints.storage.to_string()),
        ("TRANSPORT", transport.to_owned()),
    ];
    run_python("build_test.py", &environment).await;
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn googles_node_library_finds_cloud_build_as_documented() {
    let dir = tempfile::tempdir().unwrap();
    let cloud = local_cloud(dir.path()).await;
    let endpoints = cloud.endpoints();
    create_repository(&endpoints, "functions").await;
    store_source(&endpoints).await;
    run_node("build.test.js", &[("BUILD", endpoints.build.to_string())]).await;
    cloud.stop().await;
}
