//! Notifications are not trusted: the build and the registry are queried.

use crate::support::fakes::Fault;
use crate::support::post::Settled;
use crate::support::stages::{PROJECT, REGION, Stages, words};
use longshore_build_submitter::build_key;
use longshore_cloud::{BuildStatus, Kind};
use longshore_messages::BuildRef;

#[tokio::test]
async fn a_forged_notification_has_no_effect() {
    let bench = Stages::start();
    let (a, b) = (bench.admit("a", REGION, 1).await, bench.admit("b", REGION, 2).await);
    let build = bench.wait_for_build(&a).await;
    let ours = bench.builds.latest();
    bench.wait_for_build(&b).await;
    let other = bench.builds.latest();
    let foreign = bench.builds.add_foreign(PROJECT, REGION);
    bench.builds.end(&other.name, BuildStatus::Success);
    bench.builds.end(&foreign, BuildStatus::Success);
    for (name, forgery) in [
        (&ours.name, "a running build is reported as successful"),
        (&other.name, "another build of the fleet is reported as this one"),
        (&foreign, "a build of another tool is reported as this one"),
        (
            &"projects/demo-project/locations/europe-west1/builds/none".to_owned(),
            "a build that never existed",
        ),
    ] {
        assert_eq!(words(&bench.notify_of_build(name, &ours.tags).await), [""; 0], "{forgery}");
    }
    let unknown = BuildRef { number: 9, ..build };
    for (tag, forgery) in
        [(unknown, "the image of an unclaimed build"), (build, "an image that does not exist yet")]
    {
        let image =
            format!("europe-west1-docker.pkg.dev/demo-project/cloud-run-source-deploy/a:{tag}");
        assert_eq!(words(&bench.notify_of_image(&image).await), [""; 0], "{forgery}");
    }
    assert_eq!(bench.ledger.result(build).await.unwrap(), None);

    bench.builds.end(&ours.name, BuildStatus::Success);
    assert_eq!(
        words(&bench.announce(&ours).await),
        ["a gets a"],
        "a true notification still works after the forged ones"
    );
}

#[tokio::test]
async fn an_image_that_is_missing_in_the_registry_is_a_failure() {
    let bench = Stages::start();
    let a = bench.admit("a", REGION, 1).await;
    let build = bench.wait_for_build(&a).await;
    let claim = bench.ledger.claim_of(build).await.unwrap().unwrap();
    bench.images.delete(&claim.image);
    let running = bench.builds.latest();
    bench.builds.end(&running.name, BuildStatus::Success);
    bench.builds.age_end(&running.name);
    assert_eq!(words(&bench.announce(&running).await), ["a failed: system image-missing"]);
}

#[tokio::test]
async fn an_image_that_the_registry_shows_later_is_not_a_failure() {
    let bench = Stages::start();
    let a = bench.admit("a", REGION, 1).await;
    let build = bench.wait_for_build(&a).await;
    let image = bench.ledger.claim_of(build).await.unwrap().unwrap().image;
    let running = bench.builds.latest();
    bench.builds.end(&running.name, BuildStatus::Success);
    bench.images.lag(&image, 1);
    bench.builds.take_gets();
    assert_eq!(words(&bench.announce(&running).await), ["a gets a"]);
    assert_eq!(bench.builds.take_gets(), 1);

    // If it takes longer than a notification waits, the sweep finds it.
    let b = bench.admit("b", REGION, 2).await;
    bench.wait_for_build(&b).await;
    bench.builds.end(&bench.builds.latest().name, BuildStatus::Success);
    bench.images.lag("europe-west1-docker.pkg.dev/demo-project/cloud-run-source-deploy/b", 2);
    for expected in [&[][..], &[], &["b gets b"]] {
        assert_eq!(words(&bench.sweep().await), expected);
    }
}

#[tokio::test]
async fn a_build_with_copied_tags_and_image_decides_nothing() {
    for (project, region) in [("evil-project", REGION), (PROJECT, "us-central1"), (PROJECT, REGION)]
    {
        for status in [BuildStatus::Success, BuildStatus::Failure, BuildStatus::InternalError] {
            let what = format!("{project} {region} {status:?}");
            let bench = Stages::start();
            let a = bench.admit("a", REGION, 1).await;
            let build = bench.wait_for_build(&a).await;
            let ours = bench.builds.latest();
            let forged = bench.builds.add_copy(project, region, &ours);
            bench.builds.end(&forged, status);
            // A build of its own in progress there makes the sweep look there.
            bench.ledger.mark_pending(project, region, build, a.deployment.id).await.unwrap();
            assert_eq!(words(&bench.sweep().await), [""; 0], "{what}");
            assert_eq!(words(&bench.notify_of_build(&forged, &ours.tags).await), [""; 0], "{what}");
            assert_eq!(bench.ledger.result(build).await.unwrap(), None, "{what}");
            bench.builds.end(&ours.name, BuildStatus::Success);
            assert_eq!(words(&bench.announce(&ours).await), ["a gets a"], "{what}");
        }
    }
}

#[tokio::test]
async fn a_lost_submission_is_not_taken_for_a_build_of_someone_else() {
    let bench = Stages::start();
    let a = bench.admit("a", REGION, 1).await;
    let build = BuildRef { key: build_key(&a.function, &a.source), number: 1 };
    bench.builds.fail_next(Fault::Refused(Kind::Unavailable));
    assert_eq!(bench.upload(&a).await, Settled::Nack);
    let fleet = longshore_messages::fleet_tag("longshore");
    // Of another fleet, and of this fleet's tags with another image.
    bench.builds.add_tagged(PROJECT, REGION, &[build.tag()]);
    bench.builds.add_tagged(PROJECT, REGION, &[build.tag(), fleet]);
    bench.age_claim(build).await;
    assert_eq!(bench.upload(&a).await, Settled::Ack);
    let noted = bench.ledger.submission(build, 1).await.unwrap().unwrap();
    assert_eq!((bench.builds.submissions(), noted.build_name), (2, bench.builds.latest().name));
}

#[tokio::test]
async fn a_build_that_ended_before_it_was_noted_counts() {
    let bench = Stages::start();
    let (a, b) = (bench.admit("a", REGION, 1).await, bench.admit("b", REGION, 1).await);
    bench.builds.fail_next(Fault::Unanswered);
    assert_eq!(bench.upload(&a).await, Settled::Nack);
    bench.wait_for_build(&b).await;
    let running = bench.builds.latest();
    bench.builds.end(&running.name, BuildStatus::Success);
    assert_eq!(words(&bench.announce(&running).await), ["b gets a"]);
}

#[tokio::test]
async fn one_build_costs_one_read_and_only_its_end_is_looked_at() {
    let bench = Stages::start();
    let a = bench.admit("a", REGION, 1).await;
    let build = bench.wait_for_build(&a).await;
    let running = bench.builds.latest();
    let image = bench.ledger.claim_of(build).await.unwrap().unwrap().image;
    let notice = |status| bench.notify_of_status(&running, status);
    for status in ["PENDING", "QUEUED", "WORKING"] {
        assert_eq!(words(&notice(status).await), [""; 0]);
    }
    assert_eq!(words(&bench.notify_of_image(&format!("{image}:{build}")).await), [""; 0]);
    bench.builds.end(&running.name, BuildStatus::Success);
    assert_eq!(words(&notice("SUCCESS").await), ["a gets a"]);
    assert_eq!(words(&bench.notify_of_image(&format!("{image}:{build}")).await), [""; 0]);
    assert_eq!(words(&notice("SUCCESS").await), [""; 0], "later notices wake no one");
    assert_eq!(bench.builds.take_gets(), 1);
}
