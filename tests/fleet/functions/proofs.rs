//! What the real programs guarantee in the Functions flavour, while they die and are cancelled.
//! `kill` and `storm` have the deaths that both flavours share.

use std::time::Duration;

use longshore_cloud::OperationEnd;
use longshore_messages::{DeploymentId, Topic, TraceContext, proto};

use super::road::printed;
use crate::support::{Cloud, PATIENCE, function, longshore, request, spec};

fn of_functions_flavour(name: &str, source: proto::Source) -> proto::FunctionSpec {
    proto::FunctionSpec { flavour: proto::Flavour::Functions.into(), ..spec(name, source) }
}

/// The operations of the local cloud: how many there were, and whether all have ended.
async fn operations(cloud: &Cloud) -> (usize, bool) {
    let (project, region) = (&cloud.settings.project, &cloud.settings.region);
    let all = cloud.clients.functions.operations(project, region).await.unwrap();
    (all.len(), all.iter().all(|operation| operation.end != OperationEnd::InProgress))
}

async fn recorded(cloud: &Cloud, id: DeploymentId, stage: &str) {
    let recorded = async {
        while cloud.ledger.stage_record(id, stage).await.unwrap().is_none() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(PATIENCE, recorded).await.expect("the stage never recorded its output");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_published_twice_begins_one_operation() {
    let cloud = Cloud::start().await;
    let _fleet = cloud.fleet();
    let source = cloud.stage(&function(cloud.folder(), "once")).await;
    let (id, wire) = request(of_functions_flavour("twice", source), TraceContext::default());
    for _ in 0..2 {
        cloud.publish(Topic::DeployRequested, &wire).await;
    }
    assert_eq!(cloud.end_of(id).await.outcome.as_str(), "deployed", "{}", cloud.logs());
    cloud.publish(Topic::DeployRequested, &wire).await;
    let source = cloud.stage(&function(cloud.folder(), "after")).await;
    let after = cloud.request(of_functions_flavour("after", source)).await;
    assert_eq!(cloud.end_of(after).await.outcome.as_str(), "deployed", "{}", cloud.logs());
    assert_eq!(operations(&cloud).await, (2, true));
    assert_eq!(cloud.call("twice"), (true, "once".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_deployments_that_race_while_a_worker_dies_the_newest_serves() {
    for victim in ["build-submitter", "registry-watcher"] {
        let cloud = Cloud::start().await;
        let others = ["uploader", "build-submitter", "registry-watcher", "service-deployer"];
        let others = others.into_iter().filter(|name| *name != victim);
        let _fleet: Vec<_> = others.map(|name| cloud.worker(name)).collect();
        let dying = cloud.worker(victim);
        let mut ids = Vec::new();
        for text in ["one", "two"] {
            let source = cloud.stage(&function(cloud.folder(), text)).await;
            ids.push((cloud.request(of_functions_flavour("race", source)).await, text));
        }
        // The second request may be admitted first. Then the first one goes no further.
        tokio::select! {
            () = recorded(&cloud, ids[0].0, "build-submitter") => {}
            () = recorded(&cloud, ids[1].0, "build-submitter") => {}
        }
        dying.kill();
        let _successor = cloud.worker(victim);
        let mut newest = (0, "");
        for (id, text) in ids {
            let outcome = cloud.end_of(id).await.outcome;
            let expected = ["deployed", "superseded"].contains(&outcome.as_str());
            assert!(expected, "{text}: {outcome:?}\n{}", cloud.logs());
            let generation = cloud.ledger.admission(id).await.unwrap().unwrap().generation;
            newest = newest.max((generation, text));
        }
        // An older operation that ended last is found by the sweep, which starts the newest again.
        let newest_serves = async {
            while cloud.call("race") != (true, newest.1.to_owned()) {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        let served = tokio::time::timeout(PATIENCE, newest_serves).await;
        assert!(served.is_ok(), "{victim}: {:?} instead of {newest:?}", cloud.call("race"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_is_cancelled_before_its_operation_and_not_after() {
    let cloud = Cloud::start().await;
    let [_uploader, _watcher, _deployer] =
        ["uploader", "registry-watcher", "service-deployer"].map(|name| cloud.worker(name));
    let source = cloud.stage(&function(cloud.folder(), "never")).await;
    let id = cloud.request(of_functions_flavour("cancelled", source)).await;
    recorded(&cloud, id, "uploader").await;
    let cancel = |id: DeploymentId| {
        let mut cancel = longshore(&cloud.environment);
        cancel.args(["cancel", &id.to_string()]).output().unwrap()
    };
    assert!(cancel(id).status.success());
    let _submitter = cloud.worker("build-submitter");
    assert_eq!(cloud.end_of(id).await.outcome.as_str(), "cancelled", "{}", cloud.logs());
    assert_eq!(operations(&cloud).await, (0, true));

    let source = cloud.stage(&function(cloud.folder(), "serves")).await;
    let id = cloud.request(of_functions_flavour("cancelled", source)).await;
    recorded(&cloud, id, "build-submitter").await;
    assert!(!cancel(id).status.success());
    assert_eq!(cloud.end_of(id).await.outcome.as_str(), "deployed", "{}", cloud.logs());
    assert_eq!(cloud.call("cancelled"), (true, "serves".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn status_and_trace_show_a_deployment_by_operation() {
    let cloud = Cloud::start().await;
    let _fleet = cloud.fleet();
    let source = cloud.stage(&function(cloud.folder(), "shown")).await;
    let id = cloud.request(of_functions_flavour("Shown_1", source)).await;
    assert_eq!(cloud.end_of(id).await.outcome.as_str(), "deployed", "{}", cloud.logs());
    let id = id.to_string();
    let status = printed(&cloud, &["status", &id]);
    assert_eq!((&status["state"], &status["failure"]), (&"deployed".into(), &().into()));
    assert!(status["function"].as_str().unwrap().ends_with("/Shown_1"), "{status}");
    let trace = printed(&cloud, &["trace", &id, "--stages"]);
    let stages: Vec<_> =
        trace["steps"].as_array().unwrap().iter().map(|step| &step["stage"]).collect();
    assert_eq!(stages, crate::support::WORKERS.map(|(name, _)| name));
    assert!(trace["totalMs"].as_f64().unwrap() > 0.0, "{trace}");
    let all = printed(&cloud, &["status"]);
    assert_eq!((&all[0]["state"], &all[0]["generation"]), (&"deployed".into(), &1.into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_is_too_long_for_a_service_is_listed_described_called_and_deleted() {
    let cloud = Cloud::start().await;
    let _fleet = cloud.fleet();
    let name = format!("Long_{}", "a".repeat(58));
    let source = cloud.stage(&function(cloud.folder(), "from afar")).await;
    let id = cloud.request(of_functions_flavour(&name, source)).await;
    assert_eq!(cloud.end_of(id).await.outcome.as_str(), "deployed", "{}", cloud.logs());
    assert_eq!(cloud.call(&name), (true, "from afar".to_owned()));
    assert_eq!(printed(&cloud, &["list"])[0]["state"], "serving");
    let described = printed(&cloud, &["describe", &name]);
    let service = described["service"]["name"].as_str().unwrap();
    assert!(service.rsplit('/').next().unwrap().len() <= 49, "{service}");
    let logs = printed(&cloud, &["logs", &name]);
    assert!(!logs["run"].as_array().unwrap().is_empty(), "{logs}");
    let deleted = printed(&cloud, &["delete", "--yes", &name]);
    assert_eq!(deleted[0]["outcome"], "deleted", "{deleted}");
    assert_eq!(printed(&cloud, &["list"]), serde_json::json!([]));
}
