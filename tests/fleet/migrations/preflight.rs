//! What would make a batch fail is found before anything is written.

use std::fs;

use longshore_messages::source_bucket;

use super::{deployed, of_functions_flavour, run};
use crate::support::{Cloud, function};

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_would_fail_is_listed_and_nothing_is_written() {
    let cloud = Cloud::start().await;
    let _fleet = cloud.fleet();
    let source = cloud.stage(&function(cloud.folder(), "taken")).await;
    deployed(&cloud, of_functions_flavour("taken", source)).await;
    let directory = function(cloud.folder(), "new");
    let manifest = cloud.folder().join("batch.yaml");
    let entries = [
        "{name: taken}",
        "{name: secretive, service: {secretEnvironment: [{name: KEY, secret: absent}]}}",
        "{name: old, runtime: python38}",
        "{name: deaf, triggers: [{topic: {topic: absent}}]}",
        "{name: ab, flavour: FLAVOUR_FUNCTIONS, runtime: python312}",
        "{name: AB, flavour: FLAVOUR_FUNCTIONS, runtime: python312}",
        "{name: good}",
    ];
    let mut text = "defaults: {entryPoint: hello}\nentries:\n".to_owned();
    for entry in entries {
        let directory = directory.display();
        text.push_str(&format!("  - directory: {directory}\n    function: {entry}\n"));
    }
    fs::write(&manifest, text).unwrap();
    let path = manifest.to_str().unwrap();
    let bucket = source_bucket(&cloud.settings.project, &cloud.settings.region);
    // The bucket is made by the first upload.
    let objects = async || cloud.clients.objects.list(&bucket, "").await.map_or(0, |all| all.len());
    let stored = objects().await;

    let (code, plan, said) = run(&cloud, &["batch", "plan", path]);
    assert_eq!(code, Some(2), "{plan}\n{said}");
    let refused: Vec<_> = plan["preflight"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| finding["severity"] == "refused")
        .map(|finding| {
            let name = finding["at"].as_str().unwrap().rsplit('/').next().unwrap();
            format!("{name}: {}", finding["check"].as_str().unwrap())
        })
        .collect();
    let expected =
        ["AB: name", "taken: name", "secretive: secret", "old: runtime", "deaf: trigger"];
    assert_eq!(refused, expected, "{plan}");

    let (code, findings, said) = run(&cloud, &["batch", "start", path]);
    assert_eq!(code, Some(2), "{said}");
    assert_eq!(findings, plan["preflight"]);
    assert!(said.contains("nothing is uploaded or requested"), "{said}");
    assert_eq!(objects().await, stored, "nothing is uploaded");
    let (_, batches, _) = run(&cloud, &["batch", "status"]);
    assert_eq!(batches, serde_json::json!([]), "nothing is requested");
}
