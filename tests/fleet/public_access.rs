//! Public access where an organization policy forbids services that do not check who calls them. In
//! memory.

use crate::forgery::{published, request_of};
use crate::support::post::Settled;
use crate::support::stages::{REGION, Said, Stages, function};
use longshore_cloud::{BuildStatus, Kind};
use longshore_messages::{Access, DeploymentFinished, Failure, Outcome, decode, proto};

fn name() -> String {
    function("a", REGION).service()
}

/// Takes a request of this identity to service-deployer, and returns its message.
async fn image(bench: &Stages, ce_id: &str, access: proto::Access) -> Said {
    let mut request = request_of("a", "text");
    let service = request.function.as_mut().unwrap().service.get_or_insert_default();
    service.access = access.into();
    assert_eq!(bench.request(&published(&request, ce_id)).await, Settled::Ack);
    let uploaded = bench.take().remove(0);
    assert_eq!(bench.pass_on(&uploaded).await, Settled::Ack);
    let submitted = bench.take().remove(0);
    assert_eq!(bench.pass_on(&submitted).await, Settled::Ack);
    if let Some(image) = bench.take().pop() {
        return image;
    }
    let running = bench.builds.latest();
    bench.builds.end(&running.name, BuildStatus::Success);
    bench.announce(&running).await.remove(0)
}

/// Deploys, and returns the outcome.
async fn deploy(bench: &Stages, ce_id: &str, access: proto::Access) -> Said {
    let image = image(bench, ce_id, access).await;
    assert_eq!(bench.pass_on(&image).await, Settled::Ack);
    bench.take().remove(0)
}

fn failure(said: &Said) -> Failure {
    match decode::<DeploymentFinished>(&said.message).unwrap().outcome {
        Outcome::Failed(failure) => failure,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_service_that_must_check_its_callers_is_public_by_its_iam_policy() {
    let bench = Stages::start();
    bench.services.forbid_unchecked();
    assert_eq!(deploy(&bench, "1", proto::Access::Public).await.words, "a ended deployed");
    let live = bench.services.live(&name()).unwrap();
    assert_eq!(live.shape.settings.access, Some(Access::Authenticated));
    assert!(bench.services.is_public(&name()));
    assert_eq!(bench.services.writes(), 2, "a refused one");

    assert_eq!(deploy(&bench, "2", proto::Access::Public).await.words, "a ended unchanged");
    assert!(bench.services.is_public(&name()));
    assert_eq!(bench.services.writes(), 2, "the service says how it is public");

    deploy(&bench, "3", proto::Access::Authenticated).await;
    assert!(!bench.services.is_public(&name()), "public access is no longer requested");
}

#[tokio::test]
async fn a_service_that_is_public_by_its_own_setting_needs_no_iam_policy() {
    let bench = Stages::start();
    assert_eq!(deploy(&bench, "1", proto::Access::Public).await.words, "a ended deployed");
    let live = bench.services.live(&name()).unwrap();
    assert_eq!(live.shape.settings.access, Some(Access::Public));
    assert!(!bench.services.is_public(&name()));
}

#[tokio::test]
async fn a_crash_between_the_service_and_its_iam_policy_is_repaired_by_the_next_delivery() {
    let bench = Stages::start();
    bench.services.forbid_unchecked();
    let image = image(&bench, "1", proto::Access::Public).await;
    bench.services.refuse_policy(Kind::Unavailable, "no answer");
    assert_eq!(bench.pass_on(&image).await, Settled::Nack);
    assert!(!bench.services.is_public(&name()));
    assert_eq!(bench.pass_on_at(&image, 2).await, Settled::Ack);
    assert_eq!(bench.take().remove(0).words, "a ended deployed");
    assert!(bench.services.is_public(&name()));
}

#[tokio::test]
async fn a_service_that_can_be_public_in_no_way_fails_with_role_and_command() {
    let bench = Stages::start();
    bench.services.forbid_unchecked();
    let words = "One or more users named in the policy do not belong to a permitted customer";
    bench.services.refuse_policy(Kind::PreconditionFailed, words);
    let said = deploy(&bench, "1", proto::Access::Public).await;
    assert_eq!(said.words, "a failed: system public-access-forbidden");
    let failure = failure(&said);
    assert!(failure.reason.contains(words), "{}", failure.reason);
    let command = "gcloud run services add-iam-policy-binding a --project demo-project";
    for part in [command, "roles/run.invoker", "administrator"] {
        assert!(failure.advice.contains(part), "{part}: {}", failure.advice);
    }
}
