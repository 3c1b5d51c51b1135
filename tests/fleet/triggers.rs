//! What calls a function: made after its service serves, changed, removed, and never brought back
//! by an older deployment. In memory; `triggers/pushed.rs` uses the programs and a local cloud.

mod documented;
pub(crate) mod events;
mod every_kind;
mod fired;
mod granted;
mod killed;
mod on_time;
mod pushed;
mod queued;
mod scheduled;

use std::time::Duration;

use crate::support::fake_triggers::Stop;
use crate::support::post::Settled;
use crate::support::stages::{PROJECT, REGION, Said, Stages, function, id};
use longshore_cloud::{Kind, TriggerState};
use longshore_ledger::{Admit, Admitted, Open};
use longshore_messages::{
    Deployment, DeploymentFinished, Failure, FailureClass, Function, ImagePublished, Member,
    Outcome, Payload, TopicTrigger, Trigger, TriggerKind, decode,
};
use longshore_runner::Settings;
use time::OffsetDateTime;

const ACCOUNT: &str = "caller@demo-project.iam.gserviceaccount.com";
const ADA: &str = "serviceAccount:ada@demo-project.iam.gserviceaccount.com";
const HOUR: Duration = Duration::from_secs(3_600);
/// Time until a deadline that passes while a trigger is written.
const MOMENT: Duration = Duration::from_secs(1);

fn service() -> String {
    function("a", REGION).service()
}

pub(crate) fn topic(name: &str, filter: &str) -> Trigger {
    Trigger::Topic(TopicTrigger {
        topic: format!("projects/{PROJECT}/topics/{name}"),
        filter: filter.to_owned(),
        ordered: false,
        ack_deadline: None,
        minimum_backoff: None,
        maximum_backoff: None,
        dead_letters: None,
        account: Some(ACCOUNT.to_owned()),
        payload: Payload::Wrapped,
    })
}

/// A fleet in which the deployment `a` of the function `a` has its image.
async fn bench(change: impl FnOnce(&mut Function)) -> (Stages, ImagePublished) {
    bench_with(Stages::settings(), change).await
}

/// As [`bench`], with other settings.
async fn bench_with(
    settings: Settings,
    change: impl FnOnce(&mut Function),
) -> (Stages, ImagePublished) {
    let bench = Stages::start_with(settings);
    let uploaded = bench.admit_with("a", REGION, 1, change).await;
    let image = bench.build(&uploaded).await;
    (bench, decode(&image.message).unwrap())
}

/// A later deployment of the same function, which requests these triggers.
async fn next(
    bench: &Stages,
    before: &ImagePublished,
    name: &str,
    triggers: Vec<Trigger>,
    deadline: Duration,
) -> ImagePublished {
    let (now, at) = (OffsetDateTime::now_utc(), &before.function.at);
    let deadline_at = now + deadline;
    let admit = Admit { id: id(name), function: at, now, deadline_at, seed: Some(0) };
    let Admitted::As(admission) = bench.ledger.admit(&admit).await.unwrap() else {
        panic!("the seed was given")
    };
    let mut published = before.clone();
    published.deployment = Deployment {
        id: id(name),
        generation: admission.generation,
        admitted_at: now,
        deadline_at,
    };
    published.function.triggers = triggers;
    let open = Open { function: at.clone(), opened_at: now, deadline_at };
    bench.ledger.write_open(id(name), &open).await.unwrap();
    bench.record("registry-watcher", &published).await;
    published
}

/// Delivers an image, and returns the only outcome.
async fn outcome(bench: &Stages, published: &ImagePublished) -> Said {
    assert_eq!(bench.send(published).await, Settled::Ack);
    let mut said = bench.take();
    assert_eq!(said.len(), 1);
    said.remove(0)
}

async fn ending(bench: &Stages, published: &ImagePublished) -> String {
    outcome(bench, published).await.words
}

/// Delivers an image, and holds a write of a trigger until the deadline has passed.
async fn outlasting(bench: &Stages, stop: &Stop, published: &ImagePublished) -> Said {
    let passes = async {
        stop.reached().await;
        let left = published.deployment.deadline_at - OffsetDateTime::now_utc();
        tokio::time::sleep(left.try_into().unwrap_or_default()).await;
        stop.release();
    };
    tokio::join!(outcome(bench, published), passes).0
}

fn failure(said: &Said) -> Failure {
    match decode::<DeploymentFinished>(&said.message).unwrap().outcome {
        Outcome::Failed(failure) => failure,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn triggers_are_made_changed_and_removed_with_the_deployment_that_requests_it() {
    let (bench, a) = bench(|function| function.triggers = vec![topic("orders", "")]).await;
    assert_eq!(ending(&bench, &a).await, "a ended deployed");
    assert_eq!(bench.triggers.take_writes(), ["create orders"]);
    let made = bench.triggers.only().shape;
    assert_eq!(made.endpoint, bench.services.live(&service()).unwrap().url);
    assert_eq!((made.account.as_str(), made.audience == made.endpoint), (ACCOUNT, true));
    assert!(bench.services.may_call(&service()).contains(&format!("serviceAccount:{ACCOUNT}")));

    let b = next(&bench, &a, "b", vec![topic("orders", "")], HOUR).await;
    assert_eq!(ending(&bench, &b).await, "a ended unchanged");
    assert_eq!(bench.triggers.take_writes(), [""; 0]);

    let mut longer = topic("orders", "");
    let Trigger::Topic(changed) = &mut longer else { panic!("a topic") };
    changed.ack_deadline = Some(Duration::from_secs(60));
    let c = next(&bench, &b, "c", vec![longer], HOUR).await;
    assert_eq!(ending(&bench, &c).await, "a ended deployed", "a trigger was changed");
    assert_eq!(bench.triggers.take_writes(), ["update orders"]);

    let filtered = vec![topic("orders", "attributes:kind"), topic("returns", "")];
    let d = next(&bench, &c, "d", filtered, HOUR).await;
    ending(&bench, &d).await;
    let writes = bench.triggers.take_writes();
    assert_eq!(writes, ["create orders attributes:kind", "create returns", "delete orders"]);

    let e = next(&bench, &d, "e", Vec::new(), HOUR).await;
    assert_eq!(ending(&bench, &e).await, "a ended deployed");
    assert_eq!(bench.triggers.all(), [""; 0]);
    assert!(bench.services.may_call(&service()).is_empty(), "the account calls nothing now");
    assert_eq!(bench.services.writes(), 1, "the service is the same all the time");

    let f = next(&bench, &e, "f", Vec::new(), HOUR).await;
    assert_eq!(ending(&bench, &f).await, "a ended unchanged");
}

#[tokio::test]
async fn triggers_of_other_fleets_functions_and_tools_are_never_touched() {
    let (bench, a) = bench(|function| function.triggers = vec![topic("orders", "")]).await;
    ending(&bench, &a).await;
    let ours = bench.triggers.only().shape;
    for (name, key, value) in [
        ("other-fleet", "longshore-fleet", "other"),
        ("other-function", "longshore-function", "b"),
        ("other-region", "longshore-region", "us-central1"),
        ("by-hand", "longshore-fleet", ""),
    ] {
        let mut foreign = ours.clone();
        foreign.name = format!("projects/{PROJECT}/subscriptions/{name}");
        foreign.topic = format!("projects/{PROJECT}/topics/{name}");
        foreign.labels.insert(key.to_owned(), value.to_owned());
        bench.triggers.put(foreign);
    }
    bench.services.let_call(&service(), "user:by-hand@example.com");
    let b = next(&bench, &a, "b", Vec::new(), HOUR).await;
    ending(&bench, &b).await;
    assert_eq!(bench.triggers.all(), ["by-hand", "other-fleet", "other-function", "other-region"]);
    let left: Vec<String> = bench.services.may_call(&service()).into_iter().collect();
    assert_eq!(left, ["user:by-hand@example.com"]);
}

#[tokio::test]
async fn callers_are_bound_and_unbound_and_a_role_that_others_granted_stays() {
    let ada = || Member::service_account("ada@demo-project.iam.gserviceaccount.com");
    let (bench, a) = bench(|function| {
        function.callers.insert(ada());
        function
            .callers
            .insert(Member::service_account("bob@demo-project.iam.gserviceaccount.com"));
    })
    .await;
    let bob = "serviceAccount:bob@demo-project.iam.gserviceaccount.com";
    bench.services.let_call(&service(), bob);
    assert_eq!(ending(&bench, &a).await, "a ended deployed");
    let both: Vec<String> = bench.services.may_call(&service()).into_iter().collect();
    assert_eq!(both, [ADA, bob]);

    let mut without = a.clone();
    without.function.callers.clear();
    let b = next(&bench, &without, "b", Vec::new(), HOUR).await;
    assert_eq!(ending(&bench, &b).await, "a ended deployed");
    let left: Vec<String> = bench.services.may_call(&service()).into_iter().collect();
    assert_eq!(left, [bob], "bob had the role before");
}

#[tokio::test]
async fn a_refused_trigger_ends_the_deployment_and_the_failure_says_what_serves() {
    let (bench, a) = bench(|function| function.triggers = vec![topic("orders", "")]).await;
    bench.triggers.refuse(Kind::NotFound, "Resource not found (resource=orders)");
    let said = outcome(&bench, &a).await;
    assert_eq!(said.words, "a failed: user trigger-refused");
    let failure = failure(&said);
    assert_eq!(failure.class, FailureClass::User);
    let named =
        format!("revision 1 serves, but topic projects/{PROJECT}/topics/orders was refused");
    assert!(failure.reason.contains(&named), "{}", failure.reason);
    assert!(failure.reason.contains("resource=orders"), "{}", failure.reason);
    assert!(failure.advice.contains("gcloud pubsub topics create"), "{}", failure.advice);
    assert!(bench.services.live(&service()).is_some());

    let b = next(&bench, &a, "b", vec![topic("orders", "")], HOUR).await;
    assert_eq!(ending(&bench, &b).await, "a ended deployed");
    assert_eq!(bench.triggers.all(), ["orders"]);
}

#[tokio::test]
async fn a_trigger_without_an_account_is_refused() {
    let mut without = topic("orders", "");
    let Trigger::Topic(changed) = &mut without else { panic!("a topic") };
    changed.account = None;
    let (bench, a) = bench(|function| function.triggers = vec![without]).await;
    let said = outcome(&bench, &a).await;
    assert_eq!(said.words, "a failed: user trigger-refused");
    assert!(failure(&said).advice.contains("serviceAccount"));
}

#[tokio::test]
async fn a_missing_role_is_waited_for_and_an_outage_is_retried_until_the_deadline() {
    let (bench, a) = bench(|function| function.triggers = vec![topic("orders", "")]).await;
    bench.triggers.refuse(Kind::PermissionDenied, "pubsub.subscriptions.create denied");
    assert_eq!(bench.send(&a).await, Settled::Nack);
    bench.triggers.refuse(Kind::Unavailable, "no answer");
    assert_eq!(bench.send(&a).await, Settled::Nack);
    assert_eq!(ending(&bench, &a).await, "a ended deployed");
    assert_eq!(bench.services.writes(), 1);

    let b = next(&bench, &a, "b", vec![topic("returns", "")], MOMENT).await;
    bench.services.change(&service(), |live| {
        let annotation = longshore_messages::DEPLOYMENT_ANNOTATION.to_owned();
        live.shape.annotations.insert(annotation, id("b").to_string());
    });
    bench.triggers.refuse(Kind::Unavailable, "no answer");
    let said = outlasting(&bench, &bench.triggers.stop_next(), &b).await;
    assert_eq!(said.words, "a failed: system trigger-refused");
}

#[tokio::test]
async fn an_older_deployment_does_not_bring_back_what_a_newer_one_removed() {
    let (bench, a) = bench(|function| function.triggers = vec![topic("orders", "")]).await;
    let stop = bench.triggers.stop_next();
    let older = async {
        assert_eq!(bench.send(&a).await, Settled::Ack);
    };
    let newer = async {
        stop.reached().await;
        // It comes between the older one's last look at the fence and its write.
        let b = next(&bench, &a, "b", vec![topic("returns", "")], HOUR).await;
        assert_eq!(bench.send(&b).await, Settled::Ack);
        assert_eq!(bench.triggers.all(), ["returns"]);
        stop.release();
    };
    tokio::join!(older, newer);
    assert_eq!(bench.triggers.all(), ["returns"], "exactly those of the newest deployment");
    let mut ended: Vec<String> = bench.take().into_iter().map(|said| said.words).collect();
    ended.sort();
    assert_eq!(ended, ["a ended deployed", "a ended superseded"]);
    assert!(
        matches!(bench.outcome("a").await, Outcome::Superseded { by: Some(by) } if by == id("b"))
    );
}

#[tokio::test]
async fn an_older_deployment_that_loses_its_worker_after_the_write_is_repaired_by_its_redelivery() {
    let (bench, a) = bench(|function| function.triggers = vec![topic("orders", "")]).await;
    // The worker begins, writes a trigger that the newer deployment does not request, and dies.
    let b = next(&bench, &a, "b", Vec::new(), HOUR).await;
    bench.ledger.mark_triggers(&a.function.at, TriggerKind::Topic).await.unwrap();
    bench.ledger.begin_wiring(id("a")).await.unwrap();
    assert_eq!(ending(&bench, &b).await, "a ended deployed");
    let c = next(&bench, &b, "c", vec![topic("orders", "")], HOUR).await;
    ending(&bench, &c).await;
    let stray = bench.triggers.only().shape;
    let d = next(&bench, &c, "d", Vec::new(), HOUR).await;
    ending(&bench, &d).await;
    assert_eq!(bench.triggers.all(), [""; 0]);
    bench.triggers.put(stray);
    assert_eq!(ending(&bench, &a).await, "a ended superseded");
    assert_eq!(bench.triggers.all(), [""; 0], "the redelivery restores what is requested now");
}

#[tokio::test]
async fn a_trigger_that_has_lost_its_topic_is_made_again_by_the_next_deployment() {
    let (bench, a) = bench(|function| function.triggers = vec![topic("orders", "")]).await;
    ending(&bench, &a).await;
    bench.triggers.detach_all();
    bench.triggers.take_writes();
    let b = next(&bench, &a, "b", vec![topic("orders", "")], HOUR).await;
    assert_eq!(ending(&bench, &b).await, "a ended deployed");
    assert_eq!(bench.triggers.take_writes(), ["delete _deleted-topic_", "create orders"]);
    assert_eq!(bench.triggers.only().state, TriggerState::Active);
}

#[tokio::test]
async fn a_principal_with_the_name_of_another_mark_is_only_a_caller() {
    let (bench, a) = bench(|_| {}).await;
    let at = &a.function.at;
    let members = [
        "topic",
        "kind/queue",
        "enqueuer/emails/user:x",
        "principalSet://iam.googleapis.com/projects/1/locations/global/x/kind/schedule",
    ];
    for member in members {
        bench.ledger.mark_caller(at, member).await.unwrap();
    }
    let wired = bench.ledger.wired(at).await.unwrap();
    assert!(wired.kinds.is_empty() && wired.enqueuers.is_empty(), "{wired:?}");
    assert_eq!(wired.callers, members.map(str::to_owned).into());
    assert!(bench.ledger.triggered_functions().await.unwrap().is_empty());

    bench.ledger.mark_triggers(at, TriggerKind::Queue).await.unwrap();
    bench.ledger.mark_enqueuer(at, "emails", members[3]).await.unwrap();
    for member in members {
        bench.ledger.unmark_caller(at, member).await.unwrap();
    }
    let wired = bench.ledger.wired(at).await.unwrap();
    assert_eq!(wired.kinds, [TriggerKind::Queue].into());
    assert!(wired.callers.is_empty());
    assert_eq!(wired.enqueuers["emails"], [members[3].to_owned()].into());
    let functions = bench.ledger.triggered_functions().await.unwrap();
    assert_eq!(functions, [(at.clone(), [TriggerKind::Queue].into())].into());
}
