use google_cloud_run_v2::model::condition::State;
use google_cloud_run_v2::model::{Service, TrafficTarget, TrafficTargetAllocationType};

use crate::core::tests::{
    created, finish, moment, name, never_listens, patch, serves, service, state, with_image,
};
use crate::core::{PatchOptions, Refusal, Services, short};
use longshore_local_kit::durable::Durable;

/// Targets as `(revision, percent, tag)`; an empty revision is the latest.
fn traffic(targets: &[(&str, i32, &str)]) -> Service {
    let target = |(revision, percent, tag): &(&str, i32, &str)| {
        TrafficTarget::new().set_revision(*revision).set_percent(*percent).set_tag(*tag)
    };
    Service::new().set_traffic(targets.iter().map(target))
}

fn only_traffic() -> PatchOptions {
    PatchOptions { update_mask: "traffic".to_owned(), ..PatchOptions::default() }
}

/// The targets in effect, in the same form.
fn in_effect(core: &Durable<Services>) -> Vec<(String, i32, String)> {
    service(core)
        .traffic_statuses
        .iter()
        .map(|target| (target.revision.clone(), target.percent, target.tag.clone()))
        .collect()
}

/// A service whose first revision serves, and the id of the revision.
fn serving() -> (Durable<Services>, String) {
    let mut core = created();
    let first = short(&finish(&mut core, &serves(), 2)).to_owned();
    (core, first)
}

fn second_revision(core: &mut Durable<Services>, mut body: Service, random: u128) {
    body.template = with_image("h.dev/img:2").template;
    let options =
        PatchOptions { update_mask: "template,traffic".to_owned(), ..PatchOptions::default() };
    patch(core, &body, &options, random);
}

#[test]
fn traffic_that_cannot_take_effect_is_rejected() {
    let (core, first) = serving();
    let first = first.as_str();
    let long = "t".repeat(60);
    let cases = [
        traffic(&[("", 50, "")]),
        traffic(&[("", 150, ""), (first, -50, "")]),
        traffic(&[("", 100, "a"), (first, 0, "a")]),
        traffic(&[("", 100, "A_b")]),
        traffic(&[("", 100, &long)]),
        Service::new().set_traffic([TrafficTarget::new()
            .set_type(TrafficTargetAllocationType::Revision)
            .set_percent(100)]),
    ];
    for body in cases {
        let error = core.patch(&name(), &body, &only_traffic(), &moment(3)).unwrap_err();
        assert!(matches!(error, Refusal::InvalidArgument(_)), "{body:?}: {error}");
    }
}

#[test]
fn a_failed_revision_gets_no_traffic() {
    let (mut core, _) = serving();
    second_revision(&mut core, traffic(&[("", 100, "")]), 3);
    let failed = short(&finish(&mut core, &never_listens(), 4)).to_owned();
    let error = core
        .patch(&name(), &traffic(&[(&failed, 100, "")]), &only_traffic(), &moment(5))
        .unwrap_err();
    assert!(matches!(error, Refusal::FailedPrecondition(_)));
}

#[test]
fn a_pinned_revision_keeps_its_share_while_another_one_starts() {
    let (mut core, first) = serving();
    second_revision(&mut core, traffic(&[(&first, 90, ""), ("", 10, "")]), 3);
    assert_eq!(
        in_effect(&core),
        [(first.clone(), 90, String::new()), (String::new(), 10, String::new())]
    );
    let second = finish(&mut core, &serves(), 4);
    let entry = core.entry(&name().to_string()).unwrap();
    let routed: Vec<(String, i32)> =
        entry.in_effect().map(|(revision, target)| (revision, target.percent)).collect();
    assert_eq!(routed, [(name().revision(&first), 90), (second, 10)]);
}

#[test]
fn traffic_to_a_starting_revision_waits_for_it() {
    let (mut core, first) = serving();
    patch(&mut core, &traffic(&[(&first, 100, "")]), &only_traffic(), 3);
    let mut body = traffic(&[("hello-v2", 100, "")]);
    body.template =
        with_image("h.dev/img:2").template.map(|template| template.set_revision("hello-v2"));
    let options =
        PatchOptions { update_mask: "template,traffic".to_owned(), ..PatchOptions::default() };
    for (verdict, expected) in [(never_listens(), first.as_str()), (serves(), "hello-v2")] {
        let mut core = copy_of(&core);
        patch(&mut core, &body, &options, 4);
        assert_eq!(in_effect(&core)[0].0, first, "the previous one serves until it is ready");
        finish(&mut core, &verdict, 5);
        assert_eq!(in_effect(&core)[0].0, expected, "{verdict:?}");
    }
}

fn copy_of(core: &Durable<Services>) -> Durable<Services> {
    let mut copy = Durable::in_memory(Services::default());
    copy.commit(longshore_local_kit::durable::Core::snapshot(&**core)).unwrap();
    copy
}

#[test]
fn a_rollback_is_in_effect_at_once() {
    let (mut core, first) = serving();
    second_revision(&mut core, traffic(&[("", 100, "")]), 3);
    finish(&mut core, &serves(), 4);
    let operation = patch(&mut core, &traffic(&[(&first, 100, "")]), &only_traffic(), 5);
    assert!(!operation.is_pending());
    assert_eq!(in_effect(&core), [(first.clone(), 100, String::new())]);
    let error = core.delete_revision(&name(), &first, "", &moment(6)).unwrap_err();
    assert!(matches!(error, Refusal::FailedPrecondition(_)), "it serves");
}

#[test]
fn a_tag_is_in_effect_when_it_has_a_url_and_keeps_it() {
    let (mut core, first) = serving();
    let operation =
        patch(&mut core, &traffic(&[("", 100, ""), (&first, 0, "old")]), &only_traffic(), 3);
    assert!(operation.is_pending(), "the tag has no URL yet");
    let full = name().to_string();
    let events = core.record_tag_port(&full, "old", 4711);
    core.commit(events).unwrap();
    assert_eq!(core.operation(&operation.name).unwrap().wire()["done"], true);
    assert_eq!(service(&core).traffic_statuses[1].uri, "http://127.0.0.1:4711");
    assert_eq!(service(&core).observed_generation, service(&core).generation);
    for (tag, port) in [("old", 4711), ("other", 4712)] {
        assert!(core.record_tag_port(&full, tag, port).is_empty(), "{tag}");
    }
    let core = copy_of(&core);
    assert_eq!(core.entry(&full).unwrap().tags()["old"], Some(4711));
}

#[test]
fn a_removed_tag_loses_its_port() {
    let (mut core, _) = serving();
    patch(&mut core, &traffic(&[("", 100, "live")]), &only_traffic(), 3);
    let full = name().to_string();
    let events = core.record_tag_port(&full, "live", 4711);
    core.commit(events).unwrap();
    for tag in ["", "live"] {
        patch(&mut core, &traffic(&[("", 100, tag)]), &only_traffic(), 4);
    }
    assert_eq!(core.entry(&full).unwrap().tags()["live"], None);
}

#[test]
fn traffic_to_a_missing_revision_fails_in_the_operation_and_changes_nothing_in_effect() {
    let (mut core, first) = serving();
    let failed = patch(&mut core, &traffic(&[("hello-gone", 100, "")]), &only_traffic(), 3);
    let error = &failed.wire()["error"];
    assert_eq!(error["code"], 9);
    assert!(error["message"].as_str().unwrap().contains("hello-gone"), "{error}");
    assert_eq!(state(&service(&core)), State::ConditionFailed);
    assert_eq!(in_effect(&core), [(String::new(), 100, String::new())]);
    let repaired = patch(&mut core, &traffic(&[(&first, 100, "")]), &only_traffic(), 4);
    assert!(repaired.wire().get("error").is_none(), "{:?}", repaired.wire());
    assert_eq!(state(&service(&core)), State::ConditionSucceeded);
    assert_eq!(in_effect(&core), [(first, 100, String::new())]);
}

#[test]
fn a_new_revision_that_serves_does_not_hide_a_missing_one() {
    let (mut core, _) = serving();
    let mut body = traffic(&[("hello-gone", 100, "")]);
    body.template = with_image("h.dev/img:2").template;
    let options =
        PatchOptions { update_mask: "template,traffic".to_owned(), ..PatchOptions::default() };
    let started = patch(&mut core, &body, &options, 3);
    finish(&mut core, &serves(), 4);
    let ended = core.operation(&started.name).unwrap().wire();
    assert!(ended["error"]["message"].as_str().unwrap().contains("hello-gone"), "{ended}");
    assert_eq!(state(&service(&core)), State::ConditionFailed);
}
