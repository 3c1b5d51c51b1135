//! IAM, Resource Manager, Service Usage and Cloud Logging.

use super::{local_cloud, run_python};

#[tokio::test(flavor = "multi_thread")]
async fn googles_python_libraries_find_the_apis_around_a_project_over_both_transports() {
    let dir = tempfile::tempdir().unwrap();
    for transport in ["grpc", "rest"] {
        let cloud = local_cloud(&dir.path().join(transport)).await;
        let endpoints = cloud.endpoints();
        let environment = [
            ("IDENTITY", endpoints.identity.to_string()),
            ("LOGGING", endpoints.logging.to_string()),
            ("PROJECTS", endpoints.projects.to_string()),
            ("TRANSPORT", transport.to_owned()),
        ];
        run_python("admin_test.py", &environment).await;
        cloud.stop().await;
    }
}
