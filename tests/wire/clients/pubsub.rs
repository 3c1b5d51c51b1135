//! Pub/Sub, by the scripts that real users could have written: they find the local cloud through
//! `PUBSUB_EMULATOR_HOST`.

use super::emulator::Emulator;
use super::{local_cloud, run_java, run_node, run_python};

#[tokio::test(flavor = "multi_thread")]
async fn googles_python_library_finds_pubsub_as_documented() {
    let dir = tempfile::tempdir().unwrap();
    let cloud = local_cloud(dir.path()).await;
    run_python("pubsub_test.py", &[("PUBSUB_EMULATOR_HOST", cloud.endpoints().pubsub.to_string())])
        .await;
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn googles_node_library_finds_pubsub_as_documented() {
    let dir = tempfile::tempdir().unwrap();
    let cloud = local_cloud(dir.path()).await;
    run_node("pubsub.test.js", &[("PUBSUB_EMULATOR_HOST", cloud.endpoints().pubsub.to_string())])
        .await;
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn googles_java_library_uses_pubsub() {
    let dir = tempfile::tempdir().unwrap();
    let cloud = local_cloud(dir.path()).await;
    let host = cloud.endpoints().pubsub.to_string();
    run_java("PubsubTest.java", &[("PUBSUB_EMULATOR_HOST", host)]).await;
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn googles_own_emulator_differs_from_the_local_cloud_only_as_listed() {
    let Some(emulator) = Emulator::start().await else { return };
    let peer = ("LONGSHORE_PEER", "google".to_owned());
    run_python("pubsub_test.py", &[("PUBSUB_EMULATOR_HOST", emulator.address.to_string()), peer])
        .await;
}
