//! Cloud Storage, by the scripts that real users could have written.

use std::fs;

use super::{local_cloud, run_java, run_node, run_python};

#[tokio::test(flavor = "multi_thread")]
async fn googles_python_library_finds_storage_as_documented() {
    let dir = tempfile::tempdir().unwrap();
    let cloud = local_cloud(dir.path()).await;
    let accounts = dir.path().join("storage/service-accounts");
    let environment = [
        ("STORAGE_EMULATOR_HOST", format!("http://{}", cloud.endpoints().storage)),
        ("PUBSUB_EMULATOR_HOST", cloud.endpoints().pubsub.to_string()),
        ("SERVICE_ACCOUNTS", accounts.display().to_string()),
    ];
    run_python("storage_test.py", &environment).await;
    assert!(
        fs::read_dir(dir.path().join("storage/staging")).unwrap().next().is_none(),
        "a content was left behind"
    );
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn googles_node_library_finds_storage_as_documented() {
    let dir = tempfile::tempdir().unwrap();
    let cloud = local_cloud(dir.path()).await;
    let accounts = dir.path().join("storage/service-accounts");
    let environment = [
        ("STORAGE_EMULATOR_HOST", format!("http://{}", cloud.endpoints().storage)),
        ("SERVICE_ACCOUNTS", accounts.display().to_string()),
    ];
    run_node("storage.test.js", &environment).await;
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn googles_java_library_uses_storage() {
    let dir = tempfile::tempdir().unwrap();
    let cloud = local_cloud(dir.path()).await;
    let host = format!("http://{}", cloud.endpoints().storage);
    run_java("StorageTest.java", &[("STORAGE_EMULATOR_HOST", host)]).await;
    cloud.stop().await;
}
