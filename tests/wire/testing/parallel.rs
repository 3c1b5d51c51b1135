//! Many tests in one cloud, each in a project of its own.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use super::{Caller, FILLED};
use crate::clients::local_cloud;

const TESTS: usize = 100;

/// Works in its project while all others do, and resets it twice.
async fn test(caller: Caller, number: usize) -> Duration {
    let project = format!("test-{number}");
    let resource = format!("projects/{project}/");
    let fault = json!({
        "method": "google.pubsub.v1.Publisher.Publish", "resource": resource,
        "status": "UNAVAILABLE", "message": project,
    });
    let mut in_resets = Duration::ZERO;
    for _ in 0..2 {
        caller.fill(&project).await;
        caller.testing("faults", fault.clone()).await;
        let publish = format!("v1/projects/{project}/topics/topic:publish");
        let message = json!({"messages": [{"data": "bG9zdA=="}]});
        let at = caller.endpoints.pubsub;
        let (status, refused) = caller.call(Method::POST, at, &publish, &message).await;
        assert_eq!((status, &refused["error"]["message"]), (503, &json!(project)));
        assert_eq!(caller.count(&project).await, FILLED);
        caller.assert_contents(&project).await;
        let sent = format!("longshore/v1/messages?project={project}");
        let sent = caller.get(caller.endpoints.testing, &sent).await;
        assert_eq!(sent["messages"].as_array().unwrap().len(), 1, "{sent:#}");
        let begun = Instant::now();
        caller.testing("cloud:reset", json!({"project": project})).await;
        in_resets += begun.elapsed();
        assert_eq!(caller.count(&project).await, 0);
    }
    in_resets / 2
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_parallel_tests_leak_nothing_into_each_other() {
    let dir = tempfile::tempdir().unwrap();
    let cloud = local_cloud(dir.path()).await;
    let caller = Caller::of(&cloud);
    // A project whose id begins like those of the others, and that no test resets.
    caller.fill("test").await;
    let tests: Vec<_> =
        (0..TESTS).map(|number| tokio::spawn(test(caller.clone(), number))).collect();
    let mut slowest = Duration::ZERO;
    for test in tests {
        slowest = slowest.max(test.await.unwrap());
    }
    println!("{TESTS} tests at the same time: a reset took at most {slowest:?}");
    assert_eq!(caller.count("test").await, FILLED);
    caller.assert_contents("test").await;
    let faults = caller.get(caller.endpoints.testing, "longshore/v1/faults").await;
    assert_eq!(faults["faults"], Value::Array(Vec::new()));
    cloud.stop().await;
}
