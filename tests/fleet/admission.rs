//! Admission: two requests for one function race, and crash after each of their writes in turn.
//! Generations stay unique, the newest deployment is current, and the other one is superseded.

use std::time::Duration;

use crate::support::sim::SimObjects;
use longshore_ledger::{Admission, Admit, Admitted, Ledger, LedgerError, Standing};
use longshore_messages::{Deployment, DeploymentId, FunctionRef};
use time::OffsetDateTime;

/// More than the number of writes of one admission: no crash.
const NEVER: usize = 9;

fn function() -> FunctionRef {
    FunctionRef {
        project: "demo-project".to_owned(),
        region: "europe-west1".to_owned(),
        name: "raced".to_owned(),
    }
}

fn id(name: &str) -> DeploymentId {
    DeploymentId::of("test", name)
}

async fn admit(ledger: &Ledger, name: &str) -> Result<Admission, LedgerError> {
    let now = OffsetDateTime::now_utc();
    let deadline_at = now + Duration::from_secs(60);
    match ledger
        .admit(&Admit { id: id(name), function: &function(), now, deadline_at, seed: Some(0) })
        .await?
    {
        Admitted::As(admission) => Ok(admission),
        other => panic!("{other:?}"),
    }
}

async fn standing(ledger: &Ledger, name: &str, admission: &Admission) -> Standing {
    let Admission { generation, admitted_at, deadline_at, .. } = *admission;
    let deployment = Deployment { id: id(name), generation, admitted_at, deadline_at };
    ledger.standing(&deployment, &function()).await.unwrap()
}

/// After enough deliveries each deployment has one generation, and keeps it.
async fn is_in_order(objects: &SimObjects, history: &str) {
    let ledger = objects.ledger();
    let (a, b) = (admit(&ledger, "a").await.unwrap(), admit(&ledger, "b").await.unwrap());
    assert_eq!(admit(&ledger, "a").await.unwrap(), a, "{history}");
    assert_eq!(admit(&ledger, "b").await.unwrap(), b, "{history}");
    let mut generations = [a.generation, b.generation];
    generations.sort_unstable();
    assert_eq!(generations, [1, 2], "{history}");
    let (older, newer) =
        if a.generation < b.generation { (("a", a), ("b", b)) } else { (("b", b), ("a", a)) };
    assert_eq!(standing(&ledger, newer.0, &newer.1).await, Standing::Current, "{history}");
    assert_eq!(
        standing(&ledger, older.0, &older.1).await,
        Standing::Superseded { by: id(newer.0) },
        "{history}"
    );
}

#[tokio::test]
async fn a_crash_after_any_write_gives_no_deployment_two_generations() {
    for first_dies_after in (0..4).chain([NEVER]) {
        for second_dies_after in (0..4).chain([NEVER]) {
            for first_redelivered in [false, true] {
                let objects = SimObjects::new();
                let history = format!(
                    "a crashes after {first_dies_after}, b after {second_dies_after}, {first_redelivered}"
                );
                let died = admit(&objects.dying_after(first_dies_after).ledger(), "a").await;
                assert!(died.is_ok() || first_dies_after < NEVER, "{history}");
                if first_redelivered {
                    admit(&objects.ledger(), "a").await.unwrap();
                }
                let died = admit(&objects.dying_after(second_dies_after).ledger(), "b").await;
                assert!(died.is_ok() || second_dies_after < NEVER, "{history}");
                is_in_order(&objects, &history).await;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_requests_get_one_generation_each() {
    let objects = SimObjects::new();
    let start = std::sync::Arc::new(tokio::sync::Barrier::new(16));
    let racing = (0..16).map(|number| {
        let (ledger, start) = (objects.ledger(), std::sync::Arc::clone(&start));
        tokio::spawn(async move {
            start.wait().await;
            // Two concurrent deliveries of the same request, which Pub/Sub allows.
            let name = format!("request {}", number / 2);
            admit(&ledger, &name).await.unwrap().generation
        })
    });
    let racing: Vec<_> = racing.collect();
    let mut generations = Vec::new();
    for task in racing {
        generations.push(task.await.unwrap());
    }
    generations.sort_unstable();
    let expected: Vec<u64> = (1..=8).flat_map(|generation| [generation, generation]).collect();
    assert_eq!(generations, expected);
}

#[tokio::test]
async fn counting_continues_from_the_generation_of_the_live_service() {
    let ledger = SimObjects::new().ledger();
    let now = OffsetDateTime::now_utc();
    let mut admit = Admit { id: id("a"), function: &function(), now, deadline_at: now, seed: None };
    assert_eq!(ledger.admit(&admit).await.unwrap(), Admitted::NeedsSeed);
    admit.seed = Some(41);
    let Admitted::As(admission) = ledger.admit(&admit).await.unwrap() else {
        panic!("the seed was given")
    };
    assert_eq!(admission.generation, 42);
}

#[tokio::test]
async fn what_may_follow_one_deployment_alone_is_not_admitted_after_another() {
    let ledger = SimObjects::new().ledger();
    admit(&ledger, "staged").await.unwrap();
    let now = OffsetDateTime::now_utc();
    let (at, release) = (function(), id("release"));
    let only = Some(id("staged"));
    let wanted = Admit { id: release, function: &at, now, deadline_at: now, seed: None };
    let seen = ledger.seen_head(&at).await.unwrap();
    admit(&ledger, "newer").await.unwrap();
    // Also with a head that was read before.
    let replaced = Admitted::Replaced { by: id("newer") };
    for seen in [seen, None] {
        let admitted = ledger.admit_after(&wanted, seen, None, only).await.unwrap();
        assert_eq!(admitted, replaced);
    }
    assert_eq!(ledger.admission(release).await.unwrap(), None);
    let only = Some(id("newer"));
    for _ in 0..2 {
        let admitted = ledger.admit_after(&wanted, None, None, only).await.unwrap();
        let Admitted::As(admission) = admitted else { panic!("{admitted:?}") };
        assert_eq!((admission.generation, admission.previous), (3, only));
    }
}
