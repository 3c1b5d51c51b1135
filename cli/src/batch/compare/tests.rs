use longshore_messages::{Defaults, Deployment, DeploymentId, proto};
use time::OffsetDateTime;

use super::*;

fn function(change: impl FnOnce(&mut proto::FunctionSpec)) -> Function {
    let object = proto::StorageObject {
        bucket: "sources".to_owned(),
        object: "o".to_owned(),
        generation: 7,
    };
    let mut spec = proto::FunctionSpec {
        name: "hello".to_owned(),
        entry_point: "hello".to_owned(),
        runtime: "python312".to_owned(),
        source: Some(proto::Source { place: Some(proto::source::Place::Storage(object)) }),
        service: Some(proto::ServiceSettings {
            memory: "512Mi".to_owned(),
            environment: [("A".to_owned(), "1".to_owned())].into(),
            ..Default::default()
        }),
        ..Default::default()
    };
    change(&mut spec);
    let defaults =
        Defaults { project: "demo-project".to_owned(), region: "europe-west1".to_owned() };
    Function::from_proto(spec, &defaults).unwrap()
}

fn found(before: Function) -> Found {
    let at = OffsetDateTime::UNIX_EPOCH;
    let deployment = Deployment {
        id: DeploymentId::of("//ci", "1"),
        generation: 1,
        admitted_at: at,
        deadline_at: at + time::Duration::HOUR,
    };
    let sha256 = "aa".repeat(32);
    let source = StoredSource { object: StorageObject::default(), sha256, size_bytes: 1 };
    let uploaded = SourceUploaded { deployment, function: before, source };
    let flavour = uploaded.function.flavour;
    Found::Service { flavour, uploaded: Some(Box::new(uploaded)) }
}

fn packed(byte: &str) -> KnownSource {
    KnownSource::Packed(byte.repeat(32))
}

fn service(spec: &mut proto::FunctionSpec) -> &mut proto::ServiceSettings {
    spec.service.get_or_insert_default()
}

#[test]
fn a_function_is_new_changed_or_unchanged_and_the_fields_are_named() {
    let same = function(|_| {});
    assert_eq!(compare(&same, &packed("aa"), &Found::Nothing), Change::New);
    let before = found(same.clone());
    assert_eq!(compare(&same, &packed("aa"), &before), Change::Unchanged);
    let fields = |after: &Function, source: &KnownSource| match compare(after, source, &before) {
        Change::Changed { fields } => fields,
        other => panic!("{other:?}"),
    };
    assert_eq!(fields(&same, &packed("bb")), ["source"]);
    let changed = function(|spec| {
        spec.runtime = "python313".to_owned();
        service(spec).memory = "1Gi".to_owned();
        service(spec).environment.insert("B".to_owned(), "2".to_owned());
    });
    assert_eq!(
        fields(&changed, &packed("bb")),
        ["runtime", "service.environment", "service.memory", "source"]
    );
}

#[test]
fn what_a_request_leaves_unset_is_left_as_it_is() {
    let unset = function(|spec| service(spec).memory = String::new());
    assert_eq!(compare(&unset, &packed("aa"), &found(function(|_| {}))), Change::Unchanged);
    let removed = function(|spec| service(spec).environment.clear());
    let change = compare(&removed, &packed("aa"), &found(function(|_| {})));
    assert_eq!(change, Change::Changed { fields: vec!["service.environment".to_owned()] });
}

#[test]
fn a_source_that_may_have_moved_counts_as_changed() {
    let same = function(|_| {});
    let object = |generation| {
        let (bucket, object) = ("sources".to_owned(), "o".to_owned());
        KnownSource::Named(Source::Storage(StorageObject { bucket, object, generation }))
    };
    let before = found(same.clone());
    assert_eq!(compare(&same, &object(7), &before), Change::Unchanged);
    for generation in [0, 8] {
        let change = compare(&same, &object(generation), &before);
        assert_eq!(change, Change::Changed { fields: vec!["source".to_owned()] });
    }
}

#[test]
fn a_name_of_the_other_flavour_is_refused_and_a_foreign_service_is_unknown() {
    let same = function(|_| {});
    let foreign = Found::Service { flavour: Flavour::Run, uploaded: None };
    assert_eq!(compare(&same, &packed("aa"), &foreign), Change::Unknown);
    let other = Found::Service { flavour: Flavour::Functions, uploaded: None };
    assert_eq!(compare(&same, &packed("aa"), &other).as_str(), "refused");
}

#[test]
fn only_what_changes_the_image_needs_a_build_and_functions_of_one_image_share_it() {
    let before = found(function(|_| {}));
    let needed = |after: &Function, source: &KnownSource, found: &Found| {
        let change = compare(after, source, found);
        needed_build(after, source, &change, found)
    };
    let settings = function(|spec| service(spec).memory = "1Gi".to_owned());
    assert_eq!(needed(&settings, &packed("aa"), &before), None);
    assert!(needed(&settings, &packed("bb"), &before).is_some());
    let runtime = function(|spec| spec.runtime = "python313".to_owned());
    assert!(needed(&runtime, &packed("aa"), &before).is_some());
    // Python reads the entry point at start, so two functions of one source share an image.
    let one = function(|spec| spec.name = "one".to_owned());
    let two = function(|spec| spec.entry_point = "two".to_owned());
    let nothing = Found::Nothing;
    assert_eq!(needed(&one, &packed("aa"), &nothing), needed(&two, &packed("aa"), &nothing),);
}
