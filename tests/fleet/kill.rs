//! `kill -9` of every process in the middle of a deployment: it still ends as `deployed`, with one
//! build and one revision.

use std::time::Duration;

use crate::support::{Cloud, PATIENCE, Worker, function, spec};
use longshore_messages::{DeploymentId, Outcome};

/// When a process is killed.
#[derive(Clone, Copy, Debug)]
enum At {
    /// As soon as the request is published.
    Once,
    /// As soon as the ledger has this stage's record.
    Recorded(&'static str),
}

async fn reached(cloud: &Cloud, id: DeploymentId, at: At) {
    let At::Recorded(stage) = at else { return };
    let recorded = async {
        while cloud.ledger.stage_record(id, stage).await.unwrap().is_none() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(PATIENCE, recorded).await.expect("the stage never recorded its output");
}

async fn one_build_and_one_revision(cloud: &Cloud, id: DeploymentId, text: &str) {
    let finished = cloud.end_of(id).await;
    let Outcome::Deployed(serving) = &finished.outcome else {
        panic!("{finished:?}\n{}", cloud.logs())
    };
    assert!(serving.revision.contains("-00001-"), "one revision: {}", serving.revision);
    assert_eq!(cloud.builds().await, 1, "one build");
    assert_eq!(cloud.call("killed"), (true, text.to_owned()));
}

/// Kills a worker and starts it again, at each of these points.
async fn survives_the_death_of(worker: &'static str, points: &[At]) {
    for at in points {
        let cloud = Cloud::start().await;
        let mut fleet: Vec<(&str, Worker)> =
            crate::support::WORKERS.iter().map(|(name, _)| (*name, cloud.worker(name))).collect();
        let source = cloud.stage(&function(cloud.folder(), worker)).await;
        let id = cloud.request(spec("killed", source)).await;
        reached(&cloud, id, *at).await;
        let position = fleet.iter().position(|(name, _)| *name == worker).unwrap();
        fleet.remove(position).1.kill();
        fleet.push((worker, cloud.worker(worker)));
        one_build_and_one_revision(&cloud, id, worker).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_survives_the_death_of_the_uploader() {
    survives_the_death_of("uploader", &[At::Once, At::Recorded("uploader")]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_survives_the_death_of_the_build_submitter() {
    survives_the_death_of(
        "build-submitter",
        &[At::Recorded("uploader"), At::Recorded("build-submitter")],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_survives_the_death_of_the_registry_watcher() {
    survives_the_death_of(
        "registry-watcher",
        &[At::Recorded("build-submitter"), At::Recorded("registry-watcher")],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_survives_the_death_of_the_service_deployer() {
    survives_the_death_of("service-deployer", &[At::Recorded("registry-watcher")]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_survives_the_death_of_the_local_cloud() {
    for at in [
        At::Once,
        At::Recorded("uploader"),
        At::Recorded("build-submitter"),
        At::Recorded("registry-watcher"),
    ] {
        let mut cloud = Cloud::start().await;
        let _fleet = cloud.fleet();
        let source = cloud.stage(&function(cloud.folder(), "back again")).await;
        let id = cloud.request(spec("killed", source)).await;
        reached(&cloud, id, at).await;
        cloud.kill_and_restart();
        one_build_and_one_revision(&cloud, id, "back again").await;
    }
}
