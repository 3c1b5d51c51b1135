//! A build that the platform rejects permanently fails every deployment that waits for it, and none
//! that comes later.

use crate::support::fakes::Fault;
use crate::support::post::Settled;
use crate::support::stages::{REGION, Stages, words};
use longshore_build_submitter::build_key;
use longshore_cloud::{BuildStatus, Kind};
use longshore_messages::BuildRef;

#[tokio::test]
async fn a_rejected_build_fails_the_claimant_and_each_waiter_once_and_a_later_deployment_claims_the_next()
 {
    let bench = Stages::start();
    let (a, b, c) = (
        bench.admit("a", REGION, 1).await,
        bench.admit("b", REGION, 1).await,
        bench.admit("c", REGION, 1).await,
    );
    bench.builds.fail_next(Fault::Refused(Kind::Unavailable));
    assert_eq!(bench.upload(&a).await, Settled::Nack);
    let build = bench.wait_for_build(&b).await;
    assert_eq!(build, BuildRef { key: build_key(&a.function, &a.source), number: 1 });
    bench.upload(&c).await;
    let on_its_way = bench.take();
    assert_eq!(words(&on_its_way), ["c waits for build 1"]);

    bench.age_claim(build).await;
    bench.builds.fail_next(Fault::Refused(Kind::InvalidArgument));
    assert_eq!(bench.upload(&a).await, Settled::Ack);
    assert_eq!(
        words(&bench.take()),
        ["a failed: user build-refused", "b failed: user build-refused"]
    );
    bench.pass_on(&on_its_way[0]).await;
    assert_eq!(
        words(&bench.take()),
        ["c failed: user build-refused"],
        "a waiter that was on its way fails on arrival"
    );

    let d = bench.admit("d", REGION, 1).await;
    assert_eq!(bench.wait_for_build(&d).await, BuildRef { number: 2, ..build });
    assert_eq!(bench.builds.builds().len(), 1);
}

#[tokio::test]
async fn a_rejected_second_attempt_fails_each_waiter_once() {
    let bench = Stages::start();
    for name in ["a", "b"] {
        let uploaded = bench.admit(name, REGION, 1).await;
        bench.wait_for_build(&uploaded).await;
    }
    let first = bench.builds.latest();
    bench.builds.end(&first.name, BuildStatus::InternalError);
    let asked = bench.announce(&first).await;
    assert_eq!(words(&asked), ["build 1 deserves attempt 2"]);
    bench.builds.fail_next(Fault::Refused(Kind::PermissionDenied));
    assert_eq!(bench.pass_on(&asked[0]).await, Settled::Nack, "a grant may become effective");
    bench.age_refusal("a", "build-submitter").await;
    bench.builds.fail_next(Fault::Refused(Kind::PermissionDenied));
    assert_eq!(bench.pass_on(&asked[0]).await, Settled::Ack);
    assert_eq!(
        words(&bench.take()),
        ["a failed: system build-role", "b failed: system build-role"]
    );
    assert_eq!(bench.pass_on(&asked[0]).await, Settled::Ack);
    assert!(bench.announce(&first).await.is_empty());
    assert!(bench.take().is_empty());
}

#[tokio::test]
async fn a_build_that_must_not_be_listed_fails_all_waiters() {
    let bench = Stages::start();
    let (a, b) = (bench.admit("a", REGION, 1).await, bench.admit("b", REGION, 1).await);
    bench.builds.fail_next(Fault::Refused(Kind::Unavailable));
    assert_eq!(bench.upload(&a).await, Settled::Nack);
    let build = bench.wait_for_build(&b).await;
    bench.age_claim(build).await;
    bench.builds.fail_lists(REGION, Kind::PermissionDenied);
    assert_eq!(bench.upload(&a).await, Settled::Nack, "a grant may become effective");
    bench.age_refusal("a", "build-submitter").await;
    assert_eq!(bench.upload(&a).await, Settled::Ack);
    assert_eq!(
        words(&bench.take()),
        ["a failed: system build-read-role", "b failed: system build-read-role"]
    );
}

#[tokio::test]
async fn a_second_attempt_that_must_not_be_listed_fails_all_waiters() {
    let bench = Stages::start();
    for name in ["a", "b"] {
        let uploaded = bench.admit(name, REGION, 1).await;
        bench.wait_for_build(&uploaded).await;
    }
    let first = bench.builds.latest();
    bench.builds.end(&first.name, BuildStatus::InternalError);
    let asked = bench.announce(&first).await;
    bench.builds.fail_lists(REGION, Kind::PermissionDenied);
    assert_eq!(bench.pass_on(&asked[0]).await, Settled::Nack, "a grant may become effective");
    bench.age_refusal("a", "build-submitter").await;
    assert_eq!(bench.pass_on(&asked[0]).await, Settled::Ack);
    assert_eq!(
        words(&bench.take()),
        ["a failed: system build-read-role", "b failed: system build-read-role"]
    );
    assert_eq!(bench.builds.submissions(), 1);
}

#[tokio::test]
async fn a_role_that_is_granted_a_moment_ago_fails_no_waiter() {
    let bench = Stages::start();
    let (a, b) = (bench.admit("a", REGION, 1).await, bench.admit("b", REGION, 1).await);
    bench.builds.fail_next(Fault::Refused(Kind::PermissionDenied));
    assert_eq!(bench.upload(&a).await, Settled::Nack);
    let build = bench.wait_for_build(&b).await;
    assert!(bench.ledger.result(build).await.unwrap().is_none());
    bench.age_claim(build).await;
    assert_eq!(bench.upload(&a).await, Settled::Ack);
    bench.builds.end(&bench.builds.latest().name, BuildStatus::Success);
    let said = bench.announce(&bench.builds.latest()).await;
    assert!(!words(&said).iter().any(|words| words.contains("failed")), "{:?}", words(&said));
}
