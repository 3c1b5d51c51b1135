//! A source that is deleted between its upload and its build ends the deployment with that reason.

use crate::forgery::{published, request_of};
use crate::support::fakes::Fault;
use crate::support::post::Settled;
use crate::support::stages::{PROJECT, REGION, Said, Stages, words};
use longshore_cloud::{Kind, Objects as _};
use longshore_messages::{DeploymentFinished, Outcome, decode, source_bucket};

/// What Cloud Build says if it cannot fetch a source, whatever the cause is.
const FETCH_SOURCE_FAILED: &str = "FETCH_SOURCE_FAILED";

/// Uploads the source of a request.
async fn upload(bench: &Stages) -> Said {
    let request = published(&request_of("a", "text"), "a");
    assert_eq!(bench.request(&request).await, Settled::Ack);
    bench.take().remove(0)
}

async fn delete_source(bench: &Stages) {
    let bucket = source_bucket(PROJECT, REGION);
    let stored = bench.objects.list(&bucket, "").await.unwrap();
    assert_eq!(stored.len(), 1);
    bench.objects.delete(&bucket, &stored[0].name).await.unwrap();
}

/// The advice of the only outcome.
fn advice(said: &[Said]) -> String {
    let [said] = said else { panic!("{:?}", words(said)) };
    match decode::<DeploymentFinished>(&said.message).unwrap().outcome {
        Outcome::Failed(failure) => failure.advice,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_source_that_is_gone_when_its_build_starts_ends_the_deployment_with_that_reason() {
    for is_gone in [true, false] {
        let bench = Stages::start();
        let uploaded = upload(&bench).await;
        assert_eq!(bench.pass_on(&uploaded).await, Settled::Ack);
        let submitted = bench.take();
        assert_eq!(bench.pass_on(&submitted[0]).await, Settled::Ack);
        if is_gone {
            delete_source(&bench).await;
        }
        let running = bench.builds.latest();
        bench.builds.fail(&running.name, FETCH_SOURCE_FAILED, "generic::unknown");
        let said = bench.announce(&running).await;
        if is_gone {
            assert_eq!(words(&said), ["a failed: system source-gone"]);
            let advice = advice(&said);
            assert!(advice.contains("deploy again") && advice.contains("lifecycle"), "{advice}");
        } else {
            assert_eq!(words(&said), ["build 1 deserves attempt 2"]);
        }
    }
}

#[tokio::test]
async fn a_source_that_is_gone_when_its_build_is_submitted_is_not_a_missing_role() {
    let bench = Stages::start();
    let uploaded = upload(&bench).await;
    delete_source(&bench).await;
    bench.builds.fail_next(Fault::Refused(Kind::NotFound));
    assert_eq!(bench.pass_on(&uploaded).await, Settled::Ack);
    assert_eq!(words(&bench.take()), ["a failed: system source-gone"]);
}
