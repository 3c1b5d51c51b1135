//! Any fault of a submission leaves exactly one build.

use std::sync::Arc;

use crate::support::fakes::{FakeBuilds, Fault};
use crate::support::post::Settled;
use crate::support::sim::SimObjects;
use crate::support::stages::{REGION, Stages, words};
use longshore_build_submitter::build_key;
use longshore_cloud::Kind;
use longshore_messages::BuildRef;

#[tokio::test]
async fn a_submission_with_a_transient_error_is_retried_and_leaves_one_build() {
    for kind in [
        Kind::Unavailable,
        Kind::ResourceExhausted,
        Kind::DeadlineExceeded,
        Kind::Cancelled,
        Kind::Internal,
    ] {
        let bench = Stages::start();
        let a = bench.admit("a", REGION, 1).await;
        bench.builds.fail_next(Fault::Refused(kind));
        assert_eq!(bench.upload(&a).await, Settled::Nack, "{kind}");
        assert!(bench.take().is_empty(), "{kind}");
        bench.age_claim(BuildRef { key: build_key(&a.function, &a.source), number: 1 }).await;
        assert_eq!(bench.upload(&a).await, Settled::Ack, "{kind}");
        assert_eq!(words(&bench.take()), ["a waits for build 1"], "{kind}");
        assert_eq!((bench.builds.submissions(), bench.builds.builds().len()), (2, 1), "{kind}");
    }
}

#[tokio::test]
async fn a_submission_that_was_not_answered_is_found_by_its_tag_and_not_repeated() {
    let bench = Stages::start();
    let a = bench.admit("a", REGION, 1).await;
    let build = BuildRef { key: build_key(&a.function, &a.source), number: 1 };
    bench.builds.fail_next(Fault::Unanswered);
    assert_eq!(bench.upload(&a).await, Settled::Nack);
    assert_eq!(bench.ledger.submission(build, 1).await.unwrap(), None);
    bench.age_claim(build).await;
    assert_eq!(bench.upload(&a).await, Settled::Ack);
    assert_eq!(words(&bench.take()), ["a waits for build 1"]);
    assert_eq!(bench.builds.submissions(), 1);
    assert_eq!(
        bench.ledger.submission(build, 1).await.unwrap().unwrap().build_name,
        bench.builds.latest().name
    );
}

#[tokio::test]
async fn a_process_that_dies_after_any_of_its_writes_leaves_one_build_to_its_successor() {
    /// More writes than one message causes: no process dies.
    const NEVER: usize = 9;
    for writes in (0..5).chain([NEVER]) {
        let (objects, builds) = (SimObjects::new(), Arc::new(FakeBuilds::default()));
        let next = Stages::start_on(objects.clone(), Arc::clone(&builds));
        let a = next.admit("a", REGION, 1).await;
        let died =
            Stages::start_on(objects.dying_after(writes), Arc::clone(&builds)).upload(&a).await;
        assert_eq!(died == Settled::Ack, writes == NEVER, "{writes}");
        let build = BuildRef { key: build_key(&a.function, &a.source), number: 1 };
        if next.ledger.claim_of(build).await.unwrap().is_some() {
            next.age_claim(build).await;
        }
        assert_eq!(next.upload(&a).await, Settled::Ack, "{writes}");
        assert_eq!(words(&next.take()), ["a waits for build 1"], "{writes}");
        assert_eq!((builds.submissions(), builds.builds().len()), (1, 1), "{writes}");
        assert!(next.ledger.submission(build, 1).await.unwrap().is_some(), "{writes}");
    }
}
