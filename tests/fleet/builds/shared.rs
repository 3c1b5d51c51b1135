//! Two functions with the same source share one build.

use crate::support::post::Settled;
use crate::support::stages::{REGION, Stages, words};
use longshore_cloud::BuildStatus;
use longshore_messages::{BuildSubmitted, decode};
use std::collections::BTreeSet;

#[tokio::test]
async fn two_deployments_with_one_build_key_need_one_submission_and_are_both_woken() {
    let bench = Stages::start();
    let (a, b) = (bench.admit("a", REGION, 1).await, bench.admit("b", REGION, 1).await);
    let build = bench.wait_for_build(&a).await;
    assert_eq!(bench.wait_for_build(&b).await, build);
    assert_eq!(bench.builds.submissions(), 1);
    assert_eq!(bench.waiting(build).await.len(), 2);
    let running = bench.builds.latest();
    assert!(bench.announce(&running).await.is_empty());
    bench.builds.end(&running.name, BuildStatus::Success);
    assert_eq!(words(&bench.announce(&running).await), ["a gets a", "b gets a"]);
}

#[tokio::test]
async fn two_replicas_that_get_one_source_in_the_same_moment_submit_one_build() {
    const FUNCTIONS: usize = 12;
    let bench = Stages::start();
    let beside = bench.start_beside(bench.objects.clone());
    let mut uploaded = Vec::new();
    for number in 0..FUNCTIONS {
        uploaded.push(bench.admit(&format!("f{number}"), REGION, 1).await);
    }
    let (ones, others) = uploaded.split_at(FUNCTIONS / 2);
    let (here, there) = tokio::join!(
        futures::future::join_all(ones.iter().map(|one| bench.upload(one))),
        futures::future::join_all(others.iter().map(|one| beside.upload(one))),
    );
    assert!(here.into_iter().chain(there).all(|settled| settled == Settled::Ack));
    let said: Vec<_> = bench.take().into_iter().chain(beside.take()).collect();
    let builds: BTreeSet<_> = said
        .iter()
        .map(|one| decode::<BuildSubmitted>(&one.message).unwrap().build.build)
        .collect();
    assert_eq!((said.len(), builds.len()), (FUNCTIONS, 1));
    assert_eq!(bench.builds.submissions(), 1);
}

#[tokio::test]
async fn deployments_of_different_sources_wait_for_different_builds() {
    let bench = Stages::start();
    let (a, b) = (bench.admit("a", REGION, 1).await, bench.admit("b", REGION, 2).await);
    assert_ne!(bench.wait_for_build(&a).await, bench.wait_for_build(&b).await);
    let of_b = bench.builds.latest();
    bench.builds.end(&of_b.name, BuildStatus::Success);
    assert_eq!(words(&bench.announce(&of_b).await), ["b gets b"]);
}

#[tokio::test]
async fn an_image_that_was_deleted_is_built_again() {
    let bench = Stages::start();
    let (a, b) = (bench.admit("a", REGION, 1).await, bench.admit("b", REGION, 1).await);
    let c = bench.admit("c", REGION, 1).await;
    bench.build(&a).await;
    let build = bench.wait_for_build(&b).await;
    assert_eq!(build.number, 1, "it is reused while it is there");
    assert_eq!(words(&bench.take()), ["b gets a"]);
    let image = bench.ledger.claim_of(build).await.unwrap().unwrap().image;
    bench.images.delete(&image);
    assert_eq!(bench.wait_for_build(&c).await.number, 2);
    assert_eq!(bench.builds.submissions(), 2);
}
