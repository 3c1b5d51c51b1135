//! `gcloud projects` and `gcloud services`, which gcloud asks before it deploys.

use super::Shell;

#[tokio::test(flavor = "multi_thread")]
async fn gcloud_finds_the_project_and_its_apis() {
    let Some(shell) = Shell::start().await else { return };
    let project = "projects describe local-project --format=value(projectId,projectNumber)";
    assert_eq!(shell.gcloud(project).await, "local-project\t123456789012");
    let enabled = shell.gcloud("services list --enabled --format=value(config.name)").await;
    assert!(enabled.lines().any(|name| name == "run.googleapis.com"), "{enabled}");
    shell.gcloud("services enable run.googleapis.com cloudkms.googleapis.com").await;
    let grant = "--member=user:a@example.com --role=roles/viewer --condition=None";
    shell.gcloud(&format!("projects add-iam-policy-binding local-project {grant}")).await;
    let policy = shell.gcloud("projects get-iam-policy local-project --format=json").await;
    assert!(policy.contains("user:a@example.com"), "{policy}");
}
