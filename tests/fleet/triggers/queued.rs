//! Queues, and who may add tasks to them: made, changed and removed with the deployment that requests
//! them. In memory.

use super::scheduled::{NINE, TEN, schedule};
use super::{ACCOUNT, ADA, HOUR, bench, ending, failure, next, outcome, service};
use crate::support::post::Settled;
use crate::support::stages::{PROJECT, REGION, id};
use longshore_cloud::{Kind, TriggerState};
use longshore_messages::{FailureClass, Member, Outcome, QueueRetry, QueueTrigger, Rate, Trigger};

const BOB: &str = "serviceAccount:bob@demo-project.iam.gserviceaccount.com";

fn queue(name: &str, enqueuers: &[&str]) -> Trigger {
    let member = |member: &&str| Member::service_account(member.split_once(':').unwrap().1);
    Trigger::Queue(QueueTrigger {
        name: name.to_owned(),
        max_dispatches_per_second: None,
        max_concurrent_dispatches: None,
        retry: QueueRetry::default(),
        enqueuers: enqueuers.iter().map(member).collect(),
        account: Some(ACCOUNT.to_owned()),
    })
}

#[tokio::test]
async fn queues_are_made_changed_and_removed_with_the_deployment_that_requests_it() {
    let (bench, a) = bench(|function| function.triggers = vec![queue("emails", &[])]).await;
    assert_eq!(ending(&bench, &a).await, "a ended deployed");
    assert_eq!(bench.queues.take_writes(), ["create emails"]);
    let made = bench.queues.only().shape;
    let url = bench.services.live(&service()).unwrap().url;
    assert_eq!((made.url, made.account.as_str()), (url, ACCOUNT));
    let prefix = format!("projects/{PROJECT}/locations/{REGION}/queues/longshore-");
    assert!(made.name.starts_with(&prefix) && made.name.ends_with("-emails"), "{}", made.name);
    assert!(bench.services.may_call(&service()).contains(&format!("serviceAccount:{ACCOUNT}")));

    let b = next(&bench, &a, "b", vec![queue("emails", &[])], HOUR).await;
    assert_eq!(ending(&bench, &b).await, "a ended unchanged");
    let mut slower = queue("emails", &[]);
    let Trigger::Queue(changed) = &mut slower else { panic!("queue") };
    changed.max_dispatches_per_second = Rate::new(1.0);
    bench.queues.set_state(TriggerState::Paused);
    let c = next(&bench, &b, "c", vec![slower], HOUR).await;
    assert_eq!(ending(&bench, &c).await, "a ended deployed");
    assert_eq!(bench.queues.take_writes(), ["update emails"], "it keeps its tasks");
    assert_eq!(bench.queues.only().state, TriggerState::Paused);

    let d = next(&bench, &c, "d", vec![queue("letters", &[])], HOUR).await;
    ending(&bench, &d).await;
    assert_eq!(bench.queues.take_writes(), ["create letters", "delete emails"]);
    let e = next(&bench, &d, "e", Vec::new(), HOUR).await;
    assert_eq!(ending(&bench, &e).await, "a ended deployed");
    assert!(bench.queues.all().is_empty());
}

#[tokio::test]
async fn enqueuers_are_bound_and_unbound_and_a_role_that_others_granted_stays() {
    let (bench, a) = bench(|function| function.triggers = vec![queue("emails", &[ADA])]).await;
    assert_eq!(ending(&bench, &a).await, "a ended deployed");
    assert_eq!(bench.enqueuers.all(), [ADA]);
    let name = bench.queues.only().shape.name;
    bench.enqueuers.put(&name, BOB);

    let b = next(&bench, &a, "b", vec![queue("emails", &[ADA])], HOUR).await;
    assert_eq!(ending(&bench, &b).await, "a ended unchanged");
    // Bob had the role before a deployment named him.
    let c = next(&bench, &b, "c", vec![queue("emails", &[BOB])], HOUR).await;
    assert_eq!(ending(&bench, &c).await, "a ended deployed");
    assert_eq!(bench.enqueuers.all(), [BOB]);
    let d = next(&bench, &c, "d", vec![queue("emails", &[])], HOUR).await;
    assert_eq!(ending(&bench, &d).await, "a ended unchanged");
    assert_eq!(bench.enqueuers.all(), [BOB]);
    assert_eq!(bench.queues.take_writes(), ["create emails"], "the queue is unchanged");

    // The marks of a queue vanish with it.
    let e = next(&bench, &d, "e", vec![queue("emails", &[ADA])], HOUR).await;
    ending(&bench, &e).await;
    assert_eq!(bench.ledger.wired(&a.function.at).await.unwrap().enqueuers.len(), 1);
    let f = next(&bench, &e, "f", Vec::new(), HOUR).await;
    ending(&bench, &f).await;
    assert!(bench.ledger.wired(&a.function.at).await.unwrap().enqueuers.is_empty());
}

#[tokio::test]
async fn a_refused_queue_ends_the_deployment_and_the_failure_says_what_serves() {
    let (user, system) = (FailureClass::User, FailureClass::System);
    let quota = "The quota of queues is used up.";
    for (kind, words, class, advice) in [
        (
            Kind::PreconditionFailed,
            "The queue cannot be created because a queue with this name existed too recently.",
            user,
            "another name with `queue`",
        ),
        (Kind::ResourceExhausted, quota, system, "1,000 queues of Cloud Tasks"),
        (Kind::NotFound, "Location r not found.", user, "gcloud tasks locations list"),
    ] {
        let (bench, a) = bench(|function| function.triggers = vec![queue("emails", &[])]).await;
        bench.queues.refuse(kind, words);
        let said = outcome(&bench, &a).await;
        let failure = failure(&said);
        let code = failure.code.as_str();
        assert_eq!((code, failure.class), ("trigger-refused", class));
        assert!(failure.reason.contains("revision 1 serves, but queue projects/"), "{failure:?}");
        assert!(failure.advice.contains(advice), "{}", failure.advice);
        assert!(bench.services.live(&service()).is_some());
    }
}

#[tokio::test]
async fn a_refused_enqueuer_names_the_queue() {
    let (bench, a) = bench(|function| function.triggers = vec![queue("emails", &[ADA])]).await;
    bench.enqueuers.refuse(Kind::InvalidArgument, "The member ada does not exist.");
    let said = outcome(&bench, &a).await;
    let failure = failure(&said);
    assert!(failure.reason.contains("the enqueuer role on queue projects/"), "{}", failure.reason);
    assert!(failure.reason.contains("ada does not exist"), "{}", failure.reason);
    assert_eq!(bench.queues.all(), ["emails"]);

    // A transient failure is repeated.
    let (bench, a) =
        self::bench(|function| function.triggers = vec![queue("emails", &[ADA])]).await;
    bench.enqueuers.refuse(Kind::Unavailable, "no answer");
    assert_eq!(bench.send(&a).await, Settled::Nack);
    assert_eq!(ending(&bench, &a).await, "a ended deployed");
    assert_eq!(bench.queues.take_writes(), ["create emails"]);
    assert_eq!(bench.enqueuers.all(), [ADA]);
}

#[tokio::test]
async fn of_two_deployments_that_race_the_queues_and_enqueuers_of_the_newest_remain() {
    // The older one stops before it makes its queue, or before it gives the role.
    for stops_at_role in [false, true] {
        let (bench, a) = bench(|function| function.triggers = vec![queue("emails", &[ADA])]).await;
        let stop = match stops_at_role {
            true => bench.enqueuers.stop_next(),
            false => bench.queues.stop_next(),
        };
        let older = async {
            assert_eq!(bench.send(&a).await, Settled::Ack);
        };
        let newer = async {
            stop.reached().await;
            let b = next(&bench, &a, "b", vec![queue("emails", &[BOB])], HOUR).await;
            assert_eq!(bench.send(&b).await, Settled::Ack);
            assert_eq!(bench.enqueuers.all(), [BOB]);
            stop.release();
        };
        tokio::join!(older, newer);
        assert_eq!(bench.queues.all(), ["emails"]);
        assert_eq!(bench.enqueuers.all(), [BOB], "exactly those of the newest deployment");
        let superseded = bench.outcome("a").await;
        assert!(matches!(superseded, Outcome::Superseded { by: Some(by) } if by == id("b")));
    }
}

#[tokio::test]
async fn after_a_failure_of_any_write_jobs_and_queues_are_exactly_those_requested() {
    let before = || vec![queue("a", &[ADA]), schedule("1", NINE), schedule("2", NINE)];
    let after = || vec![queue("b", &[BOB]), schedule("1", TEN), schedule("3", TEN)];
    // A creation, an update and a deletion of jobs; a creation and a deletion of queues.
    for has_effect in [false, true] {
        for (of_jobs, writes) in (0..=3).map(|n| (true, n)).chain((0..=2).map(|n| (false, n))) {
            let case = format!("{of_jobs} {writes} {has_effect}");
            let (bench, a) = bench(|function| function.triggers = before()).await;
            ending(&bench, &a).await;
            let b = next(&bench, &a, "b", after(), HOUR).await;
            match of_jobs {
                true => bench.schedules.fail_after(writes, has_effect),
                false => bench.queues.fail_after(writes, has_effect),
            }
            let settled = bench.send(&b).await;
            let all = if of_jobs { 3 } else { 2 };
            assert_eq!(settled == Settled::Ack, writes == all, "{case}");
            bench.schedules.be_well();
            bench.queues.be_well();
            assert_eq!(bench.send(&b).await, Settled::Ack, "{case}");
            assert_eq!(bench.schedules.all(), [TEN, TEN], "{case}");
            assert_eq!(bench.queues.all(), ["b"], "{case}");
            assert_eq!(bench.enqueuers.of(&bench.queues.only().shape.name), [BOB], "{case}");
            assert!(matches!(bench.outcome("b").await, Outcome::Deployed(_)), "{case}");
        }
    }
}

#[tokio::test]
async fn after_a_crash_at_any_write_to_the_ledger_jobs_queues_and_roles_are_those_requested() {
    let wanted = || vec![queue("a", &[ADA]), schedule("1", NINE)];
    let mut has_survived = false;
    for writes in 0..30 {
        let (bench, a) = bench(|function| function.triggers = wanted()).await;
        let dying = bench.start_beside(bench.objects.dying_after(writes));
        has_survived = dying.send(&a).await == Settled::Ack;
        assert_eq!(bench.send(&a).await, Settled::Ack, "after {writes} writes");
        assert_eq!(bench.schedules.take_writes(), ["create 0 9 * * *"], "after {writes} writes");
        assert_eq!(bench.queues.take_writes(), ["create a"], "after {writes} writes");
        assert_eq!(bench.enqueuers.all(), [ADA], "after {writes} writes");
        assert!(matches!(bench.outcome("a").await, Outcome::Deployed(_)), "after {writes} writes");
        let b = next(&bench, &a, "b", vec![queue("a", &[])], HOUR).await;
        assert_eq!(bench.send(&b).await, Settled::Ack);
        assert!(bench.schedules.all().is_empty(), "after {writes} writes");
        assert!(bench.enqueuers.all().is_empty(), "after {writes} writes");
        if has_survived {
            break;
        }
    }
    assert!(has_survived, "the last process does not crash");
}
