//! The sweep finds builds that were never announced, whatever else fails.

use std::time::Duration;

use crate::support::stages::{REGION, Stages, words};
use longshore_cloud::{BuildStatus, Kind};
use longshore_messages::SourceUploaded;
use time::OffsetDateTime;

const ELSEWHERE: &str = "us-central1";
const NOTHING: [&str; 0] = [];

/// Brings a deployment to the point where its build has succeeded without an announcement.
async fn succeed_silently(bench: &Stages, name: &str, region: &str, source: u32) -> SourceUploaded {
    let uploaded = bench.admit(name, region, source).await;
    bench.wait_for_build(&uploaded).await;
    bench.builds.end(&bench.builds.latest().name, BuildStatus::Success);
    uploaded
}

#[tokio::test]
async fn builds_that_were_never_announced_are_found_with_one_list_call_for_each_region() {
    let bench = Stages::start();
    for (name, region, source) in [("a", REGION, 1), ("b", REGION, 2), ("c", ELSEWHERE, 1)] {
        succeed_silently(&bench, name, region, source).await;
    }
    let under_way = bench.admit("d", REGION, 3).await;
    bench.wait_for_build(&under_way).await;
    bench.builds.take_lists();
    assert_eq!(words(&bench.sweep().await), ["a gets a", "b gets b", "c gets c"]);
    assert_eq!(
        bench.builds.take_lists(),
        ["europe-west1/longshore-longshore", "us-central1/longshore-longshore"]
    );
    assert_eq!(
        words(&bench.sweep().await),
        NOTHING,
        "a build that was found is not reported in every sweep"
    );
}

#[tokio::test]
async fn nothing_is_listed_while_no_build_is_under_way() {
    let bench = Stages::start();
    let uploaded = succeed_silently(&bench, "a", REGION, 1).await;
    bench.ledger.close(uploaded.deployment.id).await.unwrap();
    bench.builds.take_lists();
    assert_eq!(words(&bench.sweep().await), NOTHING);
    assert_eq!(bench.builds.take_lists(), NOTHING);
}

#[tokio::test]
async fn an_unavailable_region_delays_neither_other_regions_nor_deadlines() {
    for down in [REGION, ELSEWHERE] {
        let bench = Stages::start();
        succeed_silently(&bench, "in-europe", REGION, 1).await;
        succeed_silently(&bench, "in-america", ELSEWHERE, 1).await;
        bench.open("late", down, OffsetDateTime::now_utc() - Duration::from_secs(1)).await;
        bench.builds.fail_lists(down, Kind::Unavailable);
        let woken =
            if down == REGION { "in-america gets in-america" } else { "in-europe gets in-europe" };
        assert_eq!(
            words(&bench.sweep().await),
            [woken, "late failed: system deadline-exceeded"],
            "{down}"
        );
    }
}

#[tokio::test]
async fn an_unreachable_image_delays_no_other_build_of_its_region() {
    let bench = Stages::start();
    for (name, source) in [("a", 1), ("b", 2), ("c", 3)] {
        succeed_silently(&bench, name, REGION, source).await;
    }
    let image = "europe-west1-docker.pkg.dev/demo-project/cloud-run-source-deploy/b";
    bench.images.set_reachable(image, false);
    assert_eq!(words(&bench.sweep().await), ["a gets a", "c gets c"]);
    bench.images.set_reachable(image, true);
    assert_eq!(words(&bench.sweep().await), ["b gets b"]);
}
