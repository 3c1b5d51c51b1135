//! Requests for another attempt of a build, which no stage records.

use crate::support::post::Settled;
use crate::support::stages::{REGION, Said, Stages, words};
use longshore_cloud::BuildStatus;
use longshore_messages::{BuildKey, BuildRef, BuildRetryRequested, decode};

/// A build whose first attempt the platform lost, and the genuine request for the second one.
async fn lost(bench: &Stages) -> (Said, BuildRetryRequested) {
    let uploaded = bench.admit("a", REGION, 1).await;
    bench.wait_for_build(&uploaded).await;
    let first = bench.builds.latest();
    bench.builds.end(&first.name, BuildStatus::InternalError);
    let mut asked = bench.announce(&first).await;
    let retry = decode(&asked[0].message).unwrap();
    (asked.remove(0), retry)
}

#[tokio::test]
async fn a_retry_that_does_not_follow_from_its_builds_claim_is_parked() {
    type Forgery = (&'static str, fn(&mut BuildRetryRequested));
    let forgeries: [Forgery; 8] = [
        ("a later attempt", |retry| retry.attempt = 3),
        ("an attempt beyond all limits", |retry| retry.attempt = 1_000_000),
        ("a build that was not claimed", |retry| {
            retry.submitted.build.build = BuildRef { key: BuildKey::of(&["evil"]), number: 1 };
        }),
        ("another number", |retry| retry.submitted.build.build.number += 1),
        ("another source", |retry| retry.submitted.source.object.object = "evil.zip".to_owned()),
        ("another image", |retry| retry.submitted.build.image = "evil.example/p/r/i".to_owned()),
        ("another function", |retry| retry.submitted.function.at.name = "victim".to_owned()),
        ("another generation", |retry| retry.submitted.deployment.generation += 1),
    ];
    for (what, forge) in forgeries {
        let bench = Stages::start();
        let (genuine, mut retry) = lost(&bench).await;
        forge(&mut retry);
        assert_eq!(bench.send(&retry).await, Settled::Ack, "{what}");
        assert!(bench.take().is_empty(), "{what}");
        assert_eq!(bench.take_parked().await, ["build-submitter unverified"], "{what}");
        assert_eq!(bench.builds.submissions(), 1, "{what}");
        assert_eq!(bench.pass_on(&genuine).await, Settled::Ack, "{what}");
        assert_eq!(bench.builds.submissions(), 2, "{what}");
    }
}

#[tokio::test]
async fn a_build_that_was_not_lost_gets_no_other_attempt() {
    for status in [BuildStatus::Working, BuildStatus::Success] {
        let bench = Stages::start();
        let (genuine, mut retry) = lost(&bench).await;
        assert_eq!(bench.pass_on(&genuine).await, Settled::Ack);
        bench.builds.end(&bench.builds.latest().name, status);
        retry.attempt = 3;
        assert_eq!(bench.send(&retry).await, Settled::Ack);
        assert_eq!(words(&bench.take()), [""; 0], "{status:?}");
        assert_eq!(bench.builds.submissions(), 2, "{status:?}");
    }
}

#[tokio::test]
async fn a_lost_build_gets_no_attempt_beyond_the_last() {
    let bench = Stages::start();
    let (genuine, mut retry) = lost(&bench).await;
    assert_eq!(bench.pass_on(&genuine).await, Settled::Ack);
    for (attempt, submissions) in [(3, 3), (4, 3)] {
        bench.builds.end(&bench.builds.latest().name, BuildStatus::InternalError);
        retry.attempt = attempt;
        assert_eq!(bench.send(&retry).await, Settled::Ack);
        assert_eq!(bench.builds.submissions(), submissions, "{attempt}");
    }
    assert_eq!(bench.take_parked().await, ["build-submitter unverified"]);
}
