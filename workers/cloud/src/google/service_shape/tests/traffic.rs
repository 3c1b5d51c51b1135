//! Traffic and revisions, written and observed.

use super::*;

#[test]
fn the_newest_revision_gets_all_traffic_and_tags_stay() {
    let live = service(json!({
        "name": "projects/p/locations/r/services/s",
        "traffic": [
            {"type": "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION", "revision": "s-1", "percent": 100},
            {"type": "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION", "revision": "s-0", "tag": "old"}
        ]
    }));
    let shape = ServiceShape { traffic: Some(Traffic::Newest), ..full() };
    let change = changed_service(&live, &shape);
    assert!(change.fields.contains(&"traffic"));
    let expected = targets(json!([
        {"type": "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST", "percent": 100},
        {"type": "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION", "revision": "s-0", "tag": "old"}
    ]));
    assert_eq!(change.service.traffic, expected);
    assert!(!changed_service(&live, &full()).fields.contains(&"traffic"));
}

#[test]
fn recorded_targets_of_traffic_are_restored_by_name() {
    let target = TrafficTarget { revision: "s-1".into(), percent: 90, tag: "t".into() };
    let shape = ServiceShape { traffic: Some(Traffic::Pinned(vec![target])), ..full() };
    let named = targets(json!([{"type": "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION",
        "revision": "s-1", "percent": 90, "tag": "t"}]));
    assert_eq!(new_service(&shape).traffic, named);
}

#[test]
fn held_traffic_stays_at_another_revision_and_a_release_undoes_that() {
    let held = HeldTraffic { tag: "gate".into(), revision: "s-1".into() };
    let written = |live: Value, traffic: &Traffic| {
        let live = json!({"name": "projects/p/locations/r/services/s", "traffic": live});
        let shape = ServiceShape { traffic: Some(traffic.clone()), ..full() };
        changed_service(&service(live), &shape).service.traffic
    };
    let (latest, revision) =
        ("TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST", "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION");
    let tag = json!({"type": latest, "tag": "gate"});
    let own = json!({"type": revision, "revision": "s-0", "tag": "own"});
    for (before, after) in [
        (json!([]), json!([{"type": revision, "revision": "s-1", "percent": 100}, tag])),
        (
            json!([{"type": latest, "percent": 90}, {"type": revision, "revision": "s-0", "percent": 10}, own]),
            json!([
                {"type": revision, "revision": "s-1", "percent": 90},
                {"type": revision, "revision": "s-0", "percent": 10},
                own,
                tag
            ]),
        ),
        // Traffic that is pinned stays, and the tag moves.
        (
            json!([{"type": revision, "revision": "s-2", "percent": 100}, {"type": revision, "revision": "s-0", "tag": "gate"}]),
            json!([{"type": revision, "revision": "s-2", "percent": 100}, tag]),
        ),
    ] {
        let staged = written(before.clone(), &Traffic::Held(held.clone()));
        assert_eq!(staged, targets(after.clone()), "{before}");
        assert_eq!(written(after.clone(), &Traffic::Held(held.clone())), targets(after));
    }
    let split = json!([
        {"type": revision, "revision": "s-1", "percent": 90},
        {"type": revision, "revision": "s-0", "percent": 10},
        own,
        tag
    ]);
    let released = json!([
        {"type": latest, "percent": 90},
        {"type": revision, "revision": "s-0", "percent": 10},
        own
    ]);
    assert_eq!(written(split, &Traffic::Released(held)), targets(released));
}

fn targets(json: Value) -> Vec<model::TrafficTarget> {
    serde_json::from_value(json).unwrap()
}

#[test]
fn a_revision_shows_what_a_service_with_its_template_shows() {
    let live = changed_service(&Service::new(), &full()).service;
    let template = serde_json::to_value(live.template.as_ref().unwrap()).unwrap();
    let revision: Revision = serde_json::from_value(template).unwrap();
    let (found, shown) = (observed_revision("", revision), observed(&live).shape);
    assert_eq!(found.image, shown.image);
    assert_eq!(found.encryption_key, shown.encryption_key);
    assert_eq!(found.settings.memory, shown.settings.memory);
    assert_eq!(found.settings.environment, shown.settings.environment);
    assert_eq!(found.settings.max_instances, shown.settings.max_instances);
    assert_eq!(found.settings.vpc, shown.settings.vpc);
    assert_eq!((found.settings.use_http2, shown.settings.use_http2), (Some(true), Some(true)));
}

#[test]
fn every_traffic_target_names_its_revision() {
    let shares = |fields: Value| {
        let mut all =
            json!({ "latestReadyRevision": "projects/p/locations/r/services/s/revisions/s-2" });
        all.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let traffic = observed(&service(all)).traffic;
        let words = traffic.iter().map(|share| {
            let kind = if share.follows_latest { "latest" } else { "fixed" };
            format!("{} {} {kind} {}{}", share.percent, share.revision, share.tag, share.url)
        });
        words.collect::<Vec<_>>()
    };
    let (latest, revision) =
        ("TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST", "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION");
    let statuses = json!({ "trafficStatuses": [
        { "type": revision, "revision": "s-1", "percent": 90 },
        { "type": latest, "percent": 10, "tag": "t", "uri": "http://t" },
    ] });
    assert_eq!(shares(statuses), ["90 s-1 fixed ", "10 s-2 latest thttp://t"]);
    let requested = json!({ "traffic": [{ "type": revision, "revision": "s-1", "percent": 100 }] });
    assert_eq!(shares(requested), ["100 s-1 fixed "]);
    assert_eq!(shares(json!({})), ["100 s-2 latest "]);
    assert_eq!(shares(json!({ "latestReadyRevision": "" })), Vec::<String>::new());
}
