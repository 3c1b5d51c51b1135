//! Which requests are accepted, and what they change.

use super::*;

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
