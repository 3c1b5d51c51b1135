//! Cloud Logging.

use super::{local_cloud, run_python};

#[tokio::test(flavor = "multi_thread")]
async fn googles_python_library_and_its_handler_find_cloud_logging_as_documented() {
    let dir = tempfile::tempdir().unwrap();
    let cloud = local_cloud(dir.path()).await;
    run_python("logging_test.py", &[("LOGGING", cloud.endpoints().logging.to_string())]).await;
    cloud.stop().await;
}
