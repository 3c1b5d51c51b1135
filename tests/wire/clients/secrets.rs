//! Secret Manager.

use super::{local_cloud, run_node, run_python};

#[tokio::test(flavor = "multi_thread")]
async fn googles_python_library_finds_secret_manager_over_both_transports() {
    let dir = tempfile::tempdir().unwrap();
    for transport in ["grpc", "rest"] {
        let cloud = local_cloud(&dir.path().join(transport)).await;
        let secrets = cloud.endpoints().secrets.to_string();
        let environment = [("SECRETS", secrets), ("TRANSPORT", transport.to_owned())];
        run_python("secrets_test.py", &environment).await;
        cloud.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn googles_node_library_finds_secret_manager_over_grpc() {
    let dir = tempfile::tempdir().unwrap();
    let cloud = local_cloud(dir.path()).await;
    run_node("secrets.test.js", &[("SECRETS", cloud.endpoints().secrets.to_string())]).await;
    cloud.stop().await;
}
