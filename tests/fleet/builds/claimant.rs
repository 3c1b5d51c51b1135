//! The claimant of a build, which waits for it without a waiter.

use crate::support::post::Settled;
use crate::support::stages::{REGION, Stages, id, words};
use longshore_cloud::{BuildStatus, Objects as _};
use longshore_ledger::names;
use longshore_messages::encode;
use time::OffsetDateTime;

#[tokio::test]
async fn a_build_that_ends_before_its_claimant_waits_wakes_it_once() {
    let bench = Stages::start();
    let a = bench.admit("a", REGION, 1).await;
    assert_eq!(bench.upload(&a).await, Settled::Ack);
    let waits = bench.take();
    assert_eq!(words(&waits), ["a waits for build 1"]);
    let running = bench.builds.latest();
    bench.builds.end(&running.name, BuildStatus::Success);
    let image = bench.announce(&running).await;
    assert_eq!(words(&image), ["a gets a"]);
    assert_eq!(bench.pass_on(&waits[0]).await, Settled::Ack);
    assert_eq!(words(&bench.take()), [""; 0], "it was woken");
    assert_eq!(bench.pass_on_at(&waits[0], 2).await, Settled::Ack);
    assert_eq!(words(&bench.take()), ["a gets a"], "a redelivery");
    assert!(bench.ledger.list_pending().await.unwrap().is_empty());
    assert_eq!(bench.pass_on(&image[0]).await, Settled::Ack);
    assert_eq!(words(&bench.take()), ["a ended deployed"]);
}

#[tokio::test]
async fn a_claimant_that_ended_at_its_deadline_is_not_woken() {
    let bench = Stages::start();
    let (a, b) = (bench.admit("a", REGION, 1).await, bench.admit("b", REGION, 1).await);
    let build = bench.wait_for_build(&a).await;
    assert_eq!(bench.wait_for_build(&b).await, build);
    let mut claim = bench.ledger.claim_of(build).await.unwrap().unwrap();
    let (mut submitted, trace) = claim.decode().unwrap();
    let now = OffsetDateTime::now_utc();
    submitted.deployment.deadline_at = now;
    claim.submitted = encode(&submitted, "build-submitter", "longshore", &trace, now);
    bench.objects.delete("ledger", &names::claim(build)).await.unwrap();
    bench.ledger.claim(build, &claim).await.unwrap();
    bench.ledger.close(id("a")).await.unwrap();
    let running = bench.builds.latest();
    bench.builds.end(&running.name, BuildStatus::Success);
    assert_eq!(words(&bench.announce(&running).await), ["b gets a"]);
}

#[tokio::test]
async fn a_record_of_an_older_worker_is_read_to_verify_a_message() {
    let bench = Stages::start();
    let a = bench.admit("a", REGION, 1).await;
    bench.undescribe(&names::stage(id("a"), "uploader")).await;
    let mut forged = a.clone();
    forged.deployment.generation += 1;
    assert_eq!(bench.upload(&forged).await, Settled::Ack);
    assert_eq!(bench.take_parked().await, ["build-submitter unverified"]);
    assert_eq!(bench.upload(&a).await, Settled::Ack);
    assert_eq!(words(&bench.take()), ["a waits for build 1"]);
}

#[tokio::test]
async fn a_claimant_is_woken_once_while_another_waiter_cannot_be_woken() {
    let bench = Stages::start();
    let (a, b) = (bench.admit("a", REGION, 1).await, bench.admit("b", REGION, 1).await);
    let build = bench.wait_for_build(&a).await;
    bench.wait_for_build(&b).await;
    let running = bench.builds.latest();
    bench.builds.end(&running.name, BuildStatus::Success);
    bench.post.refuse(id("b"), true);
    assert_eq!(words(&bench.sweep().await), ["a gets a"]);
    assert_eq!(bench.ledger.build_history(build).await.unwrap().claimant_waits, Some(false));
    bench.post.refuse(id("b"), false);
    let replica = bench.replica();
    bench.age_record(id("b"), "registry-watcher").await;
    replica.sweep().await;
    assert_eq!(words(&bench.take()), ["b gets a"]);
    assert!(bench.ledger.list_pending().await.unwrap().is_empty());
}
