//! Table tests of the conversions.

use google_cloud_run_v2::model::condition::{CommonReason, State};
use google_cloud_run_v2::model::{Condition, Revision};
use serde_json::{Value, json};

use super::{read, write};
use crate::core::ServiceName;

/// What `gcloud run deploy --image` sends, with a field from `change`.
fn document(pointer: &str, value: Value) -> Value {
    let mut document = json!({
        "apiVersion": "serving.knative.dev/v1",
        "kind": "Service",
        "metadata": {"name": "hello", "namespace": "p", "annotations": {}, "labels": {}},
        "spec": {
            "template": {
                "metadata": {"annotations": {}, "labels": {}},
                "spec": {"containers": [{"image": "i", "name": ""}], "nodeSelector": {}},
            },
        },
        "status": {"address": {}},
    });
    let mut target = &mut document;
    for part in pointer.split('/').skip(1) {
        let part = part.replace("~1", "/");
        target = match part.parse::<usize>() {
            Ok(index) => &mut target[index],
            Err(_) => &mut target[part.as_str()],
        };
    }
    *target = value;
    document
}

fn name() -> ServiceName {
    ServiceName::new("p", "r", "hello")
}

const TEMPLATE: &str = "/spec/template/metadata/annotations";
const SERVICE: &str = "/metadata/annotations";
const CONTAINER: &str = "/spec/template/spec/containers/0";

/// Field of version 1, its value, and the field and the value of version 2.
fn table() -> Vec<(String, Value, &'static str, Value)> {
    let service = |name: &str| format!("{SERVICE}/run.googleapis.com~1{name}");
    let template = |name: &str| format!("{TEMPLATE}/run.googleapis.com~1{name}");
    let scale = |name: &str| format!("{TEMPLATE}/autoscaling.knative.dev~1{name}");
    let container = |name: &str| format!("{CONTAINER}/{name}");
    vec![
        (service("ingress"), json!("internal"), "/ingress", json!("INGRESS_TRAFFIC_INTERNAL_ONLY")),
        (service("description"), json!("d"), "/description", json!("d")),
        (service("client-name"), json!("gcloud"), "/client", json!("gcloud")),
        (service("client-version"), json!("1.0"), "/clientVersion", json!("1.0")),
        (service("launch-stage"), json!("BETA"), "/launchStage", json!("BETA")),
        (service("invoker-iam-disabled"), json!("true"), "/invokerIamDisabled", json!(true)),
        (service("minScale"), json!("2"), "/scaling/minInstanceCount", json!(2)),
        (service("custom-audiences"), json!("[\"a\"]"), "/customAudiences", json!(["a"])),
        (service("build-function-target"), json!("f"), "/buildConfig/functionTarget", json!("f")),
        (
            service("build-source-location"),
            json!("gs://b/o#1"),
            "/buildConfig/sourceLocation",
            json!("gs://b/o#1"),
        ),
        (
            service("build-environment-variables"),
            json!("{\"A\":\"1\"}"),
            "/buildConfig/environmentVariables",
            json!({"A": "1"}),
        ),
        (format!("{SERVICE}/team"), json!("a"), "/annotations/team", json!("a")),
        ("/metadata/labels/team".to_owned(), json!("a"), "/labels/team", json!("a")),
        (scale("minScale"), json!("1"), "/template/scaling/minInstanceCount", json!(1)),
        (scale("maxScale"), json!("5"), "/template/scaling/maxInstanceCount", json!(5)),
        (
            template("startup-cpu-boost"),
            json!("true"),
            "/template/containers/0/resources/startupCpuBoost",
            json!(true),
        ),
        (
            template("execution-environment"),
            json!("gen2"),
            "/template/executionEnvironment",
            json!("EXECUTION_ENVIRONMENT_GEN2"),
        ),
        (template("encryption-key"), json!("k"), "/template/encryptionKey", json!("k")),
        (template("vpc-access-connector"), json!("c"), "/template/vpcAccess/connector", json!("c")),
        (
            "/spec/template/metadata/labels/client.knative.dev~1nonce".to_owned(),
            json!("x"),
            "/template/labels/client.knative.dev~1nonce",
            json!("x"),
        ),
        (
            "/spec/template/metadata/name".to_owned(),
            json!("hello-v1"),
            "/template/revision",
            json!("hello-v1"),
        ),
        (
            "/spec/template/spec/containerConcurrency".to_owned(),
            json!(7),
            "/template/maxInstanceRequestConcurrency",
            json!(7),
        ),
        (
            "/spec/template/spec/timeoutSeconds".to_owned(),
            json!(9),
            "/template/timeout",
            json!("9s"),
        ),
        (
            "/spec/template/spec/serviceAccountName".to_owned(),
            json!("a@b"),
            "/template/serviceAccount",
            json!("a@b"),
        ),
        (container("command"), json!(["c"]), "/template/containers/0/command", json!(["c"])),
        (
            container("env"),
            json!([
                {"name": "A", "value": "1"},
                {"name": "B", "valueFrom": {"secretKeyRef": {"name": "s", "key": "2"}}},
            ]),
            "/template/containers/0/env",
            json!([
                {"name": "A", "value": "1"},
                {"name": "B", "valueSource": {"secretKeyRef": {"secret": "s", "version": "2"}}},
            ]),
        ),
        (
            container("resources"),
            json!({"limits": {"memory": "1Gi"}}),
            "/template/containers/0/resources/limits/memory",
            json!("1Gi"),
        ),
        (
            container("ports"),
            json!([{"name": "http1", "containerPort": 9000}]),
            "/template/containers/0/ports/0/containerPort",
            json!(9000),
        ),
        (
            "/spec/template/spec/volumes".to_owned(),
            json!([{"name": "v", "secret": {"secretName": "s", "items": [{"key": "1", "path": "x", "mode": 256}]}}]),
            "/template/volumes/0/secret/secret",
            json!("s"),
        ),
        (
            "/spec/traffic".to_owned(),
            json!([{"latestRevision": true, "percent": 40}, {"revisionName": "hello-a", "percent": 60, "tag": "t"}]),
            "/traffic/1/revision",
            json!("hello-a"),
        ),
    ]
}

#[test]
fn each_field_of_version_1_becomes_one_of_version_2_and_returns() {
    for (pointer, value, field, expected) in table() {
        let service = read::service(&document(&pointer, value.clone()))
            .unwrap_or_else(|error| panic!("{pointer}: {error}"));
        // The Rust types write enums as numbers, so they are compared by what they read.
        let wire = serde_json::to_value(&service).unwrap();
        let found = wire.pointer(field).cloned().unwrap_or_default();
        let same = found == expected
            || found.is_number() && expected.is_string()
            || found.as_str().is_some_and(|text| expected.as_str() == Some(text));
        assert!(same, "{pointer}: {field} is {found}, not {expected}");
        let written = write::service(&service, &name());
        let back = written.pointer(&pointer).cloned().unwrap_or_default();
        assert!(contains(&back, &value), "{pointer}: {back} instead of {value}");
    }
}

/// Whether everything of `part` is in `whole`.
fn contains(whole: &Value, part: &Value) -> bool {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => part
            .iter()
            .all(|(name, value)| contains(whole.get(name).unwrap_or(&Value::Null), value)),
        (Value::Array(whole), Value::Array(part)) => {
            whole.len() == part.len()
                && whole.iter().zip(part).all(|(whole, part)| contains(whole, part))
        }
        _ => whole == part,
    }
}

#[test]
fn what_the_api_adds_is_ignored_when_a_client_sends_it_back() {
    let service = read::service(&document("/metadata/name", json!("hello"))).unwrap();
    let written = write::service(&service.clone().set_etag("e"), &name());
    let again = read::service(&written).unwrap();
    assert_eq!(again.etag, "e");
    assert_eq!(again.labels, service.labels);
    assert_eq!(again.annotations, service.annotations);
    assert_eq!(again.template.unwrap().labels, service.template.unwrap().labels);
}

#[test]
fn what_is_not_served_is_refused_by_name() {
    for (pointer, value, expected) in [
        (
            format!("{TEMPLATE}/run.googleapis.com~1cloudsql-instances"),
            json!("x"),
            "cloudsql-instances",
        ),
        (format!("{SERVICE}/run.googleapis.com~1iap-enabled"), json!("true"), "iap-enabled"),
        (format!("{SERVICE}/run.googleapis.com~1ingress"), json!("nobody"), "ingress"),
        (format!("{TEMPLATE}/autoscaling.knative.dev~1maxScale"), json!("many"), "maxScale"),
        ("/spec/template/spec/nodeSelector".to_owned(), json!({"gpu": "l4"}), "nodeSelector"),
        ("/spec/template/spec/runtimeClassName".to_owned(), json!("x"), "runtimeClassName"),
        (format!("{CONTAINER}/securityContext"), json!({"runAsUser": 1}), "securityContext"),
        (
            format!("{CONTAINER}/env"),
            json!([{"name": "A", "valueFrom": {"configMapKeyRef": {"name": "c"}}}]),
            "variable A",
        ),
        (
            "/spec/template/spec/volumes".to_owned(),
            json!([{"name": "v", "emptyDir": {}}]),
            "volume v",
        ),
        ("/spec/template/spec/timeoutSeconds".to_owned(), json!("long"), "timeoutSeconds"),
        ("/spec/template/spec/containers".to_owned(), json!({}), "containers"),
        ("/metadata/ownerReferences".to_owned(), json!([{"name": "x"}]), "ownerReferences"),
        ("/kind".to_owned(), json!("Job"), "kind"),
        ("/colour".to_owned(), json!("blue"), "colour"),
        ("/spec/traffic".to_owned(), json!([{"percentage": 100}]), "percentage"),
        (format!("{CONTAINER}/startupProbe"), json!({"exec": {"command": ["x"]}}), "exec"),
        (format!("{CONTAINER}/startupProbe"), json!({"successThreshold": 2}), "successThreshold"),
        (format!("{CONTAINER}/resources"), json!({"requests": {"cpu": "1"}}), "requests"),
    ] {
        let refused = read::service(&document(&pointer, value)).unwrap_err().to_string();
        assert!(refused.contains(expected), "{refused}");
    }
}

#[test]
fn conditions_have_the_words_of_knative() {
    let condition = |state| Condition::new().set_type("Ready").set_state(state);
    for (condition, status, reason) in [
        (condition(State::ConditionSucceeded), "True", Value::Null),
        (condition(State::ConditionReconciling), "Unknown", Value::Null),
        (
            condition(State::ConditionFailed).set_reason(CommonReason::EncryptionKeyCheckFailed),
            "False",
            json!("EncryptionKeyCheckFailed"),
        ),
    ] {
        let revision =
            Revision::new().set_name(name().revision("hello-a")).set_conditions([condition]);
        let written = write::revision(&revision, &name());
        let found = &written["status"]["conditions"][0];
        assert_eq!((&found["status"], &found["reason"]), (&json!(status), &reason));
        assert_eq!(written["metadata"]["labels"]["serving.knative.dev/service"], "hello");
    }
}
