//! Cloud Scheduler and Cloud Tasks.

use super::{local_cloud, run_python};

#[tokio::test(flavor = "multi_thread")]
async fn googles_python_library_finds_cloud_scheduler_as_documented() {
    let dir = tempfile::tempdir().unwrap();
    let cloud = local_cloud(dir.path()).await;
    let endpoints = cloud.endpoints();
    let environment = [
        ("SCHEDULER", endpoints.scheduler.to_string()),
        ("PUBSUB_EMULATOR_HOST", endpoints.pubsub.to_string()),
    ];
    run_python("scheduler_test.py", &environment).await;
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn googles_python_library_finds_cloud_tasks_as_documented() {
    let dir = tempfile::tempdir().unwrap();
    let cloud = local_cloud(dir.path()).await;
    run_python("tasks_test.py", &[("TASKS", cloud.endpoints().tasks.to_string())]).await;
    cloud.stop().await;
}
