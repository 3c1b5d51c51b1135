//! `gcloud eventarc`, and `gcloud functions deploy` with triggers.

use super::Shell;

const IN: &str = "--location=europe-west1";
const ACCOUNT: &str = "123456789012-compute@developer.gserviceaccount.com";

const SOURCE: &str = r#"
import functions_framework


@functions_framework.cloud_event
def hello(event):
    print("EVENT " + event["type"], flush=True)
"#;

#[tokio::test(flavor = "multi_thread")]
async fn gcloud_deploys_an_event_function_and_lists_its_triggers() {
    let Some(shell) = Shell::start().await else { return };
    let providers =
        shell.gcloud(&format!("eventarc providers list {IN} --format=value(name)")).await;
    assert!(providers.contains("storage.googleapis.com"), "{providers}");
    let described = "eventarc providers describe cloudaudit.googleapis.com --location=europe-west1 \
                     --format=value(eventTypes[].type)";
    assert_eq!(shell.gcloud(described).await, "google.cloud.audit.log.v1.written");

    let source = shell.file("source");
    std::fs::create_dir(&source).unwrap();
    std::fs::write(source.join("main.py"), SOURCE).unwrap();
    std::fs::write(source.join("requirements.txt"), "functions-framework\n").unwrap();
    shell.gcloud("storage buckets create gs://pictures --location=europe-west1").await;
    let deploy = "functions deploy hello --gen2 --region=europe-west1 --runtime=python313 \
                  --source=source --entry-point=hello --trigger-bucket=gs://pictures --retry";
    shell.gcloud(deploy).await;
    let shown = "functions describe hello --region=europe-west1 \
                 --format=value(state,eventTrigger.eventType,eventTrigger.retryPolicy)";
    assert_eq!(
        shell.gcloud(shown).await,
        "ACTIVE\tgoogle.cloud.storage.object.v1.finalized\tRETRY_POLICY_RETRY"
    );
    let invoker = format!("--member=serviceAccount:{ACCOUNT} --role=roles/run.invoker");
    let bind = format!("run services add-iam-policy-binding hello --region=europe-west1 {invoker}");
    shell.gcloud(&bind).await;

    shell.gcloud("pubsub topics create orders").await;
    let create = format!(
        "eventarc triggers create orders {IN} --destination-run-service=hello \
         --event-filters=type=google.cloud.pubsub.topic.v1.messagePublished \
         --transport-topic=orders --service-account={ACCOUNT}"
    );
    shell.gcloud(&create).await;
    let list = format!("eventarc triggers list {IN}");
    let listed = shell.gcloud(&list).await;
    assert!(listed.contains("Cloud Functions: hello"), "{listed}");
    assert!(listed.contains("Cloud Run service: hello"), "{listed}");
    let describe =
        format!("eventarc triggers describe orders {IN} --format=value(transport.pubsub.topic)");
    assert_eq!(shell.gcloud(&describe).await, "projects/local-project/topics/orders");
    let update = format!("eventarc triggers update orders {IN} --destination-run-path=/in");
    shell.gcloud(&update).await;
    let refused = shell
        .fails(&format!(
            "eventarc triggers create far --location=us-east1 --destination-run-service=hello \
             --destination-run-region=europe-west1 --service-account={ACCOUNT} \
             --event-filters=type=google.cloud.storage.object.v1.finalized \
             --event-filters=bucket=pictures"
        ))
        .await;
    assert!(refused.contains("does not match trigger location \"us-east1\""), "{refused}");

    std::fs::write(shell.file("picture.txt"), "hello").unwrap();
    shell.gcloud("storage cp picture.txt gs://pictures/picture.txt").await;
    shell.gcloud("pubsub topics publish orders --message=hello").await;
    let expected = [
        "EVENT google.cloud.pubsub.topic.v1.messagePublished",
        "EVENT google.cloud.storage.object.v1.finalized",
    ];
    let logged = async {
        loop {
            let read =
                "logging read resource.labels.service_name=\"hello\" --format=value(textPayload)";
            let lines = shell.gcloud(read).await;
            if expected.iter().all(|line| lines.contains(line)) {
                return;
            }
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(120), logged).await.unwrap();

    shell.gcloud(&format!("eventarc triggers delete orders {IN}")).await;
    shell.gcloud("functions delete hello --region=europe-west1").await;
    assert_eq!(shell.gcloud(&format!("{list} --format=value(name)")).await, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn gcloud_deploys_a_function_of_a_topic_again_and_cannot_change_the_topic() {
    let Some(shell) = Shell::start().await else { return };
    let source = shell.file("source");
    std::fs::create_dir(&source).unwrap();
    std::fs::write(source.join("main.py"), SOURCE).unwrap();
    std::fs::write(source.join("requirements.txt"), "functions-framework\n").unwrap();
    shell.gcloud("pubsub topics create orders").await;
    shell.gcloud("pubsub topics create returns").await;
    let deploy = "functions deploy hello --gen2 --region=europe-west1 --runtime=python313 \
                  --source=source --entry-point=hello --trigger-topic=";
    let show = "functions describe hello --region=europe-west1 \
                --format=value(eventTrigger.pubsubTopic,eventTrigger.trigger)";
    shell.gcloud(&format!("{deploy}orders")).await;
    let first = shell.gcloud(show).await;
    assert!(first.starts_with("projects/local-project/topics/orders\t"), "{first}");
    shell.gcloud(&format!("{deploy}orders --update-env-vars=A=B")).await;
    assert_eq!(shell.gcloud(show).await, first, "the trigger is the same");
    let refused = shell.fails(&format!("{deploy}returns")).await;
    assert!(refused.contains("pubsub_topic: cannot be changed"), "{refused}");
}
