//! Cloud Functions, with a real build and a real process behind it.

use super::{local_cloud, run_python};
use crate::functions::example;

#[tokio::test(flavor = "multi_thread")]
async fn googles_python_library_finds_cloud_functions_as_documented() {
    let dir = tempfile::tempdir().unwrap();
    let archive = dir.path().join("source.zip");
    std::fs::write(&archive, example("python-http")).unwrap();
    let cloud = local_cloud(&dir.path().join("cloud")).await;
    let endpoints = cloud.endpoints();
    let environment = [
        ("FUNCTIONS", endpoints.functions.to_string()),
        ("RUN", endpoints.run.to_string()),
        ("SOURCE", archive.display().to_string()),
    ];
    run_python("functions_test.py", &environment).await;
    cloud.stop().await;
}
