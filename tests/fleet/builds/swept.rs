//! The sweep finds builds that were never announced, whatever else fails.

use std::time::Duration;

use crate::support::post::Settled;
use crate::support::stages::{PROJECT, REGION, Stages, id, words};
use futures::future::join_all;
use longshore_cloud::{BuildStatus, Kind, Objects as _};
use longshore_ledger::names;
use longshore_messages::{SourceUploaded, Topic};
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
    succeed_silently(&bench, "a", REGION, 1).await;
    assert_eq!(words(&bench.sweep().await), ["a gets a"]);
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

#[tokio::test]
async fn ended_builds_cost_a_sweep_nothing() {
    const TAG: &str = "longshore-longshore";
    for history in [0, 10_000] {
        let bench = Stages::start();
        bench.builds.add_history(PROJECT, REGION, TAG, history);
        for name in ["a", "b"] {
            succeed_silently(&bench, name, REGION, 1).await;
        }
        let under_way = bench.admit("c", REGION, 2).await;
        bench.wait_for_build(&under_way).await;
        bench.sweep().await;
        bench.requests.take();
        bench.builds.take_lists();
        for _ in 0..3 {
            // A new replica knows nothing.
            bench.replica().sweep().await;
        }
        assert_eq!(words(&bench.take()), NOTHING, "{history}");
        let requests: Vec<_> = bench.requests.take().into_iter().collect();
        let lists =
            ["list open", "list operating", "list pending"].map(|list| (list.to_owned(), 3));
        assert_eq!(requests, lists, "{history}");
        assert_eq!(bench.builds.take_lists().len(), 3, "{history}");
        assert_eq!(bench.builds.take_gets(), 0, "{history}");
    }
}

#[tokio::test]
async fn any_number_of_watchers_publishes_each_message_once() {
    const WAITERS: u32 = 3;
    for watchers in [1, 2, 5] {
        for is_announced in [false, true] {
            let bench = Stages::start();
            let replicas: Vec<_> = (0..watchers).map(|_| bench.replica()).collect();
            let sweeps = || join_all(replicas.iter().map(|replica| replica.sweep()));
            let mut expected = Vec::new();
            let mut published = Vec::new();
            for source in 1..=4 {
                for waiter in 1..=WAITERS {
                    let name = format!("f{source}-{waiter}");
                    let uploaded = bench.admit(&name, REGION, source).await;
                    bench.wait_for_build(&uploaded).await;
                    expected.push(format!("{name} ended deployed"));
                    expected.push(format!("{name} gets f{source}-1"));
                }
                let running = bench.builds.latest();
                bench.builds.end(&running.name, BuildStatus::Success);
                for round in 0..3 {
                    if is_announced && round == 0 {
                        tokio::join!(sweeps(), bench.announce_quietly(&running));
                    } else {
                        sweeps().await;
                    }
                    for said in bench.take() {
                        if said.topic == Topic::ImagePublished {
                            assert_eq!(bench.pass_on(&said).await, Settled::Ack);
                        }
                        published.push(said.words);
                    }
                    published.extend(bench.take().into_iter().map(|said| said.words));
                }
            }
            expected.sort_unstable();
            published.sort_unstable();
            assert_eq!(published, expected, "{watchers} watchers, {is_announced}");
            assert!(bench.ledger.list_pending().await.unwrap().is_empty());
        }
    }
}

#[tokio::test]
async fn a_watcher_that_dies_after_a_record_leaves_its_message_to_the_next() {
    let bench = Stages::start();
    let a = succeed_silently(&bench, "a", REGION, 1).await;
    bench.post.refuse(a.deployment.id, true);
    bench.replica().sweep().await;
    bench.post.refuse(a.deployment.id, false);
    assert_eq!(words(&bench.sweep().await), NOTHING, "the other one may still publish it");
    bench.age_record(a.deployment.id, "registry-watcher").await;
    assert_eq!(words(&bench.sweep().await), ["a gets a"]);
    assert_eq!(words(&bench.sweep().await), NOTHING);
}

#[tokio::test]
async fn one_bad_item_delays_no_other_one() {
    let bench = Stages::start();
    let damage = async |name: String| {
        bench.objects.delete("ledger", &name).await.unwrap();
        let damaged = bytes::Bytes::from_static(b"{}");
        bench.objects.create("ledger", &name, damaged).await.unwrap();
    };
    for number in 1..=5 {
        succeed_silently(&bench, &format!("f{number}"), REGION, number).await;
    }
    let joining = bench.admit("f6", REGION, 3).await;
    bench.wait_for_build(&joining).await;
    bench.open("late", REGION, OffsetDateTime::now_utc() - Duration::from_secs(1)).await;
    damage(names::open(id("f1"))).await;
    damage(names::open(id("damaged"))).await;
    damage(names::request(id("late"))).await;
    for pending in bench.ledger.list_pending().await.unwrap() {
        if pending.claimant == Some(id("f2")) {
            damage(names::claim(pending.build)).await;
        }
        if pending.claimant == Some(id("f3")) {
            damage(names::waiter(pending.build, id("f6"))).await;
        }
    }
    bench.post.refuse(id("f4"), true);
    let swept = bench.sweep().await;
    assert_eq!(
        words(&swept),
        ["f1 gets f1", "f3 gets f3", "f5 gets f5", "late failed: system deadline-exceeded"]
    );
    for _ in 0..10 {
        assert_eq!(words(&bench.sweep().await), NOTHING);
    }
    assert_eq!(bench.failing(), 4, "two open entries, a claim, and a handoff");
}
