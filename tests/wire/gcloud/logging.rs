//! `gcloud logging`, with nothing but the printed environment.

use super::Shell;

#[tokio::test(flavor = "multi_thread")]
async fn gcloud_writes_reads_and_deletes_logs() {
    let Some(shell) = Shell::start().await else { return };
    shell.gcloud("logging write app hello --severity=ERROR").await;
    let structured = r#"logging write app {"message":"structured","n":7} --payload-type=json"#;
    shell.gcloud(structured).await;
    for (filter, expected) in [
        ("severity>=ERROR", "hello"),
        ("textPayload=~\"^hel+o$\"", "hello"),
        ("log_id(\"app\")AND(textPayload:HELLO)", "hello"),
        ("jsonPayload.n>=7", ""),
        ("severity=EMERGENCY", ""),
    ] {
        let read = format!("logging read {filter} --format=value(textPayload)");
        assert_eq!(shell.gcloud(&read).await.trim(), expected, "{filter}");
    }
    let fields = "logging read SEARCH(\"structured\") --format=value(jsonPayload.n)";
    assert_eq!(shell.gcloud(fields).await.trim(), "7");
    let oldest = "logging read --order=asc --limit=1 --format=value(severity)";
    assert_eq!(shell.gcloud(oldest).await.trim(), "ERROR");
    let refused = shell.try_gcloud("logging read sample(insertId,0.5)").await;
    assert!(!refused.is_ok && refused.stderr.contains("sample()"), "{refused:?}");

    let logs = shell.gcloud("logging logs list").await;
    assert!(logs.contains("projects/local-project/logs/app"), "{logs}");
    shell.gcloud("logging logs delete app --quiet").await;
    let logs = shell.gcloud("logging logs list").await;
    assert!(!logs.contains("app"), "{logs}");
    let types = shell.gcloud("logging resource-descriptors list --format=value(type)").await;
    assert!(types.lines().any(|of| of == "cloud_run_revision"), "{types}");
}
