use longshore_cloud::{Condition, TrafficShare};
use longshore_messages::GENERATION_ANNOTATION;

use super::*;
use crate::plan::tests::{at, deployment, fixed, id, live, serving, wanted};
use crate::rollout::Moves;

/// The write that this delivery made.
fn accepted() -> Accepted {
    Accepted { operation: "o".into(), generation: Some(7) }
}

fn judged_after(accepted: Option<&Accepted>, live: Option<&LiveService>) -> Verdict {
    let (deployment, at) = (deployment(), at());
    let moves = Moves::AtOnce;
    let target = Target { deployment: &deployment, at: &at, shape: wanted(), moves };
    verdict(&target, accepted, live)
}

fn judged(live: &LiveService) -> Verdict {
    judged_after(Some(&accepted()), Some(live))
}

fn code(verdict: Verdict) -> String {
    match verdict {
        Verdict::End(Outcome::Failed(failure)) => failure.code,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_service_that_shows_the_write_and_serves_it_is_deployed() {
    let ours = live("me", 5);
    for accepted in [Some(&accepted()), None] {
        let verdict = judged_after(accepted, Some(&ours));
        assert_eq!(verdict, Verdict::End(Outcome::Deployed(serving())));
    }
}

#[test]
fn a_read_that_does_not_show_the_write_decides_nothing() {
    let mut before = live("other", 4);
    before.generation = 6;
    assert_eq!(judged(&before), Verdict::Stale);
    assert_eq!(judged_after(Some(&accepted()), None), Verdict::Stale);
    let unknown = Accepted { generation: None, ..accepted() };
    assert_eq!(judged_after(Some(&unknown), Some(&before)), Verdict::Stale);
}

#[test]
fn a_write_of_another_tool_that_keeps_the_annotations_is_not_deployed() {
    let mut image = live("me", 5);
    image.generation = 8;
    image.shape.image = "other@sha256:2".into();
    assert_eq!(code(judged(&image)), "service-overwritten");
    assert_eq!(code(judged_after(None, Some(&image))), "service-overwritten");
    let mut environment = live("me", 5);
    environment.generation = 8;
    environment.shape.settings.environment.clear();
    assert_eq!(code(judged(&environment)), "service-overwritten");
}

#[test]
fn a_setting_that_cloud_run_shows_in_another_form_was_not_overwritten() {
    let mut normalized = live("me", 5);
    normalized.shape.settings.environment.clear();
    assert_eq!(judged(&normalized), Verdict::End(Outcome::Deployed(serving())));
}

#[test]
fn a_later_write_that_removes_the_annotations_is_planned_again() {
    let mut foreign = live("other", 4);
    foreign.shape.annotations.clear();
    foreign.generation = 8;
    assert_eq!(judged(&foreign), Verdict::Replaced);
}

#[test]
fn a_later_write_that_keeps_what_was_requested_is_deployed() {
    let mut later = live("me", 5);
    later.generation = 8;
    later.shape.settings.labels.insert("foreign".into(), "other".into());
    assert_eq!(judged(&later), Verdict::End(Outcome::Deployed(serving())));
}

#[test]
fn a_newer_deployment_supersedes_even_while_it_reconciles() {
    let mut newer = live("newer", 6);
    newer.reconciled = false;
    let by = Some(id("newer"));
    assert_eq!(judged(&newer), Verdict::End(Outcome::Superseded { by }));
    newer.shape.annotations.insert(GENERATION_ANNOTATION.to_owned(), "4".to_owned());
    newer.generation = 6;
    assert_eq!(judged(&newer), Verdict::Stale);
}

#[test]
fn pinned_traffic_is_not_deployed() {
    for (traffic, percent) in [
        (vec![fixed("f-0", 100)], 0),
        (vec![fixed("f-0", 90), fixed("f-1", 10)], 10),
        (vec![fixed("f-0", 100), TrafficShare { tag: "next".into(), ..fixed("f-1", 0) }], 0),
    ] {
        let mut pinned = live("me", 5);
        pinned.traffic = traffic;
        let verdict = judged(&pinned);
        let Verdict::End(Outcome::TrafficPinned { ready, traffic }) = verdict else {
            panic!("{verdict:?}")
        };
        assert_eq!((ready, traffic.percent), (serving(), percent));
    }
}

#[test]
fn a_revision_that_was_deleted_is_not_deployed() {
    let mut without = live("me", 5);
    without.latest_ready_revision = "f-0".into();
    without.traffic = vec![fixed("f-0", 100)];
    assert_eq!(code(judged(&without)), "revision-missing");
}

#[test]
fn a_revision_that_did_not_start_or_is_starting_ends_nothing_yet() {
    let mut failed = live("me", 5);
    failed.condition =
        Condition { state: ConditionState::Failed, reason: String::new(), message: String::new() };
    assert_eq!(judged(&failed), Verdict::NotUp);
    failed.condition.state = ConditionState::Pending;
    assert_eq!(judged(&failed), Verdict::NotYet);
    let mut starting = live("me", 5);
    starting.reconciled = false;
    assert_eq!(judged(&starting), Verdict::NotYet);
}

#[test]
fn a_write_that_is_never_shown_ends_by_what_its_operation_says() {
    let refused = OperationState::Failed { aborted: false, message: "no such key".into() };
    let aborted = OperationState::Failed { aborted: true, message: "newer update".into() };
    let before = live("other", 4);
    let failure = never_shown("s", &refused, Some(&before)).unwrap();
    assert_eq!(failure.code, "service-refused");
    assert!(failure.reason.contains("no such key"), "{}", failure.reason);
    for operation in [&aborted, &OperationState::Succeeded, &OperationState::Unknown] {
        assert_eq!(never_shown("s", operation, None).unwrap().code, "service-deleted");
        assert_eq!(never_shown("s", operation, Some(&before)), None);
    }
}
