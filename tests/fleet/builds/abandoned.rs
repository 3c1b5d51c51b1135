//! A claim whose deployment has ended.

use crate::support::fakes::Fault;
use crate::support::post::Settled;
use crate::support::stages::{REGION, Stages, words};
use longshore_build_submitter::build_key;
use longshore_cloud::{BuildStatus, Kind};
use longshore_messages::BuildRef;

#[tokio::test]
async fn a_build_whose_claimant_ended_before_submitting_it_has_no_waiters() {
    let bench = Stages::start();
    let (a, b) = (bench.admit("a", REGION, 1).await, bench.admit("b", REGION, 1).await);
    bench.builds.fail_next(Fault::Refused(Kind::Unavailable));
    assert_eq!(bench.upload(&a).await, Settled::Nack);
    bench.cancel(&a).await;
    assert_eq!(bench.upload(&a).await, Settled::Ack);
    assert_eq!(words(&bench.take()), ["a ended cancelled"]);

    let build = BuildRef { key: build_key(&b.function, &b.source), number: 2 };
    assert_eq!(bench.wait_for_build(&b).await, build);
    let running = bench.builds.latest();
    bench.builds.end(&running.name, BuildStatus::Success);
    assert_eq!(words(&bench.announce(&running).await), ["b gets b"]);
}

#[tokio::test]
async fn a_build_whose_claimant_ended_after_submitting_it_is_still_shared() {
    let bench = Stages::start();
    let (a, b) = (bench.admit("a", REGION, 1).await, bench.admit("b", REGION, 1).await);
    let build = bench.wait_for_build(&a).await;
    bench.cancel(&a).await;
    assert_eq!(bench.wait_for_build(&b).await, build);
    assert_eq!(bench.builds.submissions(), 1);
}
