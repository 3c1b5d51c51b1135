mod bucket;
mod world;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use longshore_cloud::CountedObjects;
use longshore_ledger::{Open, Standing};
use longshore_messages::{Deployment, Method, ScheduleRetry, ScheduleTrigger};

use self::world::*;
use super::*;
use crate::error::CliError;

#[tokio::test]
async fn a_deletion_takes_a_generation_and_later_deployments_continue_from_it() {
    let fleet = Fleet::new(Some(service("a", 1)));
    assert_eq!(fleet.admitted("a").await, 1);
    fleet.ended("a").await;
    let removed = fleet.remove(false).await.unwrap();
    assert_eq!((removed.generation, removed.kept.image.as_deref()), (2, Some("image@sha256:1")));
    assert!(matches!(fleet.remove(false).await, Err(CliError::NoFunction(_))), "it was deleted");
    assert_eq!(fleet.admitted("b").await, 3);
    assert_eq!(fleet.deletions(), 1);
}

#[tokio::test]
async fn the_triggers_of_the_function_are_deleted_and_no_others() {
    let fleet = Fleet::new(Some(service("a", 1)));
    fleet.admitted("a").await;
    fleet.ended("a").await;
    for kind in TriggerKind::ALL {
        fleet.ledger.mark_triggers(&at(), kind).await.unwrap();
    }
    let ada = "user:ada@example.com";
    fleet.ledger.mark_caller(&at(), ada).await.unwrap();
    fleet.ledger.mark_enqueuer(&at(), "q", ada).await.unwrap();
    let labels = |fleet| TriggerOwner::function(fleet, &at()).labels();
    fleet.pushes.set([push("ours", labels("longshore")), push("foreign", labels("other"))]);
    fleet.events.set([event("event", labels("longshore"))]);
    let (ours, foreign) = (schedule().job("longshore", &at()), schedule().job("other", &at()));
    let queue_of = |name: &str| queue(name.replace("/jobs/", "/queues/"));
    fleet.queues.set([queue_of(&ours), queue_of(&foreign)]);
    fleet.jobs.set([job(ours), job(foreign.clone())]);
    fleet.remove(false).await.unwrap();
    assert_eq!((fleet.pushes.names(), fleet.deletions()), (vec!["foreign".to_owned()], 1));
    assert!(fleet.events.names().is_empty());
    assert_eq!(fleet.jobs.names(), std::slice::from_ref(&foreign));
    assert_eq!(fleet.queues.names(), [foreign.replace("/jobs/", "/queues/")]);
    let left = fleet.ledger.wired(&at()).await.unwrap();
    assert!(left.callers.is_empty() && left.enqueuers.is_empty(), "{left:?}");
}

fn schedule() -> ScheduleTrigger {
    ScheduleTrigger {
        name: "1".to_owned(),
        schedule: "0 9 * * *".to_owned(),
        time_zone: None,
        method: Method::Post,
        path: "/".to_owned(),
        body: Vec::new(),
        headers: BTreeMap::new(),
        attempt_deadline: None,
        retry: ScheduleRetry::default(),
        account: None,
    }
}

#[tokio::test]
async fn a_deployment_in_progress_is_superseded_by_the_deletion() {
    let fleet = Fleet::new(None);
    let generation = fleet.admitted("a").await;
    let removed = fleet.remove(false).await.unwrap();
    assert_eq!(removed.superseded, [id("a")]);
    let now = OffsetDateTime::now_utc();
    let deployment = Deployment { id: id("a"), generation, admitted_at: now, deadline_at: now };
    assert_eq!(
        fleet.ledger.standing(&deployment, &at()).await.unwrap(),
        Standing::Superseded { by: removed.deletion }
    );
}

#[tokio::test]
async fn a_deployment_that_is_writing_the_service_finishes_before_the_service_is_deleted() {
    let fleet = Fleet::new(None);
    fleet.admitted("a").await;
    fleet.ledger.record_stage(id("a"), &Fleet::record("registry-watcher")).await.unwrap();
    let now = OffsetDateTime::now_utc();
    fleet.ledger.reserve_ending(id("a"), "service-deployer", now).await.unwrap();
    let writes = async {
        while fleet.ledger.head(&at()).await.unwrap().unwrap().deployment == id("a") {
            tokio::task::yield_now().await;
        }
        *fleet.run.live.lock().unwrap() = Some(service("a", 1));
        fleet.ended("a").await;
    };
    let (removed, ()) = tokio::join!(fleet.remove(false), writes);
    assert_eq!(removed.unwrap().generation, 2);
    assert_eq!((fleet.deletions(), fleet.run.live.lock().unwrap().is_none()), (1, true));
}

#[tokio::test]
async fn a_deployment_that_must_read_the_fence_again_before_it_writes_is_not_waited_for() {
    let fleet = Fleet::new(Some(service("a", 1)));
    fleet.admitted("a").await;
    fleet.ended("a").await;
    fleet.admitted("b").await;
    fleet.ledger.record_stage(id("b"), &Fleet::record("registry-watcher")).await.unwrap();
    let removed = tokio::time::timeout(Duration::from_secs(60), fleet.remove(false)).await;
    assert_eq!(removed.unwrap().unwrap().superseded, [id("b")]);
}

#[tokio::test]
async fn a_service_of_another_owner_is_deleted_only_if_forced() {
    let mut foreign = service("a", 1);
    foreign.shape.annotations.clear();
    for live in [foreign, service("of another fleet", 1)] {
        let fleet = Fleet::new(Some(live));
        fleet.admitted("a").await;
        fleet.ended("a").await;
        assert!(matches!(fleet.remove(false).await, Err(CliError::NotOurs(_))));
        assert_eq!(fleet.deletions(), 0);
        fleet.remove(true).await.unwrap();
        assert_eq!(fleet.deletions(), 1);
    }
}

#[tokio::test]
async fn a_service_that_changes_concurrently_is_read_again() {
    for (changes, deleted) in [(1, true), (3, true), (4, false)] {
        let fleet = Fleet::new(Some(service("a", 1)));
        fleet.admitted("a").await;
        fleet.ended("a").await;
        fleet.run.changes.store(changes, Ordering::SeqCst);
        assert_eq!(fleet.remove(false).await.is_ok(), deleted, "{changes}");
        assert_eq!(fleet.deletions(), usize::from(deleted), "{changes}");
    }
}

#[tokio::test]
async fn a_service_written_by_a_later_deployment_is_kept() {
    let fleet = Fleet::new(Some(service("a", 7)));
    fleet.admitted("a").await;
    fleet.ended("a").await;
    assert!(matches!(fleet.remove(false).await, Err(CliError::DeletionSuperseded(_))));
    assert_eq!(fleet.deletions(), 0);
}

#[tokio::test]
async fn an_unreadable_open_deployment_does_not_hold_up_a_deletion() {
    let unreadable = |fleet: &Fleet, name: &str| {
        let entry = (1, Bytes::from_static(b"{}"));
        let open = longshore_ledger::names::open(id(name));
        fleet.bucket.0.lock().unwrap().insert(open, entry);
    };
    let record = |function: &str| {
        let mut record = Fleet::record("registry-watcher");
        record.message.attributes.insert("function".to_owned(), function.to_owned());
        record
    };
    let fleet = Fleet::new(Some(service("a", 1)));
    fleet.admitted("a").await;
    fleet.ended("a").await;
    unreadable(&fleet, "not admitted");
    unreadable(&fleet, "of another function");
    let other = record("demo-project/europe-west1/other");
    fleet.ledger.record_stage(id("of another function"), &other).await.unwrap();
    assert_eq!(fleet.remove(false).await.unwrap().superseded, []);

    // One that may be writing this function's service is waited for.
    let fleet = Fleet::new(Some(service("a", 1)));
    fleet.admitted("a").await;
    fleet.ledger.record_stage(id("a"), &record(&at().to_string())).await.unwrap();
    fleet.ledger.record_outcome(id("a"), &Fleet::record("service-deployer")).await.unwrap();
    unreadable(&fleet, "a");
    assert_eq!(fleet.remove(false).await.unwrap().superseded, [id("a")]);
}

#[tokio::test]
async fn a_deletion_costs_the_same_beside_any_number_of_other_deployments() {
    let mut costs = Vec::new();
    for others in [0, 300] {
        let mut fleet = Fleet::new(Some(service("a", 1)));
        fleet.admitted("a").await;
        fleet.ended("a").await;
        let other = FunctionRef { name: "other".into(), ..at() };
        let now = OffsetDateTime::now_utc();
        for number in 0..others {
            let open =
                Open { function: other.clone(), opened_at: now, deadline_at: now + WAIT_MAX };
            fleet.ledger.write_open(id(&format!("other-{number}")), &open).await.unwrap();
        }
        let counted = Arc::new(CountedObjects::new(Arc::clone(&fleet.bucket) as _));
        fleet.ledger = Ledger::new(Arc::clone(&counted) as _, "ledger");
        fleet.remove(false).await.unwrap();
        costs.push(counted.take());
    }
    assert_eq!(costs[0], costs[1]);
}

#[tokio::test]
async fn all_older_deployments_in_progress_are_superseded() {
    let fleet = Fleet::new(None);
    for name in ["a", "b", "c"] {
        fleet.admitted(name).await;
    }
    fleet.ended("b").await;
    assert_eq!(fleet.remove(false).await.unwrap().superseded, [id("a"), id("c")]);
}

#[tokio::test]
async fn an_unknown_function_does_not_exist() {
    assert!(matches!(Fleet::new(None).remove(false).await, Err(CliError::NoFunction(_))));
}
