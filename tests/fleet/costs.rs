//! What a deployment costs the ledger, in requests. It must not depend on other deployments.

use std::sync::Arc;
use std::time::Duration;

use crate::forgery::{published, request_of};
use crate::support::post::Settled;
use crate::support::stages::{REGION, Stages, words};
use longshore_cloud::BuildStatus;
use longshore_ledger::{Ledger, PendingBuild, Waiter};
use longshore_messages::{DeploymentId, SourceUploaded, WireMessage, decode};
use time::OffsetDateTime;

/// Maximum number of requests for the first deployment of a function, from its request to its
/// outcome.
const FIRST_DEPLOYMENT_MAX: usize = 30;

/// Takes a request to its outcome, prints what it cost, and returns the number of requests to the ledger.
#[expect(clippy::print_stdout, reason = "shows the requests with --nocapture")]
async fn cost(bench: &Stages, number: u32) -> usize {
    let name = format!("f{number}");
    let request = published(&request_of(&name, &name), &name);
    bench.requests.take();
    assert_eq!(bench.request(&request).await, Settled::Ack);
    let uploaded = bench.take();
    assert_eq!(bench.pass_on(&uploaded[0]).await, Settled::Ack);
    let submitted = bench.take();
    assert_eq!(bench.pass_on(&submitted[0]).await, Settled::Ack);
    let running = bench.builds.latest();
    bench.builds.end(&running.name, BuildStatus::Success);
    let image = bench.announce(&running).await;
    assert_eq!(bench.pass_on(&image[0]).await, Settled::Ack);
    assert_eq!(words(&bench.take()), [format!("{name} ended deployed")]);
    let requests = bench.requests.take();
    let total = requests.values().sum();
    println!("{total} requests to the ledger: {requests:?}");
    total
}

#[tokio::test]
async fn a_deployment_costs_the_same_beside_any_number_of_others() {
    const OTHERS: u32 = 300;
    let bench = Stages::start();
    let alone = cost(&bench, 1).await;
    assert!(alone <= FIRST_DEPLOYMENT_MAX, "{alone}");
    let deadline_at = OffsetDateTime::now_utc() + Duration::from_secs(3_600);
    for number in 0..OTHERS {
        bench.open(&format!("other-{number}"), REGION, deadline_at).await;
    }
    assert_eq!(cost(&bench, 2).await, alone);
}

#[tokio::test]
async fn a_survey_of_all_functions_takes_as_many_requests_for_one_as_for_twenty() {
    let bench = Stages::start();
    let ledger = Ledger::new(Arc::clone(&bench.requests) as _, "ledger");
    let mut costs = Vec::new();
    for numbers in [1..=1, 2..=20] {
        for number in numbers {
            cost(&bench, number).await;
        }
        bench.requests.take();
        let surveyed = ledger.survey_functions().await.unwrap();
        costs.push((surveyed.len(), bench.requests.take()));
        for one in surveyed {
            assert_eq!(one.head.unwrap().admission.generation, 1);
            assert_eq!(one.runtime, Some(Some("python3".to_owned())));
            assert_eq!(one.ended.unwrap().outcome, "deployed");
        }
    }
    let [(1, one), (20, twenty)] = &costs[..] else { panic!("{costs:?}") };
    assert_eq!(one, twenty);
    assert!(one.keys().all(|request| request.starts_with("list ")), "{one:?}");
}

#[tokio::test]
async fn the_end_of_the_newest_deployment_replaces_the_one_before_it() {
    let bench = Stages::start();
    for (ce_id, text) in [("1", "one"), ("2", "two")] {
        let request = published(&request_of("f", text), ce_id);
        assert_eq!(bench.request(&request).await, Settled::Ack);
        let uploaded = bench.take().remove(0);
        let uploaded: SourceUploaded = decode(&uploaded.message).unwrap();
        let image = bench.build(&uploaded).await;
        assert_eq!(bench.pass_on(&image).await, Settled::Ack);
        bench.take();
        let ended = bench.ledger.list_ended().await.unwrap();
        assert_eq!(Vec::from_iter(ended.keys()), [&uploaded.deployment.id]);
    }
}

#[tokio::test]
async fn joining_a_build_costs_the_same_beside_any_number_of_waiters() {
    let bench = Stages::start();
    let claimant = bench.admit("claimant", REGION, 1).await;
    let build = bench.wait_for_build(&claimant).await;
    let mut costs = Vec::new();
    for waiters in [0, 300] {
        for number in 0..waiters {
            let (id, waiter) = (
                DeploymentId::of("waiter", &number.to_string()),
                Waiter { submitted: WireMessage::default() },
            );
            bench.ledger.wait_for(build, id, &waiter).await.unwrap();
        }
        let joining = bench.admit(&format!("beside-{waiters}"), REGION, 1).await;
        bench.requests.take();
        assert_eq!(bench.wait_for_build(&joining).await, build);
        costs.push(bench.requests.take());
    }
    assert_eq!(costs[0], costs[1]);
}

#[tokio::test]
async fn a_build_is_marked_from_its_claim_until_its_waiters_are_woken() {
    let bench = Stages::start();
    let uploaded = bench.admit("a", REGION, 1).await;
    let build = bench.wait_for_build(&uploaded).await;
    let marked = bench.ledger.list_pending().await.unwrap();
    let [PendingBuild { project, region, build: marked, claimant, .. }] = &marked[..] else {
        panic!("{marked:?}")
    };
    let at = &uploaded.function.at;
    assert_eq!((project, region, *marked), (&at.project, &at.region, build));
    assert_eq!(*claimant, Some(uploaded.deployment.id));
    let running = bench.builds.latest();
    bench.builds.end(&running.name, BuildStatus::Success);
    bench.announce(&running).await;
    assert!(bench.ledger.list_pending().await.unwrap().is_empty());
}
