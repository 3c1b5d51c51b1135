//! Triggers of Eventarc, made after their service serves, in memory.

use super::{
    ACCOUNT, HOUR, MOMENT, bench, ending, failure, next, outcome, outlasting, service, topic,
};
use crate::support::post::Settled;
use crate::support::stages::{PROJECT, REGION, id};
use longshore_cloud::Kind;
use longshore_messages::{
    EventEncoding, EventFilter, EventTrigger, FailureClass, Outcome, Trigger,
};

const AGENT: &str = "Permission denied while using the Eventarc Service Agent. It may take a few \
                     minutes before all necessary permissions are propagated to the Service Agent";

pub(crate) fn event(verb: &str, bucket: &str) -> Trigger {
    changed(verb, bucket, |_| {})
}

fn changed(verb: &str, bucket: &str, change: impl FnOnce(&mut EventTrigger)) -> Trigger {
    let bucket =
        EventFilter { attribute: "bucket".to_owned(), value: bucket.to_owned(), is_pattern: false };
    let mut event = EventTrigger {
        event_type: format!("google.cloud.storage.object.v1.{verb}"),
        filters: vec![bucket],
        region: REGION.to_owned(),
        account: Some(ACCOUNT.to_owned()),
        channel: None,
        retries: true,
        path: None,
        topic: None,
        encoding: EventEncoding::Json,
        allows_replacement: false,
    };
    change(&mut event);
    Trigger::Event(event)
}

#[tokio::test]
async fn event_triggers_are_made_changed_and_removed_with_the_deployment_that_requests_it() {
    let (bench, a) = bench(|function| function.triggers = vec![event("finalized", "b")]).await;
    assert_eq!(ending(&bench, &a).await, "a ended deployed");
    assert_eq!(bench.events.take_writes(), ["create finalized b"]);
    let made = bench.events.only().shape;
    assert_eq!(made.account, ACCOUNT);
    assert_eq!(
        (made.destination.service.as_str(), made.destination.region.as_str()),
        ("a", REGION)
    );
    assert!(bench.services.may_call(&service()).contains(&format!("serviceAccount:{ACCOUNT}")));

    let b = next(&bench, &a, "b", vec![event("finalized", "b")], HOUR).await;
    assert_eq!(ending(&bench, &b).await, "a ended unchanged");
    assert_eq!(bench.events.take_writes(), [""; 0]);

    let once = changed("finalized", "b", |event| event.retries = false);
    let c = next(&bench, &b, "c", vec![once], HOUR).await;
    assert_eq!(ending(&bench, &c).await, "a ended deployed", "a trigger was changed");
    assert_eq!(bench.events.take_writes(), ["update finalized b"]);

    let d = next(&bench, &c, "d", vec![event("deleted", "b"), event("deleted", "c")], HOUR).await;
    ending(&bench, &d).await;
    let writes = bench.events.take_writes();
    assert_eq!(writes, ["create deleted b", "create deleted c", "delete finalized b"]);

    // Another kind replaces it: the new one is there before the old ones go.
    let e = next(&bench, &d, "e", vec![topic("orders", "")], HOUR).await;
    bench.events.refuse(Kind::Unavailable, "no answer");
    assert_eq!(bench.send(&e).await, Settled::Nack);
    assert_eq!((bench.triggers.all().len(), bench.events.all().len()), (1, 2));
    assert_eq!(ending(&bench, &e).await, "a ended deployed");
    assert_eq!((bench.triggers.all().len(), bench.events.all().len()), (1, 0));

    let f = next(&bench, &e, "f", Vec::new(), HOUR).await;
    assert_eq!(ending(&bench, &f).await, "a ended deployed");
    assert!(bench.triggers.all().is_empty());
    assert_eq!(bench.services.writes(), 1, "the service is the same all the time");
}

#[tokio::test]
async fn a_new_service_agent_is_waited_for_until_the_deadline_of_the_deployment() {
    let (bench, a) = bench(|function| function.triggers = vec![event("finalized", "b")]).await;
    for _ in 0..3 {
        bench.events.refuse(Kind::PreconditionFailed, AGENT);
        assert_eq!(bench.send(&a).await, Settled::Nack);
        bench.age_refusal("a", "service-deployer").await;
    }
    assert_eq!(ending(&bench, &a).await, "a ended deployed");

    let b = next(&bench, &a, "b", vec![event("deleted", "b")], MOMENT).await;
    bench.services.change(&service(), |live| {
        let annotation = longshore_messages::DEPLOYMENT_ANNOTATION.to_owned();
        live.shape.annotations.insert(annotation, id("b").to_string());
    });
    bench.events.refuse(Kind::PreconditionFailed, AGENT);
    let said = outlasting(&bench, &bench.events.stop_next(), &b).await;
    assert_eq!(said.words, "a failed: system trigger-refused");
    assert!(failure(&said).advice.contains("gcloud beta services identity create"));
    assert_eq!(bench.events.all(), ["finalized b"], "what called it before still does");
}

#[tokio::test]
async fn each_refusal_is_one_outcome_that_names_the_trigger_and_what_was_there_stays() {
    let (bench, a) = bench(|function| function.triggers = vec![event("finalized", "b")]).await;
    ending(&bench, &a).await;
    let quota = "Quota exceeded: project demo-project has 500 triggers in location europe-west1";
    let elsewhere = "Bucket \"c\" location \"us\" does not match trigger location \"europe-west1\"";
    // The bucket does not exist: the fleet looks for it itself.
    let no_bucket = "Permission \"storage.buckets.get\" denied";
    let mut before = a;
    for (index, (kind, words, class)) in [
        (Kind::InvalidArgument, elsewhere, FailureClass::User),
        (Kind::PermissionDenied, no_bucket, FailureClass::User),
        (Kind::NotFound, "channel not found", FailureClass::User),
        (Kind::ResourceExhausted, quota, FailureClass::System),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("bad-{index}");
        before = next(&bench, &before, &name, vec![event("finalized", "c")], HOUR).await;
        bench.events.refuse(kind, words);
        let said = outcome(&bench, &before).await;
        let failure = failure(&said);
        assert_eq!((failure.code.as_str(), failure.class), ("trigger-refused", class), "{words}");
        let named =
            "serves, but event google.cloud.storage.object.v1.finalized bucket=c was refused";
        assert!(failure.reason.contains(named), "{}", failure.reason);
        assert!(failure.reason.contains(words), "{}", failure.reason);
        assert_eq!(bench.events.all(), ["finalized b"]);
    }
    let after = next(&bench, &before, "good", vec![event("finalized", "c")], HOUR).await;
    assert_eq!(ending(&bench, &after).await, "a ended deployed");
    assert_eq!(bench.events.all(), ["finalized c"]);
}

#[tokio::test]
async fn an_older_deployment_does_not_bring_back_an_event_trigger_that_a_newer_one_removed() {
    let (bench, a) = bench(|function| function.triggers = vec![event("finalized", "b")]).await;
    let stop = bench.events.stop_next();
    let older = async {
        assert_eq!(bench.send(&a).await, Settled::Ack);
    };
    let newer = async {
        stop.reached().await;
        let b = next(&bench, &a, "b", vec![event("deleted", "b")], HOUR).await;
        assert_eq!(bench.send(&b).await, Settled::Ack);
        assert_eq!(bench.events.all(), ["deleted b"]);
        stop.release();
    };
    tokio::join!(older, newer);
    assert_eq!(bench.events.all(), ["deleted b"], "exactly those of the newest deployment");
    let by = bench.outcome("a").await;
    assert!(matches!(by, Outcome::Superseded { by: Some(by) } if by == id("b")), "{by:?}");
}

#[tokio::test]
async fn after_a_failure_of_any_write_a_redelivery_leaves_exactly_what_is_requested() {
    let before = || {
        let kept = changed("archived", "b", |event| event.retries = false);
        vec![topic("orders", ""), event("finalized", "b"), kept]
    };
    let after = || vec![topic("returns", ""), event("deleted", "b"), event("archived", "b")];
    // Two creations, an update and two deletions, of which three are of events.
    for has_effect in [false, true] {
        for writes in 0..=3 {
            let (bench, a) = bench(|function| function.triggers = before()).await;
            ending(&bench, &a).await;
            let b = next(&bench, &a, "b", after(), HOUR).await;
            bench.events.fail_after(writes, has_effect);
            let settled = bench.send(&b).await;
            assert_eq!(settled == Settled::Ack, writes == 3, "{writes} {has_effect}");
            bench.events.be_well();
            assert_eq!(bench.send(&b).await, Settled::Ack);
            assert_eq!(bench.triggers.all(), ["returns"], "{writes} {has_effect}");
            let mut left = bench.events.all();
            left.sort();
            assert_eq!(left, ["archived b", "deleted b"], "{writes} {has_effect}");
            // The redelivery may find nothing left to change.
            let outcome = bench.outcome("b").await;
            let is_success = matches!(outcome, Outcome::Deployed(_) | Outcome::Unchanged(_));
            assert!(is_success, "{writes} {has_effect}: {outcome:?}");
        }
    }
}

#[tokio::test]
async fn after_a_crash_at_any_write_to_the_ledger_the_triggers_are_what_is_requested() {
    let mut has_survived = false;
    for writes in 0..20 {
        let (bench, a) = bench(|function| function.triggers = vec![event("finalized", "b")]).await;
        let dying = bench.start_beside(bench.objects.dying_after(writes));
        has_survived = dying.send(&a).await == Settled::Ack;
        assert_eq!(bench.send(&a).await, Settled::Ack, "after {writes} writes");
        assert_eq!(bench.events.take_writes(), ["create finalized b"], "after {writes} writes");
        assert!(matches!(bench.outcome("a").await, Outcome::Deployed(_)), "after {writes} writes");
        let b = next(&bench, &a, "b", Vec::new(), HOUR).await;
        assert_eq!(bench.send(&b).await, Settled::Ack);
        assert!(bench.events.all().is_empty(), "after {writes} writes");
        if has_survived {
            break;
        }
    }
    assert!(has_survived, "the last process does not crash");
}

#[tokio::test]
async fn event_triggers_of_other_fleets_and_functions_are_never_touched() {
    let (bench, a) = bench(|function| function.triggers = vec![event("finalized", "b")]).await;
    ending(&bench, &a).await;
    let ours = bench.events.only().shape;
    for (bucket, key, value) in
        [("x", "longshore-fleet", "other"), ("y", "longshore-function", "b"), ("z", "team", "t")]
    {
        let mut foreign = ours.clone();
        foreign.name = format!("projects/{PROJECT}/locations/{REGION}/triggers/{bucket}");
        foreign.filters[0].value = bucket.to_owned();
        if key == "team" {
            foreign.labels.clear();
        }
        foreign.labels.insert(key.to_owned(), value.to_owned());
        bench.events.put(foreign);
    }
    let b = next(&bench, &a, "b", Vec::new(), HOUR).await;
    ending(&bench, &b).await;
    assert_eq!(bench.events.all(), ["finalized x", "finalized y", "finalized z"]);
}
