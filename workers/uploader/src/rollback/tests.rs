use longshore_ledger::Earlier;
use longshore_messages::{
    BuildKey, BuildRef, Builder, BuiltImage, Defaults, Deployment, DeploymentId, ImagePublished,
    Serving, StorageObject, proto,
};
use time::OffsetDateTime;

use super::*;

fn id() -> DeploymentId {
    DeploymentId::of("test", "earlier")
}

fn function(change: impl FnOnce(&mut proto::FunctionSpec)) -> Function {
    let object =
        proto::StorageObject { bucket: "demo-sources".into(), object: "o".into(), generation: 1 };
    let place = proto::source::Place::Storage(object);
    let mut spec = proto::FunctionSpec {
        name: "f".into(),
        project: "demo-project".into(),
        region: "europe-west1".into(),
        runtime: "python312".into(),
        entry_point: "hello".into(),
        source: Some(proto::Source { place: Some(place) }),
        callers: vec!["user:ada@example.com".into()],
        ..proto::FunctionSpec::default()
    };
    change(&mut spec);
    Function::from_proto(spec, &Defaults::default()).unwrap()
}

fn source() -> StoredSource {
    let object = StorageObject { bucket: "demo-sources".into(), object: "o".into(), generation: 1 };
    StoredSource { object, sha256: "0".repeat(64), size_bytes: 1 }
}

fn published(function: Function) -> Published {
    let deployment = Deployment {
        id: id(),
        generation: 1,
        admitted_at: OffsetDateTime::UNIX_EPOCH,
        deadline_at: OffsetDateTime::UNIX_EPOCH,
    };
    let image = BuiltImage {
        name: "image".into(),
        digest: format!("sha256:{}", "1".repeat(64)),
        build_name: "projects/p/locations/r/builds/b".into(),
        build: BuildRef { key: BuildKey::of(&["x"]), number: 1 },
        builder: Builder::default(),
    };
    Published::Shared(Box::new(ImagePublished { deployment, function, source: source(), image }))
}

fn left(function: Function) -> Left {
    let (url, revision, image) = ("http://f".into(), "f-1".into(), "i".into());
    let serving = Serving { url, revision, image, builder: Builder::default() };
    let (published, traffic) = (published(function), Vec::new());
    Left::Earlier(Box::new(Earlier { published, serving, traffic }))
}

fn earlier() -> EarlierDeployment {
    EarlierDeployment {
        deployment: id(),
        reason: String::new(),
        rebuild: false,
        before: false,
        release: false,
    }
}

fn code(result: Result<Restored, Box<Failure>>) -> String {
    result.unwrap_err().code
}

#[test]
fn a_rollback_has_the_specification_and_the_source_that_were_recorded() {
    let recorded = function(|_| {});
    let asked = function(|spec| spec.entry_point = "other".into());
    let restored = to_deployment(&asked, &earlier(), left(recorded.clone())).unwrap();
    assert_eq!(restored.source, source());
    let same = Function { source: Source::Earlier(earlier()), ..recorded };
    assert_eq!(restored.function, same);
}

#[test]
fn only_a_deployment_of_the_same_function_whose_revision_served_can_be_gone_back_to() {
    let asked = function(|_| {});
    let of = |left| code(to_deployment(&asked, &earlier(), left));
    assert_eq!(of(Left::Unfinished), "rollback-impossible");
    assert_eq!(of(Left::NotUp { outcome: "failed" }), "rollback-impossible");
    assert_eq!(of(left(function(|spec| spec.name = "g".into()))), "rollback-impossible");
    let rebuild = EarlierDeployment { rebuild: true, ..earlier() };
    assert_eq!(code(to_deployment(&asked, &rebuild, left(asked.clone()))), "rollback-impossible");
}

#[test]
fn the_functions_flavour_goes_back_only_by_a_build() {
    let asked = function(|spec| spec.flavour = proto::Flavour::Functions.into());
    let to = |earlier| to_deployment(&asked, &earlier, left(asked.clone()));
    assert_eq!(code(to(earlier())), "rollback-needs-build");
    assert!(to(EarlierDeployment { rebuild: true, ..earlier() }).is_ok());
}

#[test]
fn what_another_tool_deployed_had_no_triggers_and_callers_of_the_fleet() {
    let asked = function(|_| {});
    let before = Before { revision: "f-0".into(), traffic: Vec::new() };
    let to = EarlierDeployment { before: true, ..earlier() };
    let restored = to_before(&asked, &to, Some(published(asked.clone())), Some(&before)).unwrap();
    assert!(restored.function.callers.is_empty());
    let nothing = to_before(&asked, &to, Some(published(asked.clone())), None);
    assert_eq!(code(nothing), "rollback-impossible");
}
