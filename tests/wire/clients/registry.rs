//! Artifact Registry, with images that were pushed before.

use longshore_local_cloud::LocalCloud;

use super::fixtures::{create_repository, push_image};
use super::{local_cloud, run_node, run_python};

#[tokio::test(flavor = "multi_thread")]
async fn googles_python_library_finds_artifact_registry_over_grpc() {
    python_finds_artifact_registry("grpc").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn googles_python_library_finds_artifact_registry_over_rest() {
    python_finds_artifact_registry("rest").await;
}

async fn python_finds_artifact_registry(transport: &str) {
    let dir = tempfile::tempdir().unwrap();
    let cloud = local_cloud(dir.path()).await;
    let [registry] = furnished(&cloud).await;
    run_python("registry_test.py", &[registry, ("TRANSPORT", transport.to_owned())]).await;
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn googles_node_library_finds_artifact_registry_as_documented() {
    let dir = tempfile::tempdir().unwrap();
    let cloud = local_cloud(dir.path()).await;
    run_node("registry.test.js", &furnished(&cloud).await).await;
    cloud.stop().await;
}

/// Makes what the scripts speak of; returns where it is.
async fn furnished(cloud: &LocalCloud) -> [(&'static str, String); 1] {
    let endpoints = cloud.endpoints();
    for (repository, image) in [("functions", "hello"), ("deletions", "one"), ("deletions", "two")]
    {
        if image != "two" {
            create_repository(&endpoints, repository).await;
        }
        push_image(&endpoints, repository, image).await;
    }
    [("ARTIFACT_REGISTRY", endpoints.artifact_registry.to_string())]
}
