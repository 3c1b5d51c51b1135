//! `gcloud run`, which speaks version 1 of Cloud Run's API to a host in each region.

use super::Shell;
use crate::clients::{create_repository_under, push_image};

#[tokio::test(flavor = "multi_thread")]
async fn gcloud_deploys_lists_describes_splits_and_deletes_a_service() {
    let Some(shell) = Shell::start().await else { return };
    create_repository_under(&shell.endpoints(), "functions", "").await;
    let image = push_image(&shell.endpoints(), "functions", "hello").await;
    let deploy = format!("run deploy hello --image={image} --allow-unauthenticated");
    shell.gcloud(&format!("{deploy} --set-env-vars=VERSION=1 --memory=256Mi")).await;

    let url = shell.gcloud("run services describe hello --format=value(status.url)").await;
    let answer = async |url: &str| reqwest::get(url).await.unwrap().text().await.unwrap();
    assert_eq!(answer(&url).await, "1");
    let listed = shell.gcloud("run services list --format=value(metadata.name,status.url)").await;
    assert_eq!(listed, format!("hello\t{url}"));
    let first = "run revisions list --service=hello --format=value(metadata.name)";
    let first = shell.gcloud(first).await;

    // Without a change, only the new variable makes a revision, and traffic stays where it is.
    shell.gcloud(&format!("{deploy} --set-env-vars=VERSION=2 --no-traffic --tag=next")).await;
    assert_eq!(answer(&url).await, "1");
    shell.gcloud("run services update-traffic hello --to-latest").await;
    assert_eq!(answer(&url).await, "2");
    shell.gcloud(&format!("run services update-traffic hello --to-revisions={first}=100")).await;
    assert_eq!(answer(&url).await, "1");
    let shown = shell.gcloud("run services describe hello").await;
    assert!(shown.contains("hello") && shown.contains(&first), "{shown}");

    shell.gcloud("run services delete hello").await;
    assert_eq!(shell.gcloud("run services list --format=value(metadata.name)").await, "");
    let missing = shell.fails("run services describe hello").await;
    assert!(missing.contains("hello"), "{missing}");
}

#[tokio::test(flavor = "multi_thread")]
async fn gcloud_reports_an_image_that_does_not_exist() {
    let Some(shell) = Shell::start().await else { return };
    let image = "europe-west1-docker.pkg.dev/local-project/functions/none:v1";
    let failed = shell.fails(&format!("run deploy hello --image={image}")).await;
    assert!(failed.contains("is not ready and cannot serve traffic"), "{failed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn gcloud_builds_a_function_from_its_source_and_serves_it() {
    let Some(shell) = Shell::start().await else { return };
    let source = shell.file("source");
    std::fs::create_dir(&source).unwrap();
    let main = "def hello(request):\n    return 'from source'\n";
    std::fs::write(source.join("main.py"), main).unwrap();
    std::fs::write(source.join("requirements.txt"), "functions-framework\n").unwrap();
    let deploy = "run deploy built --source=source --function=hello --base-image=python313 \
                  --allow-unauthenticated";
    shell.gcloud(deploy).await;
    let url = shell.gcloud("run services describe built --format=value(status.url)").await;
    let answer = async |url: &str| reqwest::get(url).await.unwrap().text().await.unwrap();
    assert_eq!(answer(&url).await, "from source");

    let buckets = shell.gcloud("storage ls").await;
    assert!(buckets.contains("gs://run-sources-local-project-europe-west1/"), "{buckets}");
    let objects =
        shell.gcloud("storage ls --recursive gs://run-sources-local-project-europe-west1");
    assert!(objects.await.contains("/services/built/"));
    let images = "artifacts docker images list \
                  europe-west1-docker.pkg.dev/local-project/cloud-run-source-deploy \
                  --format=value(IMAGE)";
    assert!(shell.gcloud(images).await.ends_with("/cloud-run-source-deploy/built"));
    shell.gcloud("run services delete built").await;
}
