use serde_json::{Value, json};

use super::*;
use crate::json::{Enums, from_value, to_value};
use crate::ports::Object;
use crate::proto::v2::function::State;
use crate::proto::v2::stage;
use longshore_local_kit::rest::Code;

const TOPIC: &str = "projects/p/topics/eventarc-europe-west1-helloworld-1";
const KEY: &str = "projects/p/locations/europe-west1/keyRings/r/cryptoKeys/k";

fn name() -> FunctionName {
    FunctionName::parse("projects/p/locations/europe-west1/functions/helloWorld").unwrap()
}

fn moment(random: u128) -> Moment {
    let seconds = 1_795_824_000 + i64::try_from(random).unwrap();
    let now = Timestamp { seconds, nanos: 0 };
    Moment { now, random: random << 64 | random, project_number: 42 }
}

fn document() -> Value {
    json!({
        "buildConfig": {
            "runtime": "python313",
            "entryPoint": "hello",
            "source": {"storageSource": {"bucket": "uploads", "object": "a.zip"}},
        },
    })
}

fn function(changes: &[(&str, Value)]) -> v2::Function {
    let mut document = document();
    for (path, value) in changes {
        let (parent, field) = path.rsplit_once('/').unwrap();
        document.pointer_mut(parent).unwrap()[field] = value.clone();
    }
    from_value(document).unwrap()
}

fn upload() -> Object {
    Object { bucket: "uploads".to_owned(), name: "a.zip".to_owned(), generation: 7 }
}

fn apply(core: &mut Functions, events: Vec<Event>) {
    events.into_iter().for_each(|event| core.apply(event));
}

fn create(core: &mut Functions, function: v2::Function) -> String {
    let desired = Desired::new(&name(), function, true, &moment(1)).unwrap();
    let (operation, events) = core.create(&desired, &upload(), &moment(1)).unwrap();
    apply(core, events);
    operation.name
}

fn update(core: &mut Functions, changes: &[(&str, Value)], mask: &str) -> String {
    let mask: Vec<String> = mask.split(',').map(str::to_owned).collect();
    let desired = core.patched(&name(), &function(changes), &mask, &moment(2)).unwrap();
    let seen = core.entry(&name()).unwrap().function.0.clone();
    let (operation, events) = core.update(&desired, &seen, &upload(), &moment(2)).unwrap();
    apply(core, events);
    operation.name
}

/// What a step does when all goes well.
fn success(step: &Step) -> Report {
    match step {
        Step::Repository { .. } => Report::RepositoryReady,
        Step::Copy { to, .. } => Report::SourceCopied(Object {
            bucket: to.bucket.clone(),
            name: to.object.clone(),
            generation: 8,
        }),
        Step::Build(order) => Report::BuildStarted(format!("builds/{}", order.id)),
        Step::AwaitBuild { .. } => Report::Built,
        Step::Serve(serving) => Report::Serves {
            revision: "helloworld-00001-abc".to_owned(),
            uri: format!("http://{}", serving.name),
        },
        Step::Trigger(_) => Report::TriggerReady(TOPIC.to_owned()),
        Step::DeleteTriggers(_) => Report::TriggersDeleted,
        Step::DeleteService { .. } => Report::ServiceDeleted,
        Step::DeleteImages { .. } => Report::ImagesDeleted,
        Step::Detach { .. } => Report::Detached,
    }
}

/// Works an operation off until a phase, or to its end. Returns the steps.
fn proceed(core: &mut Functions, operation: &str, until: Option<Phase>) -> Vec<Step> {
    let mut steps = Vec::new();
    while until != Some(core.operation(operation).unwrap().phase) {
        let Some(step) = core.step(operation, 42) else { break };
        let step = step.unwrap();
        let events = core.report(operation, success(&step), &moment(3));
        apply(core, events);
        steps.push(step);
    }
    steps
}

fn deployed() -> Functions {
    let mut core = Functions::default();
    let operation = create(&mut core, function(&[]));
    proceed(&mut core, &operation, None);
    core
}

fn shown(core: &Functions) -> v2::Function {
    core.entry(&name()).unwrap().function.0.clone()
}

fn refusal<T>(result: Result<T, Refusal>) -> &'static str {
    result.err().map_or("OK", |refusal| refusal.code().name())
}

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

#[test]
fn a_function_takes_one_operation_at_a_time() {
    let mut core = Functions::default();
    let operation = create(&mut core, function(&[]));
    let busy = |core: &Functions| {
        let patched = core.patched(&name(), &function(&[]), &[], &moment(5));
        [
            refusal(core.check_new(&name())),
            refusal(patched),
            refusal(core.delete(&name(), &moment(5))),
        ]
    };
    assert_eq!(busy(&core), ["ABORTED"; 3]);
    let text = core.delete(&name(), &moment(5)).unwrap_err().to_string();
    assert_eq!(text, "unable to queue the operation");
    proceed(&mut core, &operation, None);
    assert_eq!(busy(&core), ["ALREADY_EXISTS", "OK", "OK"]);
    let (operation, events) = core.delete(&name(), &moment(6)).unwrap();
    apply(&mut core, events);
    assert_eq!((busy(&core), shown(&core).state()), (["ABORTED"; 3], State::Deleting));
    let steps = proceed(&mut core, &operation.name, None);
    assert!(matches!(&steps[..], [Step::DeleteService { .. }, Step::DeleteImages { .. }]));
    assert_eq!(busy(&core), ["OK", "NOT_FOUND", "NOT_FOUND"]);
    assert!(core.operation(&operation.name).unwrap().wire().done);
}

#[test]
fn two_functions_cannot_have_one_service() {
    let core = deployed();
    for (id, expected) in [
        ("helloworld", "ALREADY_EXISTS"),
        ("HELLOWORLD", "ALREADY_EXISTS"),
        ("hello_world", "OK"),
        ("1st", "INVALID_ARGUMENT"),
    ] {
        let found = core.check_new(&name().location.function(id));
        assert_eq!(refusal(found), expected, "{id}");
    }
}

#[test]
fn output_that_a_caller_sends_is_ignored() {
    let time = json!("2020-01-02T03:04:05Z");
    let on_deploy = "/buildConfig/onDeployUpdatePolicy";
    let sent = function(&[
        ("/state", json!("ACTIVE")),
        ("/stateMessages", json!([{"message": "m"}])),
        ("/createTime", time.clone()),
        ("/updateTime", time),
        ("/url", json!("u")),
        ("/satisfiesPzs", json!(true)),
        ("/buildConfig/build", json!("b")),
        ("/buildConfig/sourceProvenance", json!({"gitUri": "g"})),
        (on_deploy, json!({"runtimeVersion": "v"})),
        ("/serviceConfig", json!({"service": "s", "uri": "u", "revision": "r"})),
    ]);
    let desired = |function| Desired::new(&name(), function, true, &moment(1)).unwrap().function;
    assert_eq!(desired(sent), desired(function(&[(on_deploy, json!({}))])));
}

#[test]
fn bad_functions_are_refused_with_their_field() {
    let build = "/buildConfig";
    let set = |field: &str, value: Value| (format!("{build}/{field}"), value);
    let cases: Vec<((String, Value), &str, &str)> = vec![
        (set("runtime", json!("")), "INVALID_ARGUMENT", "runtime"),
        (set("runtime", json!("python3")), "INVALID_ARGUMENT", "python3"),
        (set("runtime", json!("nodejs20")), "INVALID_ARGUMENT", "decommissioned"),
        (set("source", json!({})), "INVALID_ARGUMENT", "source"),
        (set("source", json!({"gitUri": "x"})), "UNIMPLEMENTED", "source"),
        (set("source", json!({"storageSource": {"object": "a"}})), "INVALID_ARGUMENT", "bucket"),
        (
            set(
                "source",
                json!({"storageSource": {"bucket": "b", "object": "a", "sourceUploadUrl": "u"}}),
            ),
            "UNIMPLEMENTED",
            "source_upload_url",
        ),
        (set("dockerRegistry", json!("CONTAINER_REGISTRY")), "INVALID_ARGUMENT", "docker_registry"),
        (set("workerPool", json!("w")), "UNIMPLEMENTED", "worker_pool"),
        (set("dockerRepository", json!("mine")), "INVALID_ARGUMENT", "docker_repository"),
        (
            set("dockerRepository", json!("projects/p/locations/us-east1/repositories/r")),
            "INVALID_ARGUMENT",
            "region",
        ),
        (("/environment".to_owned(), json!("GEN_1")), "UNIMPLEMENTED", "environment"),
        (("/environment".to_owned(), json!(9)), "INVALID_ARGUMENT", "environment"),
        (
            ("/serviceConfig".to_owned(), json!({"ingressSettings": 9})),
            "INVALID_ARGUMENT",
            "service_config.ingress_settings",
        ),
        (("/eventTrigger".to_owned(), json!({})), "INVALID_ARGUMENT", "event_type"),
        (
            ("/eventTrigger".to_owned(), json!({"eventType": "e", "channel": "c"})),
            "UNIMPLEMENTED",
            "channel",
        ),
        (("/labels".to_owned(), json!({"A": "b"})), "INVALID_ARGUMENT", "labels"),
        (
            ("/serviceConfig".to_owned(), json!({"availableMemory": "1 GB"})),
            "INVALID_ARGUMENT",
            "memory",
        ),
        (
            ("/serviceConfig".to_owned(), json!({"timeoutSeconds": 3601})),
            "INVALID_ARGUMENT",
            "timeout",
        ),
        (
            ("/serviceConfig".to_owned(), json!({"minInstanceCount": 101})),
            "INVALID_ARGUMENT",
            "min_instance_count",
        ),
        (("/kmsKeyName".to_owned(), json!("k")), "INVALID_ARGUMENT", "kms_key_name"),
        (
            ("/kmsKeyName".to_owned(), json!(KEY.replace("europe-west1", "global"))),
            "INVALID_ARGUMENT",
            "region",
        ),
        (("/kmsKeyName".to_owned(), json!(KEY)), "INVALID_ARGUMENT", "docker_repository"),
    ];
    for ((path, value), code, text) in cases {
        let wanted = function(&[(&path, value.clone())]);
        let refused = Desired::new(&name(), wanted, true, &moment(1)).unwrap_err();
        assert_eq!(refused.code().name(), code, "{path} {value}");
        assert!(refused.to_string().contains(text), "{refused}");
    }
}

#[test]
fn under_a_key_the_sources_are_in_the_bucket_of_that_key() {
    let mut core = Functions::default();
    let repository = "projects/p/locations/europe-west1/repositories/mine";
    let wanted =
        [("/kmsKeyName", json!(KEY)), ("/buildConfig/dockerRepository", json!(repository))];
    let operation = create(&mut core, function(&wanted));
    let steps = proceed(&mut core, &operation, None);
    let [
        Step::Repository { is_ours: false, .. },
        Step::Copy { to, .. },
        Step::Build(order),
        _,
        Step::Serve(serving),
    ] = &steps[..]
    else {
        panic!("{steps:#?}")
    };
    assert!(to.bucket.starts_with("gcf-sources-42-europe-west1-"), "{}", to.bucket);
    assert!(order.image.starts_with("europe-west1-docker.pkg.dev/p/mine/"), "{}", order.image);
    assert_eq!(serving.document["template"]["encryptionKey"], KEY);
    assert_eq!(shown(&core).kms_key_name, KEY);
}

#[test]
fn a_patch_changes_the_fields_of_its_mask_and_no_others() {
    let core = deployed();
    let patch = |changes: &[(&str, Value)], mask: &str| {
        let mask: Vec<String> = mask.split(',').map(str::to_owned).collect();
        core.patched(&name(), &function(changes), &mask, &moment(2))
    };
    let changes = [
        ("/description", json!("new")),
        ("/labels", json!({"a": "b"})),
        ("/serviceConfig", json!({"environmentVariables": {"X": "1"}, "timeoutSeconds": 9})),
        ("/buildConfig/entryPoint", json!("other")),
    ];
    let current = shown(&core);
    let merged = patch(&changes, "service_config.environment_variables").unwrap().function;
    let service = merged.service_config.unwrap();
    assert_eq!(service.environment_variables, [("X".to_owned(), "1".to_owned())].into());
    assert_eq!((service.timeout_seconds, merged.description.as_str()), (60, ""));
    let merged = patch(&changes, "buildConfig.entryPoint,description").unwrap().function;
    let build = merged.build_config.unwrap();
    assert_eq!((build.entry_point.as_str(), merged.description.as_str()), ("other", "new"));
    assert_eq!(build.build, current.build_config.clone().unwrap().build);
    let merged = patch(&changes, "").unwrap().function;
    let service = merged.service_config.unwrap();
    assert_eq!((service.timeout_seconds, merged.labels.len()), (9, 1));
    assert_eq!(service.uri, current.service_config.unwrap().uri, "output cannot be written");
    assert_eq!(refusal(patch(&[], "runtime")), "INVALID_ARGUMENT");
    assert_eq!(refusal(patch(&[], "labels.a")), "INVALID_ARGUMENT");
}

/// As gcloud sends it in each deployment with `--trigger-topic`.
fn of_topic(topic: &str) -> Value {
    let event_type = "google.cloud.pubsub.topic.v1.messagePublished";
    json!({"eventType": event_type, "pubsubTopic": topic})
}

#[test]
fn a_patch_repeats_the_topic_of_a_trigger_and_does_not_change_it() {
    let mut core = Functions::default();
    let operation = create(&mut core, function(&[("/eventTrigger", of_topic(TOPIC))]));
    proceed(&mut core, &operation, None);
    let before = shown(&core).event_trigger.unwrap();
    let patch = |trigger: Value, mask: &str| {
        let function = function(&[("/eventTrigger", trigger)]);
        let mask = [mask.to_owned()];
        let desired = core.patched(&name(), &function, &mask, &moment(2))?;
        Ok(desired.function.event_trigger.unwrap())
    };
    for mask in ["", "event_trigger", "eventTrigger.pubsubTopic"] {
        assert_eq!(patch(of_topic(TOPIC), mask).unwrap(), before, "{mask}");
        assert_eq!(patch(of_topic(""), mask).unwrap(), before, "{mask}");
        let refused: Refusal = patch(of_topic("projects/p/topics/other"), mask).unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{mask}");
        assert!(refused.to_string().contains("pubsub_topic"), "{refused}");
    }
}

#[test]
fn a_function_of_another_trigger_gets_the_topic_of_its_patch() {
    for core in [deployed(), with_trigger()] {
        let function = function(&[("/eventTrigger", of_topic("projects/p/topics/t"))]);
        let mask = ["event_trigger".to_owned()];
        let patched = core.patched(&name(), &function, &mask, &moment(2)).unwrap();
        let trigger = patched.function.event_trigger.unwrap();
        assert_eq!(trigger.pubsub_topic, "projects/p/topics/t");
        let current = shown(&core).event_trigger.unwrap_or_default();
        assert_ne!(trigger.trigger, current.trigger, "Eventarc makes another trigger");
    }
    let mut core = Functions::default();
    let operation = create(&mut core, function(&[("/eventTrigger", of_topic(TOPIC))]));
    proceed(&mut core, &operation, None);
    let patch = function(&[("/eventTrigger", of_bucket(FINALIZED))]);
    let patched = core.patched(&name(), &patch, &["event_trigger".to_owned()], &moment(2));
    let trigger = patched.unwrap().function.event_trigger.unwrap();
    assert_eq!(trigger.pubsub_topic, "", "Eventarc chooses the topic of other events");
}

#[test]
fn concurrent_requests_need_a_whole_processor() {
    let mut core = Functions::default();
    let wanted = [("/serviceConfig", json!({"maxInstanceRequestConcurrency": 80}))];
    let operation = create(&mut core, function(&wanted));
    proceed(&mut core, &operation, Some(Phase::Service));
    let failure = core.step(&operation, 42).unwrap().unwrap_err();
    assert_eq!(failure.code, 3);
    assert!(failure.message.contains("Total cpu < 1"), "{}", failure.message);
}

#[test]
fn a_stale_etag_of_a_policy_is_refused() {
    let mut core = deployed();
    let first = core.policy(&name()).unwrap();
    let binding = iam::Binding { role: "roles/x".to_owned(), ..Default::default() };
    let wanted = iam::Policy { bindings: vec![binding], ..first.clone() };
    let (set, events) = core.set_policy(&name(), wanted.clone(), &moment(5)).unwrap();
    apply(&mut core, events);
    assert_eq!(core.policy(&name()).unwrap(), set);
    assert_eq!(refusal(core.set_policy(&name(), wanted, &moment(6))), "ABORTED");
}

#[test]
fn a_snapshot_rebuilds_the_state_and_survives_the_journal() {
    let mut core = deployed();
    update(&mut core, &[], "labels");
    let mut other = Functions::default();
    for event in core.snapshot() {
        let written = serde_json::to_string(&event).unwrap();
        other.apply(serde_json::from_str(&written).unwrap());
    }
    assert_eq!(format!("{core:?}"), format!("{other:?}"));
    assert_eq!(other.pending().count(), 1);
}

const FINALIZED: &str = "google.cloud.storage.object.v1.finalized";

fn of_bucket(event_type: &str) -> Value {
    json!({"eventType": event_type, "eventFilters": [{"attribute": "bucket", "value": "b"}]})
}

fn with_trigger() -> Functions {
    let mut core = Functions::default();
    let operation = create(&mut core, function(&[("/eventTrigger", of_bucket(FINALIZED))]));
    proceed(&mut core, &operation, None);
    core
}

#[test]
fn an_event_function_serves_before_its_trigger_is_made() {
    let mut core = Functions::default();
    let operation = create(&mut core, function(&[("/eventTrigger", of_bucket(FINALIZED))]));
    let steps = proceed(&mut core, &operation, None);
    let [
        ..,
        Step::Build(order),
        Step::AwaitBuild { .. },
        Step::Serve(serving),
        Step::Trigger(trigger),
    ] = &steps[..]
    else {
        panic!("{steps:#?}")
    };
    assert_eq!(order.environment["GOOGLE_FUNCTION_SIGNATURE_TYPE"], "cloudevent");
    let template = &serving.document["template"];
    assert_eq!(template["annotations"]["cloudfunctions.googleapis.com/trigger-type"], FINALIZED);
    let environment = template["containers"][0]["env"].to_string();
    assert!(environment.contains("cloudevent"), "{environment}");
    assert!(environment.contains("EVENTARC_CLOUD_EVENT_SOURCE"), "{environment}");
    let prefix = "projects/p/locations/europe-west1/triggers/helloworld-";
    assert_eq!(trigger.name.strip_prefix(prefix).unwrap().len(), 6, "{}", trigger.name);
    assert_eq!(trigger.account, "42-compute@developer.gserviceaccount.com");
    assert_eq!(trigger.filters, [("bucket".to_owned(), "b".to_owned(), String::new())]);
    assert!(!trigger.retries);
    let shown = shown(&core);
    assert_eq!(shown.state(), State::Active);
    assert_eq!(shown.event_trigger.unwrap().pubsub_topic, TOPIC);
}

#[test]
fn a_trigger_is_updated_replaced_and_removed_with_its_function() {
    let mut core = with_trigger();
    let first = shown(&core).event_trigger.unwrap().trigger;
    let retried = json!({"eventType": FINALIZED, "retryPolicy": "RETRY_POLICY_RETRY"});
    let operation = update(&mut core, &[("/eventTrigger", retried)], "event_trigger");
    let steps = proceed(&mut core, &operation, None);
    let Some(Step::Trigger(trigger)) = steps.last() else { panic!("{steps:#?}") };
    assert_eq!((trigger.name.as_str(), trigger.retries), (first.as_str(), true));

    let deleted = "google.cloud.storage.object.v1.deleted";
    let operation = update(&mut core, &[("/eventTrigger", of_bucket(deleted))], "event_trigger");
    let steps = proceed(&mut core, &operation, None);
    let [.., Step::Trigger(trigger), Step::DeleteTriggers(old)] = &steps[..] else {
        panic!("{steps:#?}")
    };
    assert_ne!(trigger.name, first);
    assert_eq!(*old, [first]);
    let second = trigger.name.clone();

    let elsewhere = json!({"eventType": deleted, "triggerRegion": "eu"});
    let elsewhere = function(&[("/eventTrigger", elsewhere)]);
    let refused = core.patched(&name(), &elsewhere, &["eventTrigger".to_owned()], &moment(2));
    assert!(refused.unwrap_err().to_string().contains("trigger_region"));

    let operation = update(&mut core, &[], "event_trigger");
    let steps = proceed(&mut core, &operation, None);
    assert_eq!(steps.last(), Some(&Step::DeleteTriggers(vec![second])));
    assert_eq!(shown(&core).event_trigger, None);
}

#[test]
fn a_deletion_removes_the_trigger_first() {
    let mut core = with_trigger();
    let trigger = shown(&core).event_trigger.unwrap().trigger;
    let (operation, events) = core.delete(&name(), &moment(5)).unwrap();
    apply(&mut core, events);
    let steps = proceed(&mut core, &operation.name, None);
    assert_eq!(steps.first(), Some(&Step::DeleteTriggers(vec![trigger])));
    assert!(matches!(steps.get(1), Some(Step::DeleteService { .. })));
    assert!(core.entry(&name()).is_err());
}

#[test]
fn a_trigger_that_cannot_be_made_returns_to_what_served() {
    let mut core = deployed();
    let operation = update(&mut core, &[("/eventTrigger", of_bucket(FINALIZED))], "event_trigger");
    proceed(&mut core, &operation, Some(Phase::Trigger));
    let failure = Failure { code: 3, message: "no such bucket".to_owned() };
    let events = core.fail(&operation, failure, &moment(4));
    apply(&mut core, events);
    proceed(&mut core, &operation, None);
    let shown = shown(&core);
    assert_eq!((shown.state(), shown.event_trigger), (State::Active, None));
    assert!(shown.state_messages[0].message.contains("no such bucket"));
}

#[test]
fn an_event_function_has_at_most_nine_minutes() {
    let changes = [
        ("/eventTrigger", of_bucket(FINALIZED)),
        ("/serviceConfig", json!({"timeoutSeconds": 541})),
    ];
    let refused = Desired::new(&name(), function(&changes), true, &moment(1)).unwrap_err();
    assert!(refused.to_string().contains("timeout_seconds"), "{refused}");
}
