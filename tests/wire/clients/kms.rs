//! Cloud KMS.

use super::{local_cloud, run_node, run_python};

#[tokio::test(flavor = "multi_thread")]
async fn googles_python_library_finds_cloud_kms_as_documented() {
    let dir = tempfile::tempdir().unwrap();
    let cloud = local_cloud(dir.path()).await;
    run_python("kms_test.py", &[("KMS", cloud.endpoints().kms.to_string())]).await;
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn googles_node_library_finds_cloud_kms_as_documented() {
    let dir = tempfile::tempdir().unwrap();
    let cloud = local_cloud(dir.path()).await;
    run_node("kms.test.js", &[("KMS", cloud.endpoints().kms.to_string())]).await;
    cloud.stop().await;
}
