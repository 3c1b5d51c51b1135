//! service-deployer next to other tools: stale reads, refused writes, late writes, pinned traffic,
//! and who ends a deployment at its deadline. In memory.

use std::time::Duration;

use crate::support::fake_services::{Refusal, changed};
use crate::support::post::Settled;
use crate::support::stages::{REGION, Said, Stages, function, id, words};
use longshore_cloud::{ConditionState, Kind, Objects as _, TrafficShare};
use longshore_ledger::{Admit, Admitted, names};
use longshore_messages::{
    Deployment, DeploymentFinished, Failure, ImagePublished, Outcome, decode,
};
use time::OffsetDateTime;

const HOUR: Duration = Duration::from_secs(3_600);

/// How an organization policy answers, which never changes.
const POLICY: &str = "Precondition check failed: constraints/run.allowedIngress";

fn name() -> String {
    function("a", REGION).service()
}

/// A fleet in which the deployment `a` of the function `a` has its image.
async fn bench() -> (Stages, ImagePublished) {
    let bench = Stages::start();
    let uploaded = bench.admit("a", REGION, 1).await;
    let image = bench.build(&uploaded).await;
    (bench, decode(&image.message).unwrap())
}

/// A later deployment of the same function, with this variable in its environment.
async fn next(
    bench: &Stages,
    before: &ImagePublished,
    name: &str,
    variable: &str,
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
    published.function.service.environment.insert("KEY".to_owned(), variable.to_owned());
    let open = longshore_ledger::Open { function: at.clone(), opened_at: now, deadline_at };
    bench.ledger.write_open(id(name), &open).await.unwrap();
    bench.record("registry-watcher", &published).await;
    published
}

/// Delivers an image, and returns the only outcome.
async fn outcome(bench: &Stages, published: &ImagePublished) -> Said {
    assert_eq!(bench.send(published).await, Settled::Ack);
    let mut said = bench.take();
    assert_eq!(said.len(), 1, "{:?}", words(&said));
    said.remove(0)
}

async fn ending(bench: &Stages, published: &ImagePublished) -> String {
    outcome(bench, published).await.words
}

fn failure(said: &Said) -> Failure {
    match decode::<DeploymentFinished>(&said.message).unwrap().outcome {
        Outcome::Failed(failure) => failure,
        other => panic!("{other:?}"),
    }
}

fn fixed(revision: &str, percent: i32) -> TrafficShare {
    TrafficShare {
        revision: revision.to_owned(),
        follows_latest: false,
        percent,
        tag: String::new(),
        url: String::new(),
    }
}

#[tokio::test]
async fn pinned_traffic_is_neither_deployed_nor_unchanged_and_stays_pinned() {
    let (bench, a) = bench().await;
    assert_eq!(ending(&bench, &a).await, "a ended deployed");
    bench.services.change(&name(), |live| live.traffic = vec![fixed("1", 100)]);
    let b = next(&bench, &a, "b", "2", HOUR).await;
    assert_eq!(ending(&bench, &b).await, "a ended traffic-pinned");
    let c = next(&bench, &a, "c", "2", HOUR).await;
    let said = outcome(&bench, &c).await;
    assert_eq!(said.words, "a ended traffic-pinned");
    let finished: DeploymentFinished = decode(&said.message).unwrap();
    let Outcome::TrafficPinned { ready, traffic } = finished.outcome else { panic!("pinned") };
    assert_eq!((ready.revision.as_str(), traffic.percent), ("3", 0));
    assert_eq!(traffic.distribution(), "100% 1");
    assert_eq!(bench.services.live(&name()).unwrap().traffic, [fixed("1", 100)]);
}

#[tokio::test]
async fn a_service_that_a_read_does_not_show_yet_was_not_deleted() {
    let (bench, a) = bench().await;
    // Two reads before the write, and one that is behind it.
    bench.services.show_next([None, None, None]);
    assert_eq!(ending(&bench, &a).await, "a ended deployed");
    assert_eq!(bench.services.writes(), 1);
}

#[tokio::test]
async fn a_read_that_shows_the_service_before_the_write_decides_nothing() {
    let (bench, a) = bench().await;
    assert_eq!(ending(&bench, &a).await, "a ended deployed");
    let before = bench.services.live(&name());
    let b = next(&bench, &a, "b", "2", HOUR).await;
    bench.services.show_next(vec![before; 4]);
    let said = outcome(&bench, &b).await;
    assert_eq!((said.words.as_str(), bench.services.writes()), ("a ended deployed", 2));
    let finished: DeploymentFinished = decode(&said.message).unwrap();
    let Outcome::Deployed(serving) = finished.outcome else { panic!("deployed") };
    assert_eq!(serving.revision, "2");
}

#[tokio::test]
async fn a_late_write_of_another_tool_is_not_deployed() {
    let (bench, a) = bench().await;
    bench.services.after_write(|services| {
        changed(services, &name(), |live| live.shape.image = "other@sha256:1".to_owned());
    });
    assert_eq!(ending(&bench, &a).await, "a failed: system service-overwritten");
    assert_eq!(bench.services.writes(), 1, "the other tool's write stays");
}

#[tokio::test]
async fn a_late_write_that_leaves_no_trace_of_the_deployment_is_planned_again() {
    let (bench, a) = bench().await;
    bench.services.after_write(|services| {
        changed(services, &name(), |live| {
            live.shape.image = "other@sha256:1".to_owned();
            live.shape.annotations.clear();
        });
    });
    assert_eq!(ending(&bench, &a).await, "a ended deployed");
    assert_eq!(bench.services.writes(), 2);
}

#[tokio::test]
async fn a_refusal_ends_the_deployment_with_googles_words() {
    let (bench, a) = bench().await;
    let refusal = Refusal { kind: Kind::PreconditionFailed, words: POLICY, is_changed: false };
    bench.services.refuse(100, &refusal);
    let said = outcome(&bench, &a).await;
    assert_eq!(said.words, "a failed: system service-refused");
    let failure = failure(&said);
    assert!(failure.reason.contains(POLICY), "{}", failure.reason);
    assert!(bench.services.writes() < 10, "{}", bench.services.writes());
    assert!(bench.take_parked().await.is_empty());
}

#[tokio::test]
async fn a_write_that_another_writer_precedes_is_planned_again() {
    let (bench, a) = bench().await;
    assert_eq!(ending(&bench, &a).await, "a ended deployed");
    let b = next(&bench, &a, "b", "2", HOUR).await;
    let refusal = Refusal { kind: Kind::PreconditionFailed, words: "conflict", is_changed: true };
    bench.services.refuse(2, &refusal);
    assert_eq!(ending(&bench, &b).await, "a ended deployed");
    assert_eq!(bench.services.writes(), 1 + 3);
}

#[tokio::test]
async fn a_deployment_right_after_a_deletion_creates_the_service() {
    let (bench, a) = bench().await;
    assert_eq!(ending(&bench, &a).await, "a ended deployed");
    let b = next(&bench, &a, "b", "2", HOUR).await;
    let deleted = bench.services.live(&name());
    bench.services.remove(&name());
    bench.services.show_next(vec![deleted; 2]);
    assert_eq!(ending(&bench, &b).await, "a ended deployed");
}

#[tokio::test]
async fn a_deployment_that_always_loses_ends_at_its_deadline_with_the_last_reason() {
    let (bench, a) = bench().await;
    assert_eq!(ending(&bench, &a).await, "a ended deployed");
    let b = next(&bench, &a, "b", "2", Duration::from_secs(1)).await;
    let words = "Conflict for resource 'a'";
    let refusal = Refusal { kind: Kind::PreconditionFailed, words, is_changed: true };
    bench.services.refuse(100, &refusal);
    let said = outcome(&bench, &b).await;
    assert_eq!(said.words, "a failed: system deadline-exceeded");
    let failure = failure(&said);
    assert!(failure.reason.contains(words), "{}", failure.reason);
}

#[tokio::test]
async fn the_outcome_at_the_deadline_names_why_an_earlier_delivery_failed() {
    let (bench, a) = bench().await;
    let a = next(&bench, &a, "late", "2", Duration::from_secs(1)).await;
    let words = "The region is overloaded";
    let refusal = Refusal { kind: Kind::Unavailable, words, is_changed: false };
    bench.services.refuse(1, &refusal);
    assert_eq!(bench.send(&a).await, Settled::Nack);
    past(a.deployment.deadline_at).await;
    let said = outcome(&bench, &a).await;
    assert_eq!(said.words, "a failed: system deadline-exceeded");
    let failure = failure(&said);
    assert!(failure.reason.contains(words), "{}", failure.reason);
}

/// Waits until a time has passed.
async fn past(at: OffsetDateTime) {
    while let Ok(left) = Duration::try_from(at - OffsetDateTime::now_utc()) {
        if left.is_zero() {
            return;
        }
        tokio::time::sleep(left).await;
    }
}

#[tokio::test]
async fn a_deployment_whose_service_is_written_is_not_ended_by_the_sweep() {
    let (bench, a) = bench().await;
    let slow = next(&bench, &a, "slow", "2", Duration::from_secs(1)).await;
    bench.services.be_slow();
    let deployed = ending(&bench, &slow);
    let sweeps = async {
        while bench.services.writes() == 0 {
            tokio::task::yield_now().await;
        }
        past(slow.deployment.deadline_at).await;
        let swept = bench.sweep().await;
        bench.services.finish();
        swept
    };
    let (deployed, swept) = tokio::join!(deployed, sweeps);
    assert!(!words(&swept).iter().any(|words| words.contains("failed")), "{:?}", words(&swept));
    assert_eq!(deployed, "a ended deployed");
}

#[tokio::test]
async fn a_deployment_that_the_sweep_has_given_up_is_not_written() {
    let (bench, a) = bench().await;
    let now = OffsetDateTime::now_utc();
    bench.ledger.reserve_ending(id("a"), "registry-watcher", now).await.unwrap();
    assert_eq!(ending(&bench, &a).await, "a failed: system deadline-exceeded");
    assert_eq!(bench.services.writes(), 0);
}

#[tokio::test]
async fn the_sweep_ends_what_it_has_given_up_even_after_a_crash_in_between() {
    let (bench, a) = bench().await;
    let late = next(&bench, &a, "late", "2", Duration::ZERO).await;
    bench
        .ledger
        .reserve_ending(late.deployment.id, "registry-watcher", late.deployment.deadline_at)
        .await
        .unwrap();
    let swept = bench.sweep().await;
    assert!(words(&swept).contains(&"a failed: system deadline-exceeded"), "{:?}", words(&swept));
}

#[tokio::test]
async fn a_failure_of_the_platform_is_repeated_until_the_service_serves() {
    let (bench, a) = bench().await;
    for _ in 0..2 {
        bench.services.after_write(|services| {
            changed(services, &name(), |live| {
                live.condition.state = ConditionState::Failed;
                live.condition.reason = "INTERNAL".to_owned();
                live.latest_ready_revision.clear();
            });
        });
        assert_eq!(bench.send(&a).await, Settled::Nack);
    }
    assert_eq!(ending(&bench, &a).await, "a ended deployed");
    assert_eq!(bench.services.writes(), 3);
}

/// A deployment past its deadline whose message is parked after its end was reserved.
async fn parked_at_the_end() -> (Stages, ImagePublished) {
    let (bench, a) = bench().await;
    let late = next(&bench, &a, "late", "2", Duration::from_nanos(1)).await;
    let head = names::head(&late.function.at);
    bench.objects.delete("ledger", &head).await.unwrap();
    bench.objects.create("ledger", &head, "damaged".into()).await.unwrap();
    assert_eq!(bench.send(&late).await, Settled::Ack);
    assert!(bench.ledger.ending(late.deployment.id).await.unwrap().is_some());
    assert_eq!(bench.ledger.list_parked().await.unwrap().len(), 1);
    assert!(bench.take().is_empty());
    (bench, late)
}

#[tokio::test]
async fn the_sweep_ends_a_deployment_whose_last_message_is_parked() {
    let (bench, late) = parked_at_the_end().await;
    let swept = bench.sweep().await;
    assert!(words(&swept).contains(&"a failed: system deadline-exceeded"), "{:?}", words(&swept));
    let said = swept.iter().find(|said| said.words.contains("failed")).unwrap();
    assert!(failure(said).reason.contains("parked"), "{}", failure(said).reason);
    assert!(!bench.ledger.is_open(late.deployment.id).await.unwrap());
}

#[tokio::test]
async fn the_sweep_leaves_a_deployment_whose_last_message_was_published_again() {
    let (bench, late) = parked_at_the_end().await;
    bench.take_parked().await;
    let swept = bench.sweep().await;
    assert!(!words(&swept).iter().any(|words| words.contains("failed")), "{:?}", words(&swept));
    assert!(bench.ledger.is_open(late.deployment.id).await.unwrap());
}
