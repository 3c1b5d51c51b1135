//! A claim whose deployment has ended.

use std::time::Duration;

use crate::support::fakes::Fault;
use crate::support::post::Settled;
use crate::support::stages::{REGION, Stages, words};
use longshore_build_submitter::build_key;
use longshore_cloud::{BuildStatus, Kind};
use longshore_messages::BuildRef;
use time::OffsetDateTime;

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

/// Two deployments that wait for a build which the first of them claimed and did not submit, and
/// which has ended since.
async fn abandoned(bench: &Stages) -> BuildRef {
    let (a, b) = (bench.admit("a", REGION, 1).await, bench.admit("b", REGION, 1).await);
    bench.builds.fail_next(Fault::Refused(Kind::Unavailable));
    assert_eq!(bench.upload(&a).await, Settled::Nack);
    let build = bench.wait_for_build(&b).await;
    assert_eq!(words(&bench.sweep().await), [""; 0], "the claimant may still submit it");
    bench.cancel(&a).await;
    bench.ledger.close(a.deployment.id).await.unwrap();
    build
}

#[tokio::test]
async fn a_waiter_of_a_build_whose_claimant_ended_has_it_submitted_by_the_next_sweep() {
    let bench = Stages::start();
    let build = abandoned(&bench).await;
    let asked = bench.sweep().await;
    assert_eq!(words(&asked), ["build 1 deserves attempt 1"]);
    for _ in 0..2 {
        assert_eq!(bench.pass_on(&asked[0]).await, Settled::Ack);
    }
    assert_eq!(bench.builds.builds().len(), 1);
    assert_eq!(words(&bench.sweep().await), [""; 0]);
    let running = bench.builds.latest();
    bench.builds.end(&running.name, BuildStatus::Success);
    assert_eq!(words(&bench.announce(&running).await), ["b gets a"]);
    assert!(bench.ledger.list_pending().await.unwrap().is_empty());
    assert_eq!(bench.ledger.submission(build, 1).await.unwrap().unwrap().build_name, running.name);
}

#[tokio::test]
async fn an_abandoned_build_is_submitted_once_however_many_replicas_ask() {
    let bench = Stages::start();
    abandoned(&bench).await;
    for _ in 0..5 {
        bench.replica().sweep().await;
    }
    let asked = bench.take();
    assert_eq!(words(&asked), ["build 1 deserves attempt 1"; 5]);
    let settled = asked.iter().map(|asked| bench.pass_on(asked));
    assert_eq!(futures::future::join_all(settled).await, [Settled::Ack; 5]);
    assert_eq!(bench.builds.builds().len(), 1);
}

#[tokio::test]
async fn an_abandoned_build_without_waiters_is_forgotten() {
    let bench = Stages::start();
    let a = bench.admit("a", REGION, 1).await;
    bench.builds.fail_next(Fault::Refused(Kind::Unavailable));
    assert_eq!(bench.upload(&a).await, Settled::Nack);
    bench.cancel(&a).await;
    bench.ledger.close(a.deployment.id).await.unwrap();
    assert_eq!(words(&bench.sweep().await), [""; 0]);
    assert!(bench.ledger.list_pending().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_claimant_that_passes_its_deadline_is_replaced() {
    let bench = Stages::start();
    let (a, b) = (bench.admit("a", REGION, 1).await, bench.admit("b", REGION, 1).await);
    bench.builds.fail_next(Fault::Refused(Kind::Unavailable));
    assert_eq!(bench.upload(&a).await, Settled::Nack);
    bench.wait_for_build(&b).await;
    bench.ledger.close(a.deployment.id).await.unwrap();
    bench.open("a", REGION, OffsetDateTime::now_utc() - Duration::from_secs(1)).await;
    assert_eq!(words(&bench.sweep().await), ["a failed: system deadline-exceeded"]);
    assert_eq!(words(&bench.sweep().await), ["build 1 deserves attempt 1"]);
}
