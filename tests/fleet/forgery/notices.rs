//! Forged notifications of builds, beyond those of `builds/forged.rs`.

use std::collections::BTreeMap;

use super::{published, request_of};
use crate::support::post::Settled;
use crate::support::stages::{REGION, Stages, words};
use longshore_cloud::BuildStatus;
use longshore_ledger::Request;
use longshore_messages::{CLOUD_BUILDS_TOPIC, WireMessage};
use time::OffsetDateTime;

#[tokio::test]
async fn a_build_with_the_fleets_tags_in_another_project_or_region_does_not_count() {
    for (project, region) in [
        ("attackers-project", REGION),
        ("attackers-project", "us-central1"),
        ("demo-project", "us-central1"),
    ] {
        let bench = Stages::start();
        let uploaded = bench.admit("a", REGION, 1).await;
        let build = bench.wait_for_build(&uploaded).await;
        let ours = bench.builds.latest();
        let forged = bench.builds.add_tagged(project, region, &ours.tags);
        for status in [BuildStatus::Success, BuildStatus::Failure, BuildStatus::Cancelled] {
            bench.builds.end(&forged, status);
            let said = bench.notify_of_build(&forged, &ours.tags).await;
            assert_eq!(words(&said), [""; 0], "{forged} {status:?}");
        }
        assert_eq!(bench.ledger.result(build).await.unwrap(), None, "{forged}");
        bench.builds.end(&ours.name, BuildStatus::Success);
        assert_eq!(words(&bench.announce(&ours).await), ["a gets a"], "{forged}");
    }
}

#[tokio::test]
async fn a_notification_that_poses_as_a_request_does_not_redirect_the_outcome() {
    let bench = Stages::start();
    let uploaded = bench.admit("a", REGION, 1).await;
    let request = published(&request_of("a", "x"), "honest");
    let kept = Request {
        message: request.clone(),
        requester: "default".to_owned(),
        published_at: OffsetDateTime::now_utc(),
    };
    bench.ledger.write_request(uploaded.deployment.id, &kept).await.unwrap();
    bench.wait_for_build(&uploaded).await;
    let build = bench.builds.latest();
    bench.builds.end(&build.name, BuildStatus::Failure);
    let notice = serde_json::json!({ "name": build.name, "tags": build.tags });
    let mut attributes: BTreeMap<String, String> = request.attributes.clone();
    attributes.insert("ce-id".to_owned(), "attacker".to_owned());
    let forged = WireMessage { attributes, data: notice.to_string().into() };
    let settled = bench.deliver("registry-watcher", CLOUD_BUILDS_TOPIC, &forged).await;
    assert_eq!(settled, Settled::Ack);
    let said = bench.take();
    assert_eq!(words(&said), ["a failed: user build-failed"]);
    assert_eq!(said[0].message.attributes["requestid"], "honest");
    assert_eq!(said[0].message.attributes["requestsha256"], request.sha256());
}
