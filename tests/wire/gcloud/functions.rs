//! `gcloud functions`, with nothing but the printed environment.

use std::time::Duration;

use super::Shell;

/// Time limit for a line to arrive in the logs. It takes milliseconds.
const LOGS_TIMEOUT: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
async fn gcloud_deploys_a_public_function_without_further_settings() {
    let Some(shell) = Shell::start().await else { return };
    let source = shell.file("source");
    std::fs::create_dir(&source).unwrap();
    let main =
        "def hello(request):\n    print('was called', flush=True)\n    return 'from gcloud'\n";
    std::fs::write(source.join("main.py"), main).unwrap();
    std::fs::write(source.join("requirements.txt"), "functions-framework\n").unwrap();
    let deploy = "functions deploy hello --gen2 --region=europe-west1 --runtime=python313 \
                  --source=source --entry-point=hello --trigger-http --allow-unauthenticated";
    shell.gcloud(deploy).await;
    let shown = "functions describe hello --region=europe-west1 --format=value(state,url)";
    let shown = shell.gcloud(shown).await;
    let (state, url) = shown.split_once('\t').unwrap();
    assert_eq!(state, "ACTIVE");
    assert_eq!(reqwest::get(url).await.unwrap().text().await.unwrap(), "from gcloud");

    let logs = "functions logs read hello --region=europe-west1 --format=value(log)";
    let begun = std::time::Instant::now();
    while !shell.gcloud(logs).await.lines().any(|line| line == "was called") {
        assert!(begun.elapsed() < LOGS_TIMEOUT, "{}", shell.gcloud(logs).await);
    }
    let gen2 = shell.gcloud(&format!("{logs} --gen2 --min-log-level=error")).await;
    assert!(!gen2.contains("was called"), "{gen2}");
    let read = shell
        .gcloud("logging read textPayload:called --format=value(resource.labels.service_name)")
        .await;
    assert_eq!(read.lines().next(), Some("hello"));

    let images = "artifacts docker images list \
                  europe-west1-docker.pkg.dev/local-project/gcf-artifacts --format=value(IMAGE)";
    assert!(shell.gcloud(images).await.ends_with("/local--project__europe--west1__hello"));
    let buckets = shell.gcloud("storage ls").await;
    assert!(buckets.contains("gs://gcf-v2-sources-123456789012-europe-west1/"), "{buckets}");
    shell.gcloud("functions delete hello --region=europe-west1").await;
    assert_eq!(shell.gcloud("functions list --format=value(name)").await, "");
}
