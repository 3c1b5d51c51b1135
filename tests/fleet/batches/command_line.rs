//! Batches from the command line.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::{Cloud, function, longshore};

/// Runs a command about batches, and returns its exit code and its JSON.
fn batch(cloud: &Cloud, arguments: &[&str]) -> (Option<i32>, Value) {
    let output = longshore(&cloud.environment)
        .args(["--output", "json", "batch"])
        .args(arguments)
        .output()
        .unwrap();
    let json = serde_json::from_slice(&output.stdout).unwrap_or_default();
    assert!(json != Value::Null, "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    (output.status.code(), json)
}

fn write(manifest: &Path, directory: &Path, more: &str) {
    let text = format!(
        "name: shop\ndefaults:\n  runtime: python3\n  service: {{access: ACCESS_PUBLIC}}\n\
         entries:\n  - directory: {}\n    function: {{name: shop, entryPoint: hello}}\n    \
         matrix:\n      variants: [{{suffix: a}}, {{suffix: b, function: {{service: {{memory: \
         1Gi}}}}}}]\n{more}",
        directory.display()
    );
    fs::write(manifest, text).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_is_planned_started_watched_and_reported() {
    let cloud = Cloud::start().await;
    let _fleet = cloud.fleet();
    let _feeder = cloud.worker("batch-feeder");
    let directory = function(cloud.folder(), "shopping");
    let manifest = cloud.folder().join("batch.yaml");
    write(&manifest, &directory, "");
    let path = manifest.to_str().unwrap();
    let (code, validated) = batch(&cloud, &["validate", path]);
    assert_eq!((code, &validated["functions"]), (Some(0), &2.into()));
    let (_, plan) = batch(&cloud, &["plan", path]);
    assert_eq!((&plan["new"], &plan["builds"]), (&2.into(), &1.into()), "{plan}");
    assert!(plan["forecast"]["seconds"].as_u64().unwrap() > 0);

    let (code, status) = batch(&cloud, &["start", path, "--watch"]);
    assert_eq!((code, &status["deployed"]), (Some(0), &2.into()), "{status}\n{}", cloud.logs());
    assert_eq!(cloud.call("shop-b"), (true, "shopping".to_owned()));
    let (code, again) = batch(&cloud, &["start", path]);
    assert_eq!((code, &again), (Some(0), &status), "the same batch is started once");

    let (_, plan) = batch(&cloud, &["plan", path]);
    assert_eq!((&plan["unchanged"], &plan["builds"]), (&2.into(), &0.into()), "{plan}");
    let absent = "  - function: {name: gone, entryPoint: hello, source: {storage: {bucket: \
                  BUCKET, object: none}}}\n";
    let bucket = longshore_messages::source_bucket(&cloud.settings.project, &cloud.settings.region);
    write(&manifest, &directory, &absent.replace("BUCKET", &bucket));
    fs::write(directory.join("note.txt"), "changes the source").unwrap();
    let (_, plan) = batch(&cloud, &["plan", path]);
    assert_eq!((&plan["changed"], &plan["new"]), (&2.into(), &1.into()), "{plan}");
    assert_eq!(plan["functions"][0]["fields"], serde_json::json!(["source"]));

    let (code, status) = batch(&cloud, &["start", path, "--watch"]);
    assert_eq!((code, &status["failed"]), (Some(2), &1.into()), "{status}");
    let id = status["batch"].as_str().unwrap();
    let (code, followed) = batch(&cloud, &["status", id, "--follow"]);
    assert_eq!((code, &followed["failed"]), (Some(2), &status["failed"]), "{followed}");
    let (_, report) = batch(&cloud, &["report", id]);
    assert_eq!(report["causes"].as_array().unwrap().len(), 1, "{report}");
    assert_eq!(report["functions"].as_array().unwrap().len(), 3);
    assert!(report["functions"][0]["url"].as_str().unwrap().starts_with("http"));
    let format = |format: &str| {
        let output = longshore(&cloud.environment)
            .args(["batch", "report", id, "--format", format])
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let csv = format("csv");
    assert_eq!(csv.lines().count(), 4, "{csv}");
    assert!(csv.contains("/gone,failed,"), "{csv}");
    let html = format("html");
    assert!(html.starts_with("<!doctype html>") && html.contains("Failures by cause"), "{html}");
    assert!(!html.contains("src=") && !html.contains("href="), "{html}");
    let (_, all) = batch(&cloud, &["status"]);
    let states: Vec<_> = all.as_array().unwrap().iter().map(|one| &one["state"]).collect();
    assert_eq!(states, ["completed", "completed"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_manifest_and_an_unknown_batch_are_refused() {
    let cloud = Cloud::start().await;
    let manifest = cloud.folder().join("batch.yaml");
    fs::write(&manifest, "entries:\n  - function: {nmae: a}\n").unwrap();
    let path = manifest.to_str().unwrap();
    let (code, validated) = batch(&cloud, &["validate", path]);
    assert_eq!((code, &validated["valid"]), (Some(64), &false.into()));
    assert_eq!(validated["problems"][0]["line"], 2);
    for (arguments, code) in [
        (&["start", path][..], 64),
        (&["plan", path], 64),
        (&["status", "nothing"], 64),
        (&["status", "00000000000000000000000000000000"], 1),
        (&["pause", "00000000000000000000000000000000"], 1),
    ] {
        let output = longshore(&cloud.environment).arg("batch").args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
        assert!(!output.stderr.is_empty());
    }
}
