//! A build that the platform lost gets two more attempts, and no more.

use crate::support::post::Settled;
use crate::support::stages::{REGION, Stages, words};
use longshore_cloud::BuildStatus;
use longshore_ledger::Concluded;

#[tokio::test]
async fn a_lost_build_is_retried_twice_and_then_fails_its_waiters() {
    let bench = Stages::start();
    for name in ["a", "b"] {
        let uploaded = bench.admit(name, REGION, 1).await;
        bench.wait_for_build(&uploaded).await;
    }
    for attempt in [2, 3] {
        let lost = bench.builds.latest();
        bench.builds.end(&lost.name, BuildStatus::InternalError);
        let asked = bench.announce(&lost).await;
        assert_eq!(words(&asked), [format!("build 1 deserves attempt {attempt}")]);
        // At-least-once: the second delivery finds the first one's submission.
        for _ in 0..2 {
            assert_eq!(bench.pass_on(&asked[0]).await, Settled::Ack);
        }
        assert!(bench.take().is_empty());
        assert_eq!(bench.builds.builds().len(), attempt);
    }
    let last = bench.builds.latest();
    bench.builds.end(&last.name, BuildStatus::InternalError);
    assert_eq!(
        words(&bench.announce(&last).await),
        ["a failed: system build-lost", "b failed: system build-lost"]
    );
    assert_eq!(bench.builds.submissions(), 3);
}

#[tokio::test]
async fn a_success_of_the_second_attempt_wakes_the_waiters_and_a_late_failure_of_the_first_is_ignored()
 {
    let bench = Stages::start();
    let uploaded = bench.admit("a", REGION, 1).await;
    let build = bench.wait_for_build(&uploaded).await;
    let first = bench.builds.latest();
    bench.builds.end(&first.name, BuildStatus::InternalError);
    let asked = bench.announce(&first).await;
    bench.pass_on(&asked[0]).await;
    let second = bench.builds.latest();
    assert_ne!(first.name, second.name);
    assert!(bench.announce(&first).await.is_empty(), "while the second attempt is under way");

    bench.builds.end(&second.name, BuildStatus::Success);
    assert_eq!(words(&bench.announce(&second).await), ["a gets a"]);
    assert!(bench.announce(&first).await.is_empty(), "after the second attempt's success");
    let result = bench.ledger.result(build).await.unwrap().unwrap();
    assert_eq!(result.build_name, second.name);
    assert!(matches!(result.concluded, Concluded::Image { .. }));
}

#[tokio::test]
async fn only_the_log_of_a_build_that_failed_for_good_is_read() {
    for (status, reads) in
        [(BuildStatus::Success, 0), (BuildStatus::InternalError, 0), (BuildStatus::Failure, 1)]
    {
        let bench = Stages::start();
        let uploaded = bench.admit("a", REGION, 1).await;
        bench.wait_for_build(&uploaded).await;
        let ended = bench.builds.latest();
        bench.builds.end(&ended.name, status);
        assert_eq!(bench.announce(&ended).await.len(), 1);
        assert_eq!(bench.builds.log_tails(), reads, "{status:?}");
    }
}
