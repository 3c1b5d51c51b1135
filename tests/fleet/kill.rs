//! `kill -9` of every process in the middle of a deployment: it still ends as `deployed`, with one
//! build and one revision, or with one operation of the Cloud Functions API.

use std::time::Duration;

use crate::support::{Cloud, PATIENCE, Worker, function, spec};
use longshore_messages::proto::{self, Flavour};
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

async fn one_build_and_one_revision(cloud: &Cloud, flavour: Flavour, id: DeploymentId, text: &str) {
    let finished = cloud.end_of(id).await;
    let Outcome::Deployed(serving) = &finished.outcome else {
        panic!("{finished:?}\n{}", cloud.logs())
    };
    assert!(serving.revision.contains("-00001-"), "one revision: {}", serving.revision);
    match flavour {
        Flavour::Functions => {
            let (project, region) = (&cloud.settings.project, &cloud.settings.region);
            let operations = cloud.clients.functions.operations(project, region).await.unwrap();
            assert_eq!(operations.len(), 1, "one operation: {operations:?}");
        }
        Flavour::Run | Flavour::Unspecified => assert_eq!(cloud.builds().await, 1, "one build"),
    }
    assert_eq!(cloud.call("killed"), (true, text.to_owned()));
}

fn of(flavour: Flavour, source: proto::Source) -> proto::FunctionSpec {
    proto::FunctionSpec { flavour: flavour.into(), ..spec("killed", source) }
}

/// Kills a worker and starts it again, at each of these points.
async fn survives_the_death_of(flavour: Flavour, worker: &'static str, points: &[At]) {
    for at in points {
        let cloud = Cloud::start().await;
        let mut fleet: Vec<(&str, Worker)> =
            crate::support::WORKERS.iter().map(|(name, _)| (*name, cloud.worker(name))).collect();
        let source = cloud.stage(&function(cloud.folder(), worker)).await;
        let id = cloud.request(of(flavour, source)).await;
        reached(&cloud, id, *at).await;
        let position = fleet.iter().position(|(name, _)| *name == worker).unwrap();
        fleet.remove(position).1.kill();
        fleet.push((worker, cloud.worker(worker)));
        one_build_and_one_revision(&cloud, flavour, id, worker).await;
    }
}

async fn survives_the_death_of_the_cloud(flavour: Flavour) {
    for at in [
        At::Once,
        At::Recorded("uploader"),
        At::Recorded("build-submitter"),
        At::Recorded("registry-watcher"),
    ] {
        let mut cloud = Cloud::start().await;
        let _fleet = cloud.fleet();
        let source = cloud.stage(&function(cloud.folder(), "back again")).await;
        let id = cloud.request(of(flavour, source)).await;
        reached(&cloud, id, at).await;
        cloud.kill_and_restart();
        one_build_and_one_revision(&cloud, flavour, id, "back again").await;
    }
}

const UPLOADER: [At; 2] = [At::Once, At::Recorded("uploader")];
const BUILD_SUBMITTER: [At; 2] = [At::Recorded("uploader"), At::Recorded("build-submitter")];
const REGISTRY_WATCHER: [At; 2] =
    [At::Recorded("build-submitter"), At::Recorded("registry-watcher")];
const SERVICE_DEPLOYER: [At; 1] = [At::Recorded("registry-watcher")];

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_survives_the_death_of_the_uploader() {
    survives_the_death_of(Flavour::Run, "uploader", &UPLOADER).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operation_survives_the_death_of_the_uploader() {
    survives_the_death_of(Flavour::Functions, "uploader", &UPLOADER).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_survives_the_death_of_the_build_submitter() {
    survives_the_death_of(Flavour::Run, "build-submitter", &BUILD_SUBMITTER).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operation_survives_the_death_of_the_build_submitter() {
    survives_the_death_of(Flavour::Functions, "build-submitter", &BUILD_SUBMITTER).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_survives_the_death_of_the_registry_watcher() {
    survives_the_death_of(Flavour::Run, "registry-watcher", &REGISTRY_WATCHER).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operation_survives_the_death_of_the_registry_watcher() {
    survives_the_death_of(Flavour::Functions, "registry-watcher", &REGISTRY_WATCHER).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_survives_the_death_of_the_service_deployer() {
    survives_the_death_of(Flavour::Run, "service-deployer", &SERVICE_DEPLOYER).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operation_survives_the_death_of_the_service_deployer() {
    survives_the_death_of(Flavour::Functions, "service-deployer", &SERVICE_DEPLOYER).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_survives_the_death_of_the_local_cloud() {
    survives_the_death_of_the_cloud(Flavour::Run).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operation_survives_the_death_of_the_local_cloud() {
    survives_the_death_of_the_cloud(Flavour::Functions).await;
}
