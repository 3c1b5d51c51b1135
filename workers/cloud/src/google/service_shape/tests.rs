mod traffic;

use std::collections::BTreeMap;
use std::time::Duration;

use google_cloud_run_v2::model::{self, Revision, Service};
use longshore_messages::{
    Access, ExecutionEnvironment, Ingress, SecretVersion, SecretVolume, ServiceSettings, VpcAccess,
};
use serde_json::{Value, json};

use super::{changed_service, foreign_annotation, new_service, observed, observed_revision};
use crate::{BuildRecord, ConditionState, HeldTraffic, ServiceShape, Traffic, TrafficTarget};

fn map(entries: &[(&str, &str)]) -> BTreeMap<String, String> {
    entries.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn service(fields: Value) -> Service {
    serde_json::from_value(fields).unwrap()
}

fn full() -> ServiceShape {
    ServiceShape {
        settings: full_settings(),
        image: "img@sha256:00".to_owned(),
        encryption_key: Some("key".to_owned()),
        annotations: map(&[("longshore.dev/generation", "2")]),
        template_annotations: map(&[("longshore.dev/retry", "1")]),
        build: Some(BuildRecord {
            source_location: "gs://b/o#1".to_owned(),
            function_target: "hello".to_owned(),
            ..BuildRecord::default()
        }),
        traffic: None,
    }
}

fn full_settings() -> ServiceSettings {
    ServiceSettings {
        labels: map(&[("team", "a")]),
        description: Some("says hello".to_owned()),
        access: Some(Access::Public),
        environment: map(&[("GREETING", "hi")]),
        memory: Some("512Mi".to_owned()),
        cpu: Some("1".to_owned()),
        timeout: Some(Duration::from_millis(1_500)),
        concurrency: Some(80),
        min_instances: Some(0),
        max_instances: Some(3),
        service_account: Some("run@p".to_owned()),
        secret_environment: BTreeMap::from([(
            "KEY".to_owned(),
            SecretVersion { secret: "key".to_owned(), version: "latest".to_owned() },
        )]),
        secret_volumes: BTreeMap::from([(
            "/keys".to_owned(),
            SecretVolume { secret: "pem".to_owned(), files: map(&[("key.pem", "3")]) },
        )]),
        ingress: Some(Ingress::Internal),
        execution_environment: Some(ExecutionEnvironment::Gen2),
        cpu_boost: Some(true),
        vpc: Some(VpcAccess::Direct { network: "net".to_owned(), subnetwork: String::new() }),
        use_http2: Some(true),
    }
}

#[test]
fn a_new_service_has_everything_that_was_requested() {
    assert_eq!(
        serde_json::to_value(new_service(&full())).unwrap(),
        json!({
            "annotations": { "longshore.dev/generation": "2" },
            "labels": { "team": "a" },
            "description": "says hello",
            "invokerIamDisabled": true,
            "ingress": 2,
            "buildConfig": { "sourceLocation": "gs://b/o#1", "functionTarget": "hello" },
            "template": {
                "annotations": { "longshore.dev/retry": "1" },
                "containers": [{
                    "image": "img@sha256:00",
                    "ports": [{ "name": "h2c", "containerPort": 8080 }],
                    "env": [
                        { "name": "GREETING", "value": "hi" },
                        { "name": "KEY", "valueSource": { "secretKeyRef": { "secret": "key", "version": "latest" } } },
                    ],
                    "resources": { "limits": { "memory": "512Mi", "cpu": "1" }, "cpuIdle": true, "startupCpuBoost": true },
                    "volumeMounts": [{ "name": "longshore-secret-0", "mountPath": "/keys" }],
                }],
                "volumes": [{
                    "name": "longshore-secret-0",
                    "secret": { "secret": "pem", "items": [{ "path": "key.pem", "version": "3" }] },
                }],
                "executionEnvironment": 2,
                "vpcAccess": { "networkInterfaces": [{ "network": "net" }] },
                "timeout": "1.5s",
                "maxInstanceRequestConcurrency": 80,
                "scaling": { "maxInstanceCount": 3 },
                "serviceAccount": "run@p",
                "encryptionKey": "key",
            },
        })
    );
}

#[test]
fn what_was_written_is_what_is_observed() {
    let live = observed(&new_service(&full()));
    assert_eq!(live.shape, full());
}

#[test]
fn the_name_of_a_port_follows_the_request_and_its_number_stays() {
    let live = |ports: Value| {
        service(json!({ "template": { "containers": [{ "image": "i", "ports": ports }] } }))
    };
    let kept = json!([{ "name": "h2c", "containerPort": 9000 }]);
    for (ports, use_http2, expected) in [
        (kept.clone(), None, kept.clone()),
        (kept.clone(), Some(false), json!([{ "name": "http1", "containerPort": 9000 }])),
        (json!([{ "containerPort": 9000 }]), Some(true), kept),
        (json!([]), Some(true), json!([{ "name": "h2c", "containerPort": 8080 }])),
    ] {
        let settings = ServiceSettings { use_http2, ..ServiceSettings::default() };
        let shape = ServiceShape { settings, ..ServiceShape::default() };
        let sent = serde_json::to_value(changed_service(&live(ports), &shape).service).unwrap();
        assert_eq!(sent["template"]["containers"][0]["ports"], expected, "{use_http2:?}");
    }
}

#[test]
fn the_mask_has_the_fields_that_the_shape_sets_and_no_others() {
    let always = ["template.containers", "template.revision"];
    let unset = ServiceSettings::default;
    let only_image = ServiceShape { image: "img@sha256:00".to_owned(), ..ServiceShape::default() };
    let shapes: [(ServiceShape, &[&str]); 5] = [
        (only_image.clone(), &[]),
        (
            ServiceShape { encryption_key: full().encryption_key, ..only_image.clone() },
            &["template.encryption_key"],
        ),
        (ServiceShape { annotations: full().annotations, ..only_image.clone() }, &["annotations"]),
        (
            ServiceShape {
                template_annotations: full().template_annotations,
                ..only_image.clone()
            },
            &["template.annotations"],
        ),
        (
            ServiceShape { build: Some(BuildRecord::default()), ..only_image.clone() },
            &["build_config"],
        ),
    ];
    let settings: [(ServiceSettings, &[&str]); 10] = [
        (ServiceSettings { labels: full_settings().labels, ..unset() }, &["labels"]),
        (ServiceSettings { description: Some(String::new()), ..unset() }, &["description"]),
        (
            ServiceSettings { access: Some(Access::Authenticated), ..unset() },
            &["invoker_iam_disabled"],
        ),
        (
            ServiceSettings {
                memory: Some("1Gi".to_owned()),
                environment: full_settings().environment,
                ..unset()
            },
            &[],
        ),
        (ServiceSettings { max_instances: Some(1), ..unset() }, &["template.scaling"]),
        (ServiceSettings { ingress: full_settings().ingress, ..unset() }, &["ingress"]),
        (
            ServiceSettings {
                execution_environment: full_settings().execution_environment,
                cpu_boost: Some(false),
                ..unset()
            },
            &["template.execution_environment"],
        ),
        (
            ServiceSettings {
                vpc: full_settings().vpc,
                secret_environment: full_settings().secret_environment,
                ..unset()
            },
            &["template.vpc_access"],
        ),
        (
            ServiceSettings { secret_volumes: full_settings().secret_volumes, ..unset() },
            &["template.volumes"],
        ),
        (
            ServiceSettings {
                timeout: full_settings().timeout,
                concurrency: Some(1),
                service_account: full_settings().service_account,
                ..unset()
            },
            &[
                "template.timeout",
                "template.max_instance_request_concurrency",
                "template.service_account",
            ],
        ),
    ];
    let settings = settings
        .map(|(settings, fields)| (ServiceShape { settings, ..only_image.clone() }, fields));
    let cases = shapes.into_iter().chain(settings);
    for (shape, fields) in cases {
        let expected: Vec<_> = always.iter().chain(fields).copied().collect();
        assert_eq!(changed_service(&Service::new(), &shape).fields, expected, "{shape:?}");
    }
}

#[test]
fn an_update_keeps_the_settings_of_other_tools() {
    let live = service(json!({
        "name": "projects/p/locations/r/services/s",
        "etag": "e1",
        "labels": { "team": "old", "terraform": "yes" },
        "annotations": { "example.com/owner": "me", "longshore.dev/generation": "1" },
        "template": {
            "revision": "s-00001-abc",
            "annotations": { "example.com/cost": "low" },
            "scaling": { "minInstanceCount": 2, "maxInstanceCount": 9 },
            "containers": [
                { "name": "sidecar", "image": "proxy", "volumeMounts": [{ "name": "shared", "mountPath": "/s" }] },
                {
                    "name": "function",
                    "image": "img@sha256:99",
                    "ports": [{ "containerPort": 8080 }],
                    "env": [
                        { "name": "OLD", "value": "gone" },
                        { "name": "PASSWORD", "valueSource": { "secretKeyRef": { "secret": "s", "version": "1" } } },
                    ],
                    "resources": { "limits": { "memory": "1Gi", "nvidia.com/gpu": "1" } },
                    "startupProbe": { "periodSeconds": 7 },
                    "volumeMounts": [
                        { "name": "scratch", "mountPath": "/scratch" },
                        { "name": "shared", "mountPath": "/shared" },
                        { "name": "old", "mountPath": "/old" },
                    ],
                },
            ],
            "volumes": [
                { "name": "scratch", "emptyDir": { "medium": "MEMORY" } },
                { "name": "shared", "secret": { "secret": "shared" } },
                { "name": "old", "secret": { "secret": "old" } },
            ],
            "vpcAccess": { "connector": "c", "egress": "ALL_TRAFFIC" },
        },
    }));
    let settings =
        ServiceSettings { cpu: None, min_instances: None, cpu_boost: None, ..full_settings() };
    let shape = ServiceShape { settings, ..full() };
    let change = changed_service(&live, &shape);
    let sent = serde_json::to_value(&change.service).unwrap();
    assert_eq!(
        (&sent["name"], &sent["etag"]),
        (&json!("projects/p/locations/r/services/s"), &json!("e1"))
    );
    assert_eq!(sent["labels"], json!({ "team": "a", "terraform": "yes" }));
    assert_eq!(
        sent["annotations"],
        json!({ "example.com/owner": "me", "longshore.dev/generation": "2" })
    );
    assert_eq!(
        sent["template"]["annotations"],
        json!({ "example.com/cost": "low", "longshore.dev/retry": "1" })
    );
    assert_eq!(sent["template"]["revision"], Value::Null);
    assert_eq!(
        sent["template"]["scaling"],
        json!({ "minInstanceCount": 2, "maxInstanceCount": 3 })
    );
    assert_eq!(
        sent["template"]["containers"][0],
        json!({ "name": "sidecar", "image": "proxy", "volumeMounts": [{ "name": "shared", "mountPath": "/s" }] })
    );
    assert_eq!(
        sent["template"]["volumes"],
        json!([
            { "name": "scratch", "emptyDir": { "medium": 1 } },
            { "name": "shared", "secret": { "secret": "shared" } },
            { "name": "longshore-secret-0", "secret": { "secret": "pem", "items": [{ "path": "key.pem", "version": "3" }] } },
        ])
    );
    assert_eq!(
        sent["template"]["vpcAccess"],
        json!({ "egress": 1, "networkInterfaces": [{ "network": "net" }] })
    );
    assert_eq!(
        sent["template"]["containers"][1],
        json!({
            "name": "function",
            "image": "img@sha256:00",
            "ports": [{ "name": "h2c", "containerPort": 8080 }],
            "env": [
                { "name": "GREETING", "value": "hi" },
                { "name": "KEY", "valueSource": { "secretKeyRef": { "secret": "key", "version": "latest" } } },
            ],
            "volumeMounts": [
                { "name": "scratch", "mountPath": "/scratch" },
                { "name": "shared", "mountPath": "/shared" },
                { "name": "longshore-secret-0", "mountPath": "/keys" },
            ],
            "resources": { "limits": { "memory": "512Mi", "nvidia.com/gpu": "1" } },
            "startupProbe": { "periodSeconds": 7 },
        })
    );
}

#[test]
fn a_secret_of_the_services_own_project_is_named_by_its_id() {
    let live = observed(&service(json!({
        "name": "projects/p/locations/r/services/s",
        "template": {
            "containers": [{
                "image": "i",
                "env": [
                    { "name": "A", "valueSource": { "secretKeyRef": { "secret": "projects/p/secrets/a" } } },
                    { "name": "B", "valueSource": { "secretKeyRef": { "secret": "projects/q/secrets/b", "version": "2" } } },
                ],
                "volumeMounts": [{ "name": "v", "mountPath": "/v" }],
            }],
            "volumes": [{ "name": "v", "secret": { "secret": "projects/p/secrets/key" } }],
        },
    })));
    let reference = |secret: &str, version: &str| SecretVersion {
        secret: secret.to_owned(),
        version: version.to_owned(),
    };
    assert_eq!(live.shape.settings.secret_environment["A"], reference("a", "latest"));
    assert_eq!(live.shape.settings.secret_environment["B"], reference("projects/q/secrets/b", "2"));
    let volume = SecretVolume { secret: "key".to_owned(), files: map(&[("key", "latest")]) };
    assert_eq!(live.shape.settings.secret_volumes, BTreeMap::from([("/v".to_owned(), volume)]));
}

#[test]
fn only_the_fleets_annotations_are_written_and_observed() {
    assert_eq!(foreign_annotation(&full()), None);
    let foreign = ServiceShape {
        annotations: map(&[("longshore.dev/generation", "1"), ("run.googleapis.com/x", "1")]),
        ..full()
    };
    assert_eq!(foreign_annotation(&foreign), Some("run.googleapis.com/x"));
    let on_template =
        ServiceShape { template_annotations: map(&[("run.googleapis.com/y", "1")]), ..full() };
    assert_eq!(foreign_annotation(&on_template), Some("run.googleapis.com/y"));
    let live = observed(&service(
        json!({ "annotations": { "longshore.dev/a": "1", "longshore.development/b": "1", "c": "1" } }),
    ));
    assert_eq!(live.shape.annotations, map(&[("longshore.dev/a", "1")]));
}

#[test]
fn a_service_is_reconciled_once_its_newest_write_is_observed() {
    for (fields, reconciled) in [
        (json!({ "generation": "3", "observedGeneration": "3" }), true),
        (json!({ "generation": "3", "observedGeneration": "2" }), false),
        (json!({ "generation": "3", "observedGeneration": "3", "reconciling": true }), false),
    ] {
        assert_eq!(observed(&service(fields.clone())).reconciled, reconciled, "{fields}");
    }
}

#[test]
fn a_condition_has_its_state_and_the_name_of_its_reason() {
    for (condition, state, reason) in [
        (Value::Null, ConditionState::Pending, ""),
        (json!({ "state": "CONDITION_PENDING" }), ConditionState::Pending, ""),
        (
            json!({ "state": "CONDITION_RECONCILING", "reason": "WAITING_FOR_OPERATION" }),
            ConditionState::Pending,
            "WAITING_FOR_OPERATION",
        ),
        (
            json!({ "state": "CONDITION_SUCCEEDED", "reason": "COMMON_REASON_UNDEFINED" }),
            ConditionState::Succeeded,
            "",
        ),
        (
            json!({ "state": "CONDITION_FAILED", "revisionReason": "HEALTH_CHECK_CONTAINER_ERROR", "message": "no port" }),
            ConditionState::Failed,
            "HEALTH_CHECK_CONTAINER_ERROR",
        ),
        (json!({ "state": "SOMETHING_NEW" }), ConditionState::Pending, ""),
    ] {
        let live = observed(&service(json!({ "terminalCondition": condition })));
        assert_eq!(
            (live.condition.state, live.condition.reason.as_str()),
            (state, reason),
            "{condition}"
        );
        assert_eq!(live.condition.message, condition["message"].as_str().unwrap_or_default());
    }
}

#[test]
fn revisions_are_named_by_their_last_segment() {
    let prefix = "projects/p/locations/r/services/s/revisions";
    let live = observed(&service(
        json!({ "latestCreatedRevision": format!("{prefix}/s-2"), "latestReadyRevision": format!("{prefix}/s-1") }),
    ));
    assert_eq!(
        (live.latest_created_revision.as_str(), live.latest_ready_revision.as_str()),
        ("s-2", "s-1")
    );
    assert_eq!(observed(&Service::new()).latest_ready_revision, "");
}
