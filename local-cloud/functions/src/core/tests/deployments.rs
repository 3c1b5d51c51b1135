//! What deployments do, step by step, and what their failures leave.

use super::*;

#[test]
fn a_deployment_copies_builds_and_serves_in_this_order() {
    let mut core = Functions::default();
    let operation = create(&mut core, function(&[]));
    assert_eq!(shown(&core).state(), State::Deploying);
    let steps = proceed(&mut core, &operation, None);
    let [
        Step::Repository { is_ours: true, .. },
        Step::Copy { from, to },
        Step::Build(order),
        Step::AwaitBuild { .. },
        Step::Serve(serving),
    ] = &steps[..]
    else {
        panic!("{steps:#?}")
    };
    assert_eq!((from, to.bucket.as_str()), (&upload(), "gcf-v2-sources-42-europe-west1"));
    assert_eq!((order.source.bucket.as_str(), order.source.generation), (to.bucket.as_str(), 8));
    assert_eq!(order.tags, ["service_helloworld", "location_europe-west1"]);
    assert!(order.image.ends_with("/p__europe--west1__hello_world:version_1"), "{}", order.image);
    let container = &serving.document["template"]["containers"][0];
    assert_eq!(container["image"], order.image.as_str());
    assert_eq!(
        container["env"],
        json!([
            {"name": "FUNCTION_TARGET", "value": "hello"},
            {"name": "FUNCTION_SIGNATURE_TYPE", "value": "http"},
            {"name": "LOG_EXECUTION_ID", "value": "true"},
        ])
    );
    let function = shown(&core);
    assert_eq!(function.state(), State::Active);
    let service = function.service_config.unwrap();
    assert_eq!(
        (service.available_memory.as_str(), service.available_cpu.as_str()),
        ("256M", "0.1666")
    );
    assert_eq!((service.timeout_seconds, service.max_instance_request_concurrency), (60, 1));
    let ended = core.operation(&operation).unwrap().wire();
    assert!(ended.done);
    assert!(core.step(&operation, 42).is_none());
    assert_eq!(core.report(&operation, Report::Built, &moment(9)), []);
}

#[test]
fn an_update_builds_again_and_copies_only_a_new_source() {
    let mut core = deployed();
    let operation = update(&mut core, &[("/labels", json!({"a": "b"}))], "labels");
    // The source of the update is the object that the call found: the deployed one.
    let steps = proceed(&mut core, &operation, None);
    assert!(steps.iter().any(|step| matches!(step, Step::Copy { .. })), "another object was named");
    let in_place = Object {
        bucket: "gcf-v2-sources-42-europe-west1".to_owned(),
        name: "helloWorld/function-source.zip".to_owned(),
        generation: 8,
    };
    let desired =
        core.patched(&name(), &function(&[]), &["labels".to_owned()], &moment(2)).unwrap();
    assert_eq!(desired.source(), in_place);
    let seen = shown(&core);
    let (operation, events) = core.update(&desired, &seen, &in_place, &moment(4)).unwrap();
    apply(&mut core, events);
    let steps = proceed(&mut core, &operation.name, None);
    let orders: Vec<_> = steps
        .iter()
        .filter_map(|step| match step {
            Step::Build(order) => Some((order.image.rsplit(':').next().unwrap(), &order.source)),
            _ => None,
        })
        .collect();
    assert_eq!(orders, [("version_3", &in_place)]);
    assert!(!steps.iter().any(|step| matches!(step, Step::Copy { .. })));
}

#[test]
fn a_failure_of_a_create_leaves_a_failed_function() {
    for (phase, kind, stage) in [
        (Phase::Repository, "ArtifactRegistryFailed", stage::Name::ArtifactRegistry),
        (Phase::Source, "BuildFailed", stage::Name::Build),
        (Phase::Build, "BuildFailed", stage::Name::Build),
        (Phase::Building, "BuildFailed", stage::Name::Build),
        (Phase::Service, "CloudRunServiceFailed", stage::Name::Service),
    ] {
        let mut core = Functions::default();
        let operation = create(&mut core, function(&[]));
        proceed(&mut core, &operation, Some(phase));
        let failure = Failure { code: 3, message: "it broke".to_owned() };
        let events = core.fail(&operation, failure, &moment(4));
        apply(&mut core, events);
        let function = shown(&core);
        assert_eq!(function.state(), State::Failed, "{phase:?}");
        let messages: Vec<_> = function
            .state_messages
            .iter()
            .map(|message| (message.r#type.as_str(), message.message.as_str()))
            .collect();
        assert_eq!(messages, [(kind, "it broke")], "{phase:?}");
        let metadata = &core.operation(&operation).unwrap().metadata.0;
        let failed = metadata.stages.iter().find(|of| of.name() == stage).unwrap();
        assert_eq!((failed.state(), failed.state_messages.len()), (stage::State::Complete, 1));
        assert_eq!(refusal(core.check_new(&name())), "ALREADY_EXISTS");
        let operation = update(&mut core, &[], "buildConfig.runtime");
        proceed(&mut core, &operation, None);
        assert_eq!(shown(&core).state(), State::Active, "an update repairs it");
    }
}

#[test]
fn a_failed_update_returns_to_what_served_before() {
    for (phase, rolls_back) in
        [(Phase::Repository, false), (Phase::Building, false), (Phase::Service, true)]
    {
        let mut core = deployed();
        let before = shown(&core);
        let operation = update(&mut core, &[("/labels", json!({"new": "1"}))], "labels");
        assert_eq!(shown(&core).labels.len(), 1);
        proceed(&mut core, &operation, Some(phase));
        let failure = Failure { code: 3, message: "it broke".to_owned() };
        let events = core.fail(&operation, failure, &moment(4));
        apply(&mut core, events);
        let steps = proceed(&mut core, &operation, None);
        assert_eq!(steps.len(), usize::from(rolls_back), "{phase:?}");
        if let [Step::Serve(serving)] = &steps[..] {
            let image = serving.document["template"]["containers"][0]["image"].as_str().unwrap();
            assert!(image.ends_with(":version_1"), "{image}");
        }
        let function = shown(&core);
        assert_eq!((function.state(), function.labels.len()), (State::Active, 0), "{phase:?}");
        assert_eq!(function.build_config, before.build_config);
        assert_eq!(function.state_messages[0].message, "it broke");
        let operation = core.operation(&operation).unwrap();
        let rolled_back = |stage: &v2::Stage| stage.name() == stage::Name::ServiceRollback;
        assert_eq!(operation.metadata.0.stages.iter().any(rolled_back), rolls_back, "{phase:?}");
        let error = to_value(&operation.wire(), Enums::Names).unwrap()["error"].clone();
        assert_eq!(error, json!({"code": 3, "message": "it broke"}));
    }
}

#[test]
fn after_a_failed_update_the_source_before_it_is_built_again() {
    let mut core = deployed();
    let before = core.patched(&name(), &function(&[]), &["labels".to_owned()], &moment(2));
    let before = before.unwrap().source();
    let operation = update(&mut core, &[], "buildConfig.source");
    proceed(&mut core, &operation, Some(Phase::Source));
    // The copy replaces the live object of the sources.
    let copied = Object { generation: 99, ..before.clone() };
    let events = core.report(&operation, Report::SourceCopied(copied), &moment(3));
    apply(&mut core, events);
    let failure = Failure { code: 3, message: "it broke".to_owned() };
    let events = core.fail(&operation, failure, &moment(4));
    apply(&mut core, events);
    let next = core.patched(&name(), &function(&[]), &["labels".to_owned()], &moment(5));
    assert_eq!((next.unwrap().source(), before.generation), (before, 8));
}

#[test]
fn the_processor_follows_the_memory_unless_it_was_chosen() {
    let patched = |core: &Functions, config: Value, mask: &str| {
        let mask: Vec<String> = mask.split(',').map(str::to_owned).collect();
        let patch = function(&[("/serviceConfig", config)]);
        let desired = core.patched(&name(), &patch, &mask, &moment(2)).unwrap();
        desired.function.service_config.unwrap().available_cpu
    };
    let memory = "serviceConfig.availableMemory";
    let core = deployed();
    assert_eq!(patched(&core, json!({"availableMemory": "2Gi"}), memory), "1");
    let both = format!("{memory},serviceConfig.availableCpu");
    let chosen = json!({"availableMemory": "2Gi", "availableCpu": "2"});
    assert_eq!(patched(&core, chosen, &both), "2");
    let mut core = Functions::default();
    create(&mut core, function(&[("/serviceConfig", json!({"availableCpu": "4"}))]));
    let operation = core.pending().next().unwrap().to_owned();
    proceed(&mut core, &operation, None);
    assert_eq!(patched(&core, json!({"availableMemory": "2Gi"}), memory), "4");
}

#[test]
fn a_failed_rollback_leaves_an_unknown_state_and_the_first_error() {
    let mut core = deployed();
    let operation = update(&mut core, &[], "labels");
    proceed(&mut core, &operation, Some(Phase::Service));
    for message in ["first", "second"] {
        let failure = Failure { code: 3, message: message.to_owned() };
        let events = core.fail(&operation, failure, &moment(4));
        apply(&mut core, events);
    }
    assert_eq!(shown(&core).state(), State::Unknown);
    assert_eq!(shown(&core).state_messages[0].message, "second");
    let error = to_value(&core.operation(&operation).unwrap().wire(), Enums::Names).unwrap();
    assert_eq!(error["error"]["message"], "first");
}
