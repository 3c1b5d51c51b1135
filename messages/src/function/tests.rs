//! Reading specifications: all problems are reported at once, with their fields.

mod flavours;

use std::collections::BTreeMap;
use std::time::Duration;

use super::*;
use crate::invalid::Invalid;
use crate::proto;
use crate::requests::DeployRequest;
use crate::wire::{TraceContext, WireMessage, encode_request};

fn defaults() -> Defaults {
    Defaults { project: "demo-project".to_owned(), region: "europe-west1".to_owned() }
}

fn source() -> proto::Source {
    let object = proto::StorageObject {
        bucket: "sources".to_owned(),
        object: "hello.zip".to_owned(),
        generation: 0,
    };
    proto::Source { place: Some(proto::source::Place::Storage(object)) }
}

fn smallest() -> proto::FunctionSpec {
    proto::FunctionSpec {
        name: "hello".to_owned(),
        entry_point: "hello".to_owned(),
        source: Some(source()),
        ..proto::FunctionSpec::default()
    }
}

const REPOSITORY: &str = "projects/demo-project/locations/europe-west1/repositories/images";

const KEY: &str = "projects/demo-project/locations/europe-west1/keyRings/r/cryptoKeys/k";

fn smallest_of_functions_flavour() -> proto::FunctionSpec {
    proto::FunctionSpec {
        flavour: proto::Flavour::Functions.into(),
        runtime: "python312".to_owned(),
        ..smallest()
    }
}

fn fields(invalid: &Invalid) -> Vec<&str> {
    invalid.problems.iter().map(|problem| problem.field.as_str()).collect()
}

#[test]
fn the_smallest_function_gets_the_fleets_defaults() {
    let function = Function::from_proto(smallest(), &defaults()).unwrap();
    assert_eq!(function.at.to_string(), "demo-project/europe-west1/hello");
    assert_eq!(function.source.to_string(), "gs://sources/hello.zip");
    assert!(matches!(function.source, Source::Storage(_)));
    assert_eq!((function.runtime, function.signature), (None, Signature::Http));
    assert_eq!(
        (function.build, function.service),
        (BuildSettings::default(), ServiceSettings::default())
    );
}

#[test]
fn a_function_survives_its_protobuf_whatever_the_defaults() {
    let mut function = Function::from_proto(smallest(), &defaults()).unwrap();
    function.signature = Signature::Typed;
    function.source = Source::Storage(StorageObject {
        bucket: "sources".into(),
        object: "hello.zip".into(),
        generation: 7,
    });
    function.build.repository =
        Some("projects/demo-project/locations/europe-west1/repositories/images".to_owned());
    // A field that is set to zero differs from an unset field.
    function.service.min_instances = Some(0);
    function.service.timeout = Some(Duration::from_millis(1500));
    function.service.access = Some(Access::Public);
    assert_eq!(Function::from_proto(function.to_proto(), &Defaults::default()), Ok(function));
}

#[test]
fn a_repository_without_a_path_is_one_of_the_functions_project_and_region() {
    let build = |repository: &str| proto::BuildSettings {
        repository: repository.to_owned(),
        ..proto::BuildSettings::default()
    };
    let spec = |repository| proto::FunctionSpec { build: Some(build(repository)), ..smallest() };
    for repository in [REPOSITORY, "images"] {
        let function = Function::from_proto(spec(repository), &defaults()).unwrap();
        assert_eq!(function.build.repository.as_deref(), Some(REPOSITORY), "{repository}");
    }
    let refused = Function::from_proto(spec("europe-west1/images"), &defaults()).unwrap_err();
    let forms = "projects/PROJECT/locations/REGION/repositories/NAME, or the NAME";
    assert!(refused.to_string().contains(forms), "{refused}");
}

#[test]
fn without_defaults_project_and_region_are_required() {
    let invalid = Function::from_proto(smallest(), &Defaults::default()).unwrap_err();
    assert_eq!(fields(&invalid), ["function.project", "function.region"]);
}

#[test]
fn an_empty_request_lists_its_required_fields() {
    let invalid =
        DeployRequest::from_proto(proto::DeployRequested::default(), &defaults()).unwrap_err();
    assert_eq!(fields(&invalid), ["function"]);
    let empty = proto::FunctionSpec::default();
    let invalid = Function::from_proto(empty, &defaults()).unwrap_err();
    assert_eq!(fields(&invalid), ["function.name", "function.entryPoint", "function.source"]);
}

#[test]
fn all_problems_are_found_at_once() {
    let request = proto::DeployRequested {
        function: Some(proto::FunctionSpec {
            name: "Hello".to_owned(),
            project: "x".to_owned(),
            region: "moon".to_owned(),
            flavour: 99,
            runtime: "Python".to_owned(),
            entry_point: "1".to_owned(),
            signature: -1,
            source: Some(proto::Source {
                place: Some(proto::source::Place::Storage(proto::StorageObject {
                    generation: -1,
                    ..proto::StorageObject::default()
                })),
            }),
            build: Some(proto::BuildSettings {
                environment: BTreeMap::from([("BP_X".to_owned(), String::new())]),
                service_account: "x".to_owned(),
                worker_pool: "x".to_owned(),
                machine_type: "x y".to_owned(),
                base_image: "x y".to_owned(),
                repository: "X".to_owned(),
                ..proto::BuildSettings::default()
            }),
            service: Some(proto::ServiceSettings {
                memory: "1".to_owned(),
                cpu: "0.5".to_owned(),
                timeout: Some(pbjson_types::Duration::default()),
                concurrency: Some(2),
                min_instances: Some(3),
                max_instances: Some(2),
                service_account: "x".to_owned(),
                labels: BTreeMap::from([("X".to_owned(), String::new())]),
                access: 9,
                description: "x".repeat(513),
                ..proto::ServiceSettings::default()
            }),
            ..proto::FunctionSpec::default()
        }),
        deadline: Some(pbjson_types::Duration { seconds: 59, nanos: 0 }),
        retry_of: "x".to_owned(),
        ..proto::DeployRequested::default()
    };
    let invalid = DeployRequest::from_proto(request, &defaults()).unwrap_err();
    let service = [
        "labels.X",
        "memory",
        "serviceAccount",
        "description",
        "timeout",
        "minInstances",
        "concurrency",
        "access",
    ];
    let build = [
        "environment.BP_X",
        "serviceAccount",
        "workerPool",
        "machineType",
        "baseImage",
        "repository",
    ];
    let mut expected: Vec<String> =
        ["name", "project", "region", "flavour", "runtime", "entryPoint", "signature"]
            .into_iter()
            .chain(["source.storage.bucket", "source.storage.object", "source.storage.generation"])
            .map(|field| format!("function.{field}"))
            .chain(build.into_iter().map(|field| format!("function.build.{field}")))
            .chain(service.into_iter().map(|field| format!("function.service.{field}")))
            .collect();
    expected.extend(["deadline".to_owned(), "retryOf".to_owned()]);
    assert_eq!(fields(&invalid), expected);
}

#[test]
fn numbers_have_limits() {
    let problem = |service: proto::ServiceSettings| {
        let spec = proto::FunctionSpec { service: Some(service), ..smallest() };
        Function::from_proto(spec, &defaults()).err().map(|invalid| invalid.to_string())
    };
    let concurrency = |value| {
        problem(proto::ServiceSettings {
            concurrency: Some(value),
            ..proto::ServiceSettings::default()
        })
    };
    assert_eq!((concurrency(1), concurrency(1000)), (None, None));
    for value in [i32::MIN, 0, 1001] {
        assert_eq!(
            concurrency(value),
            Some(format!(
                "function.service.concurrency must be between 1 and 1000, but is \"{value}\""
            ))
        );
    }
    let instances = |min_instances, max_instances| {
        problem(proto::ServiceSettings {
            min_instances,
            max_instances,
            ..proto::ServiceSettings::default()
        })
    };
    assert_eq!((instances(Some(2), Some(2)), instances(Some(0), None)), (None, None));
    assert!(instances(Some(-1), None).is_some());
    assert!(instances(None, Some(0)).is_some());
    assert!(
        instances(Some(3), Some(2)).unwrap().contains("must not be greater than maxInstances, 2")
    );
}

#[test]
fn an_unsupported_field_is_rejected_by_name() {
    let mut spec = smallest();
    spec.rollout = Some(proto::Rollout { percent: 10, tag: "next".to_owned() });
    spec.build = Some(proto::BuildSettings {
        automatic_base_image_updates: true,
        ..proto::BuildSettings::default()
    });
    let request = proto::DeployRequested {
        function: Some(spec),
        sequence: Some(0),
        ..proto::DeployRequested::default()
    };
    let invalid = DeployRequest::from_proto(request, &defaults()).unwrap_err();
    let mut expected = vec!["function.build.automaticBaseImageUpdates".to_owned()];
    expected.extend(["function.rollout.percent", "sequence"].map(str::to_owned));
    assert_eq!(fields(&invalid), expected);
    assert!(invalid.problems.iter().all(|problem| problem.rule.contains("not supported yet")));
}

#[test]
fn a_rollout_has_a_tag_and_no_traffic() {
    let read = |tag: &str, flavour: proto::Flavour| {
        let rollout = Some(proto::Rollout { percent: 0, tag: tag.to_owned() });
        let spec = proto::FunctionSpec {
            rollout,
            flavour: flavour.into(),
            runtime: "python312".to_owned(),
            ..smallest()
        };
        Function::from_proto(spec, &defaults())
    };
    let function = read("next", proto::Flavour::Run).unwrap();
    assert_eq!(function.rollout, Some(Rollout { tag: "next".to_owned() }));
    assert_eq!(Function::from_proto(function.to_proto(), &defaults()), Ok(function));
    for tag in ["", "1a", "Next", "a-", &"a".repeat(47)] {
        let invalid = read(tag, proto::Flavour::Run).unwrap_err();
        assert_eq!(fields(&invalid), ["function.rollout.tag"], "{tag}");
    }
    let invalid = read("next", proto::Flavour::Functions).unwrap_err();
    assert!(fields(&invalid).contains(&"function.rollout"), "{invalid}");
}

#[test]
fn a_request_may_name_its_batch_by_its_id() {
    let batch = |batch: &str| {
        let function = Some(smallest());
        let batch = batch.to_owned();
        let request = proto::DeployRequested { function, batch, ..Default::default() };
        DeployRequest::from_proto(request, &defaults()).map(|request| request.batch)
    };
    let id = crate::BatchId::requested_by("default", "//ci", "1");
    assert_eq!(batch(&id.to_string()), Ok(Some(id)));
    assert_eq!(batch(""), Ok(None));
    assert_eq!(fields(&batch("nightly").unwrap_err()), ["batch"]);
}

/// The smallest function of the Functions flavour.
#[test]
fn the_digest_of_a_configuration_depends_on_all_but_the_access_and_the_place_of_the_source() {
    let function = Function::from_proto(smallest_of_functions_flavour(), &defaults()).unwrap();
    let digest = |change: &dyn Fn(&mut Function)| {
        let mut function = function.clone();
        change(&mut function);
        function.config_digest("source")
    };
    let same = digest(&|_| {});
    assert_eq!(digest(&|function| function.service.access = Some(Access::Public)), same);
    assert_eq!(
        digest(&|function| function.source = Source::Storage(StorageObject::default())),
        same
    );
    assert_ne!(function.config_digest("other source"), same);
    assert_ne!(digest(&|function| function.service.memory = Some("1Gi".to_owned())), same);
    assert_ne!(digest(&|function| function.entry_point = "other".to_owned()), same);
    let encryption = Encryption { kms_key: KEY.to_owned(), source_bucket: None };
    assert_ne!(digest(&|function| function.encryption = Some(encryption.clone())), same);
}

#[test]
fn the_value_of_a_variable_is_never_quoted() {
    let environment = BTreeMap::from([("X_GOOGLE_KEY".to_owned(), "hunter2\n".to_owned())]);
    let mut spec = smallest();
    spec.build = Some(proto::BuildSettings {
        environment: environment.clone(),
        ..proto::BuildSettings::default()
    });
    spec.service =
        Some(proto::ServiceSettings { environment, ..proto::ServiceSettings::default() });
    let invalid = Function::from_proto(spec, &defaults()).unwrap_err();
    assert_eq!(invalid.problems.len(), 3);
    assert!(!format!("{invalid} {invalid:?}").contains("hunter2"));
}

#[test]
fn a_rejected_request_still_names_its_function() {
    let spec = proto::FunctionSpec {
        name: "No\n".to_owned(),
        region: "moon".to_owned(),
        ..proto::FunctionSpec::default()
    };
    let request =
        proto::DeployRequested { function: Some(spec), ..proto::DeployRequested::default() };
    assert_eq!(DeployRequest::asked_for(&request, &defaults()), "demo-project/moon/No\\n");
    assert_eq!(DeployRequest::asked_for(&proto::DeployRequested::default(), &defaults()), "");
}

/// A request on the bus, as protobuf, or as JSON if `json` is given.
fn published(request: &proto::DeployRequested, json: Option<&str>) -> WireMessage {
    let (trace, now) = (TraceContext::default(), time::OffsetDateTime::UNIX_EPOCH);
    let mut wire = encode_request(request, "//ci", "1", &trace, now);
    if let Some(json) = json {
        wire.attributes.insert("content-type".to_owned(), "application/json".to_owned());
        wire.data = json.to_owned().into();
    }
    wire
}

#[test]
fn the_same_request_is_recognized_in_every_encoding() {
    let request = |spec| proto::DeployRequested { function: Some(spec), ..Default::default() };
    let named = proto::FunctionSpec { region: "europe-west1".to_owned(), ..smallest() };
    let json = r#"{"function": {"name": "hello", "entryPoint": "hello",
        "source": {"storage": {"bucket": "sources", "object": "hello.zip"}}}}"#;
    let protobuf = published(&request(smallest()), None);
    let mut retraced = protobuf.clone();
    retraced.attributes.insert("traceparent".to_owned(), "another".to_owned());
    retraced.attributes.remove("content-type");
    let same = [
        protobuf.clone(),
        retraced,
        published(&request(named), None),
        published(&Default::default(), Some(json)),
        published(&Default::default(), Some(&json.replace("entryPoint", "entry_point"))),
    ];
    for one in &same {
        for other in &same {
            assert!(DeployRequest::is_same(one, other, &defaults()), "{one:?}\n{other:?}");
        }
    }
    let other_name = proto::FunctionSpec { name: "hell".to_owned(), ..smallest() };
    let other_region = proto::FunctionSpec { region: "us-central1".to_owned(), ..smallest() };
    let mut other_type = protobuf.clone();
    other_type.attributes.insert("ce-type".to_owned(), "dev.longshore.x.v1".to_owned());
    let mut other_encoding = protobuf.clone();
    other_encoding.attributes.insert("content-type".to_owned(), "application/json".to_owned());
    for different in [
        published(&request(other_name), None),
        published(&request(other_region), None),
        published(
            &proto::DeployRequested { retry_of: "0".repeat(32), ..request(smallest()) },
            None,
        ),
        published(&Default::default(), Some(&json.replace("hello.zip", "other.zip"))),
        published(&Default::default(), Some("not JSON")),
        other_type,
        other_encoding,
    ] {
        assert!(!DeployRequest::is_same(&protobuf, &different, &defaults()), "{different:?}");
        assert!(!DeployRequest::is_same(&different, &protobuf, &defaults()), "{different:?}");
        assert!(DeployRequest::is_same(&different, &different, &defaults()), "{different:?}");
    }
}
