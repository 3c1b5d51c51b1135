use longshore_cloud::{Precondition, TrafficShare};
use longshore_ledger::Standing;
use longshore_messages::DEPLOYMENT_ANNOTATION;

use super::*;
use crate::plan::tests::{at, deployment, fixed, live, wanted};
use crate::plan::{Plan, Target, plan};
use crate::verdict::{Verdict, verdict};

const TAG: &str = "gate";

fn held_at(revision: &str) -> HeldTraffic {
    HeldTraffic { tag: TAG.to_owned(), revision: revision.to_owned() }
}

fn latest(percent: i32, tag: &str) -> TrafficShare {
    TrafficShare { follows_latest: true, tag: tag.to_owned(), ..fixed("f-1", percent) }
}

/// A service with this traffic and annotation, whose newest revision is `f-1`.
fn service(traffic: Vec<TrafficShare>, annotation: &str) -> LiveService {
    let mut live = live("other", 4);
    live.traffic = traffic;
    if !annotation.is_empty() {
        live.shape.annotations.insert(HELD_ANNOTATION.to_owned(), annotation.to_owned());
    }
    live
}

/// A service whose traffic the fleet has left at `f-0`.
fn held() -> LiveService {
    service(vec![fixed("f-0", 100), latest(0, TAG)], "gate f-0")
}

fn release(revision: &str) -> Moves {
    Moves::Released { revision: revision.to_owned() }
}

fn hold_it() -> Moves {
    Moves::Held { tag: TAG.to_owned() }
}

/// The traffic and the annotation that are written.
fn moved(moves: &Moves, live: &LiveService) -> (Option<Traffic>, Option<String>) {
    let shape = with_traffic(moves, wanted(), live);
    (shape.traffic, shape.annotations.get(HELD_ANNOTATION).cloned())
}

fn planned(moves: Moves, live: &LiveService, image: &str) -> Plan {
    let (deployment, at) = (deployment(), at());
    let shape = ServiceShape { image: image.to_owned(), ..wanted() };
    let target = Target { deployment: &deployment, at: &at, shape, moves };
    plan(&target, Standing::Current, Some(live), deployment.admitted_at, None)
}

#[test]
fn traffic_stays_where_it_is_and_the_annotation_says_so() {
    let follows = service(vec![latest(100, "")], "");
    assert_eq!(moved(&Moves::AtOnce, &follows), (None, None));
    let at = |revision| Some(Traffic::Held(held_at(revision)));
    let says = |revision: &str| Some(format!("gate {revision}"));
    assert_eq!(moved(&hold_it(), &follows), (at("f-1"), says("f-1")));
    // A rollout that was not released leaves the traffic where it was before.
    assert_eq!(moved(&hold_it(), &held()), (at("f-0"), says("f-0")));
    // Traffic that others have pinned is not moved later, and the revision gets its tag.
    let pinned = service(vec![fixed("f-0", 100)], "");
    assert_eq!(moved(&hold_it(), &pinned), (at("f-1"), None));
    // Moved by others since: what the annotation says is over.
    let since = service(vec![latest(100, "")], "gate f-0");
    assert_eq!(moved(&hold_it(), &since), (at("f-1"), says("f-1")));
    let mut never_served = service(Vec::new(), "");
    never_served.latest_ready_revision.clear();
    assert_eq!(moved(&hold_it(), &never_served), (None, None));
}

#[test]
fn held_traffic_moves_with_a_release_and_with_a_deployment_without_a_rollout() {
    let released = Some(Traffic::Released(held_at("f-0")));
    for moves in [release("f-1"), Moves::AtOnce] {
        assert_eq!(moved(&moves, &held()), (released.clone(), Some(String::new())));
    }
    let pinned_since = service(vec![fixed("f-2", 100), latest(0, TAG)], "gate f-0");
    let moved_since = service(vec![latest(100, TAG)], "gate f-0");
    for others in [pinned_since, moved_since] {
        assert_eq!(moved(&release("f-1"), &others), (None, Some(String::new())), "{others:?}");
    }
    let back = ServiceShape { traffic: Some(Traffic::Newest), ..wanted() };
    assert_eq!(with_traffic(&Moves::AtOnce, back, &held()).traffic, released, "a rollback");
}

#[test]
fn a_deployment_with_a_rollout_writes_a_revision_without_traffic() {
    let follows = service(vec![latest(100, "")], "");
    let Plan::Write(written, precondition) = planned(hold_it(), &follows, "new@sha256:2") else {
        panic!("nothing is written")
    };
    assert_eq!(written.traffic, Some(Traffic::Held(held_at("f-1"))));
    assert_eq!(precondition, Precondition::Etag("e".into()));
    // What serves all requests already has nothing to wait for.
    let unchanged = planned(hold_it(), &follows, &wanted().image);
    assert!(matches!(unchanged, Plan::End(Outcome::Unchanged(_))), "{unchanged:?}");
    // What waits already goes on waiting.
    let waits = planned(hold_it(), &held(), &wanted().image);
    let Plan::End(Outcome::TrafficPinned { ready, traffic }) = waits else { panic!("{waits:?}") };
    assert_eq!((ready.revision.as_str(), traffic.percent), ("f-1", 0));
    assert!(traffic.targets.iter().any(|target| target.tag == TAG && target.revision == "f-1"));
}

#[test]
fn the_next_deployment_moves_held_traffic_when_its_own_revision_is_up() {
    let Plan::Write(first, _) = planned(Moves::AtOnce, &held(), "new@sha256:2") else {
        panic!("nothing is written")
    };
    // `f-1` is the newest revision that is ready, and does not get it in the meantime.
    assert_eq!((first.traffic, first.annotations.get(HELD_ANNOTATION)), (None, None));
    let mut ours = held();
    let deployment = deployment();
    let annotation = (DEPLOYMENT_ANNOTATION.to_owned(), deployment.id.to_string());
    ours.shape.annotations.extend([annotation]);
    let at = at();
    let target = |moves| Target { deployment: &deployment, at: &at, shape: wanted(), moves };
    let planned = |moves, live: &LiveService| {
        plan(&target(moves), Standing::Current, Some(live), deployment.admitted_at, None)
    };
    let verdict = |moves, live: &LiveService| verdict(&target(moves), None, Some(live));
    assert_eq!(verdict(Moves::AtOnce, &ours), Verdict::Waits);
    let Plan::Write(second, _) = planned(Moves::AtOnce, &ours) else {
        panic!("the traffic is not moved")
    };
    assert_eq!(second.traffic, Some(Traffic::Released(held_at("f-0"))));
    assert_eq!(second.annotations.get(HELD_ANNOTATION), Some(&String::new()));
    let mut starting = ours.clone();
    starting.reconciled = false;
    assert_eq!(planned(Moves::AtOnce, &starting), Plan::Await);
    // With a rollout it goes on waiting.
    assert_eq!(planned(hold_it(), &ours), Plan::Await);
    assert!(matches!(verdict(hold_it(), &ours), Verdict::End(Outcome::TrafficPinned { .. })));
}

#[test]
fn a_release_moves_the_traffic_and_nothing_else() {
    let image = wanted().image;
    let Plan::Write(written, _) = planned(release("f-1"), &held(), &image) else {
        panic!("the traffic is not moved")
    };
    assert_eq!(written.traffic, Some(Traffic::Released(held_at("f-0"))));
    assert!(written.template_annotations.is_empty(), "no revision is made");
    let done = service(vec![latest(100, "")], "");
    let done = planned(release("f-1"), &done, &image);
    assert!(matches!(done, Plan::End(Outcome::Unchanged(_))), "{done:?}");
    let pinned = service(vec![fixed("f-0", 100), latest(0, TAG)], "");
    let pinned = planned(release("f-1"), &pinned, &image);
    assert!(matches!(pinned, Plan::End(Outcome::TrafficPinned { .. })), "{pinned:?}");
    let mut starting = held();
    starting.latest_created_revision = "f-2".into();
    for (live, revision) in [(held(), "f-9"), (starting, "f-1")] {
        let changed = planned(release(revision), &live, &image);
        let Plan::End(Outcome::Failed(failure)) = changed else { panic!("{changed:?}") };
        assert_eq!(failure.code, "service-changed");
    }
}
