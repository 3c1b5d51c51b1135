//! Cloud Functions, with a real build and a real process behind it.

use std::path::Path;

use longshore_local_cloud::Endpoints;

use super::{local_cloud, run_node, run_python};
use crate::functions::example;

/// The APIs, and an archive of a source.
fn environment(endpoints: &Endpoints, archive: &Path) -> [(&'static str, String); 3] {
    [
        ("FUNCTIONS", endpoints.functions.to_string()),
        ("RUN", endpoints.run.to_string()),
        ("SOURCE", archive.display().to_string()),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn googles_node_library_finds_cloud_functions_as_documented() {
    let dir = tempfile::tempdir().unwrap();
    let archive = dir.path().join("source.zip");
    std::fs::write(&archive, example("python-http")).unwrap();
    let cloud = local_cloud(&dir.path().join("cloud")).await;
    run_node("functions.test.js", &environment(&cloud.endpoints(), &archive)).await;
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn googles_python_library_finds_cloud_functions_as_documented() {
    let dir = tempfile::tempdir().unwrap();
    let archive = dir.path().join("source.zip");
    std::fs::write(&archive, example("python-http")).unwrap();
    let cloud = local_cloud(&dir.path().join("cloud")).await;
    run_python("functions_test.py", &environment(&cloud.endpoints(), &archive)).await;
    cloud.stop().await;
}
