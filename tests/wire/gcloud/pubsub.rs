//! `gcloud pubsub`, with nothing but the printed environment.

use super::Shell;

#[tokio::test(flavor = "multi_thread")]
async fn gcloud_seeks_to_snapshots_and_creates_schemas() {
    let Some(shell) = Shell::start().await else { return };
    assert_eq!(shell.gcloud("pubsub snapshots list").await, "");
    assert_eq!(shell.gcloud("pubsub schemas list").await, "");
    shell.gcloud("pubsub topics create orders").await;
    shell.gcloud("pubsub subscriptions create reader --topic=orders").await;
    shell.gcloud("pubsub topics publish orders --message=hello").await;
    shell.gcloud("pubsub snapshots create before --subscription=reader").await;
    let pull = "pubsub subscriptions pull reader --auto-ack --format=value(message.data)";
    assert_eq!(shell.gcloud(pull).await, "hello");
    assert_eq!(shell.gcloud(pull).await, "");
    shell.gcloud("pubsub subscriptions seek reader --snapshot=before").await;
    assert_eq!(shell.gcloud(pull).await, "hello");
    let listed = shell.gcloud("pubsub snapshots list --format=value(name)").await;
    assert!(listed.ends_with("before"), "{listed}");
    shell.gcloud("pubsub snapshots delete before").await;

    let fields = r#"[{"name": "id", "type": "string"}]"#;
    let definition =
        format!(r#"--definition={{"type": "record", "name": "Order", "fields": {fields}}}"#);
    shell.gcloud_words(["pubsub", "schemas", "create", "order", "--type=avro", &definition]).await;
    let topic = "pubsub topics create typed --schema=order --message-encoding=json";
    shell.gcloud(topic).await;
    let valid = r#"pubsub topics publish typed --message={"id":"7"}"#;
    shell.gcloud(valid).await;
    let invalid = r#"pubsub topics publish typed --message={"id":7}"#;
    assert!(shell.fails(invalid).await.contains("schema validation"));
}
