//! The roles on the project that triggers need, in memory: given where the fleet may, and never
//! taken back.

use longshore_cloud::Kind;
use longshore_messages::{Outcome, Trigger};

use super::events::event;
use super::{ACCOUNT, HOUR, MOMENT, bench, ending, failure, next, outlasting, topic};
use crate::support::post::Settled;
use crate::support::stages::{Stages, id};

const RECEIVER: &str = "roles/eventarc.eventReceiver";
const PUBLISHER: &str = "roles/pubsub.publisher";
const TOKEN_CREATOR: &str = "roles/iam.serviceAccountTokenCreator";
const STORAGE: &str = "serviceAccount:service-7@gs-project-accounts.iam.gserviceaccount.com";
const PUBSUB: &str = "serviceAccount:service-7@gcp-sa-pubsub.iam.gserviceaccount.com";
const NO_AGENT: &str =
    "Service account service-7@gcp-sa-pubsub.iam.gserviceaccount.com does not exist.";

fn both() -> Vec<Trigger> {
    vec![event("finalized", "b"), topic("orders", "")]
}

#[tokio::test]
async fn the_first_trigger_gets_the_roles_that_are_missing_and_later_deployments_look_no_more() {
    let (bench, a) = bench(|function| function.triggers = both()).await;
    bench.projects.give("roles/pubsub.serviceAgent", PUBSUB);
    assert_eq!(ending(&bench, &a).await, "a ended deployed");
    assert_eq!(bench.projects.take_calls(), ["read", &format!("grant {RECEIVER},{PUBLISHER}")]);
    let expected = [
        format!("roles/pubsub.serviceAgent {PUBSUB}"),
        format!("{RECEIVER} serviceAccount:{ACCOUNT}"),
        format!("{PUBLISHER} {STORAGE}"),
    ];
    assert_eq!(bench.projects.roles(), expected);

    let b = next(&bench, &a, "b", both(), HOUR).await;
    assert_eq!(ending(&bench, &b).await, "a ended unchanged");
    assert!(bench.projects.take_calls().is_empty());
    // Another system may rely on a role that the fleet no longer needs.
    let c = next(&bench, &b, "c", Vec::new(), HOUR).await;
    ending(&bench, &c).await;
    assert!(bench.projects.take_calls().is_empty());
    assert_eq!(bench.projects.roles(), expected);
    let d = next(&bench, &c, "d", both(), HOUR).await;
    assert_eq!(ending(&bench, &d).await, "a ended deployed");
    assert_eq!(bench.projects.take_calls(), ["read"], "the roles are there");
}

#[tokio::test]
async fn roles_that_the_fleet_may_not_see_or_give_do_not_hold_the_triggers_up() {
    let (bench, a) = bench(|function| function.triggers = both()).await;
    bench.projects.refuse(Kind::PermissionDenied, "resourcemanager.projects.setIamPolicy denied");
    assert_eq!(ending(&bench, &a).await, "a ended deployed");
    let all = format!("grant {RECEIVER},{PUBLISHER},{TOKEN_CREATOR}");
    assert_eq!(bench.projects.take_calls(), ["read", &all]);
    assert!(bench.projects.roles().is_empty());

    bench.projects.hide(Kind::PermissionDenied);
    let b = next(&bench, &a, "b", vec![event("deleted", "b")], HOUR).await;
    assert_eq!(ending(&bench, &b).await, "a ended deployed");
    assert_eq!(bench.projects.take_calls(), ["read"]);

    // Without the role, Eventarc refuses, and the failure names the command.
    let c = next(&bench, &b, "c", vec![event("archived", "b")], MOMENT).await;
    let denied = "Permission \"eventarc.events.receiveEvent\" denied on \"caller\"";
    bench.events.refuse(Kind::PermissionDenied, denied);
    let said = outlasting(&bench, &bench.events.stop_next(), &c).await;
    assert_eq!(said.words, "a failed: system trigger-refused");
    assert!(failure(&said).advice.contains(RECEIVER));
}

#[tokio::test]
async fn a_fleet_that_is_not_to_give_roles_does_not_look_for_them() {
    let settings = longshore_runner::Settings { grant_project_roles: false, ..Stages::settings() };
    let (bench, a) = super::bench_with(settings, |function| function.triggers = both()).await;
    assert_eq!(ending(&bench, &a).await, "a ended deployed");
    assert!(bench.projects.take_calls().is_empty());
}

#[tokio::test]
async fn a_service_agent_that_does_not_exist_yet_is_waited_for_until_the_deadline() {
    let (bench, a) = bench(|function| function.triggers = vec![topic("orders", "")]).await;
    for _ in 0..3 {
        bench.projects.refuse(Kind::InvalidArgument, NO_AGENT);
        assert_eq!(bench.send(&a).await, Settled::Nack, "the wait holds no slot");
        assert!(bench.triggers.all().is_empty());
        bench.age_refusal("a", "service-deployer").await;
    }
    assert_eq!(ending(&bench, &a).await, "a ended deployed");
    assert_eq!(bench.projects.roles(), [format!("{TOKEN_CREATOR} {PUBSUB}")]);

    let (bench, a) = self::bench(|function| function.triggers = vec![topic("orders", "")]).await;
    ending(&bench, &a).await;
    let b = next(&bench, &a, "b", vec![event("finalized", "b")], MOMENT).await;
    bench.services.change(&super::service(), |live| {
        let annotation = longshore_messages::DEPLOYMENT_ANNOTATION.to_owned();
        live.shape.annotations.insert(annotation, id("b").to_string());
    });
    bench.projects.refuse(Kind::InvalidArgument, NO_AGENT);
    let said = outlasting(&bench, &bench.projects.stop_next(), &b).await;
    assert_eq!(said.words, "a failed: system trigger-refused");
    let failure = failure(&said);
    assert!(failure.reason.contains(RECEIVER), "{}", failure.reason);
    assert!(failure.advice.contains("Pub/Sub's service agent appears"), "{}", failure.advice);
    assert_eq!(bench.triggers.all(), ["orders"], "what called it before still does");
}

#[tokio::test]
async fn a_transient_failure_of_a_grant_is_repeated_before_the_trigger_is_made() {
    let (bench, a) = bench(|function| function.triggers = both()).await;
    bench.projects.refuse(Kind::Unavailable, "no answer");
    assert_eq!(bench.send(&a).await, Settled::Nack);
    assert!(bench.events.all().is_empty() && bench.triggers.all().is_empty());
    assert_eq!(ending(&bench, &a).await, "a ended deployed");
    assert_eq!(bench.projects.roles().len(), 3);
    assert!(matches!(bench.outcome("a").await, Outcome::Deployed(_)));
}
