use std::collections::BTreeMap;

use longshore_cloud::TrafficShare;

use super::*;
use crate::plan::tests::{live, wanted};

fn revision() -> ServiceShape {
    let settings = ServiceSettings {
        environment: BTreeMap::from([("OLD".to_owned(), "1".to_owned())]),
        memory: Some("256Mi".into()),
        max_instances: Some(3),
        ..ServiceSettings::default()
    };
    ServiceShape { settings, image: "other@sha256:2".into(), ..ServiceShape::default() }
}

#[test]
fn a_rollback_restores_what_the_revision_had_in_fields_that_nobody_requested() {
    let shape = restored(wanted(), revision(), Traffic::Newest);
    assert_eq!(shape.settings.memory.as_deref(), Some("256Mi"));
    assert_eq!(shape.settings.max_instances, Some(3));
    assert_eq!(shape.settings.environment, wanted().settings.environment);
    assert_eq!((shape.image, shape.traffic), (wanted().image, Some(Traffic::Newest)));
    let mut requested = wanted();
    requested.settings.memory = Some("1Gi".into());
    let shape = restored(requested, revision(), Traffic::Newest);
    assert_eq!(shape.settings.memory.as_deref(), Some("1Gi"));
}

#[test]
fn what_another_tool_deployed_is_restored_as_its_revision_has_it() {
    let mut own = wanted();
    own.annotations.insert("longshore.dev/x".into(), "1".into());
    let shape = replaced(own.clone(), revision(), Traffic::Newest);
    assert_eq!(shape.image, revision().image);
    assert_eq!(shape.settings, revision().settings);
    assert_eq!((shape.annotations, shape.build), (own.annotations, None));
}

#[test]
fn what_served_is_noted_only_before_the_first_write_of_another_tools_service() {
    let mut foreign = live("nobody", 0);
    assert_eq!(before(&foreign), None);
    foreign.shape.annotations.clear();
    let share = |revision: &str, follows_latest, percent| TrafficShare {
        revision: revision.into(),
        follows_latest,
        percent,
        tag: String::new(),
        url: String::new(),
    };
    foreign.traffic = vec![share("f-1", true, 100)];
    let noted = Before { revision: "f-1".into(), traffic: Vec::new() };
    assert_eq!(before(&foreign), Some(noted));
    foreign.traffic = vec![share("f-0", false, 90), share("f-1", false, 10)];
    let split = before(&foreign).unwrap();
    let percents: Vec<i32> = split.traffic.iter().map(|target| target.percent).collect();
    assert_eq!(percents, [90, 10]);
}
