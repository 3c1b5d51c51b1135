//! Notifications are not trusted: the build and the registry are queried.

use crate::support::stages::{PROJECT, REGION, Stages, words};
use longshore_cloud::BuildStatus;
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
    assert_eq!(words(&bench.announce(&running).await), ["a failed: system image-missing"]);
}
