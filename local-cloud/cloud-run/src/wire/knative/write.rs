//! From resources of version 2 to those of version 1.

mod template;

use std::collections::HashMap;

use google_cloud_run_v2::model::condition::State;
use google_cloud_run_v2::model::{
    Condition, Revision, Service, TrafficTarget, TrafficTargetAllocationType, TrafficTargetStatus,
};
use serde_json::{Map, Value, json};

use super::annotations::{self as names, INGRESSES};
use crate::core::{ServiceName, short};
use template::{Template, template_of};

pub(super) const API_VERSION: &str = "serving.knative.dev/v1";

/// The label of a revision that names its service.
pub(super) const SERVICE_LABEL: &str = "serving.knative.dev/service";
const LOCATION_LABEL: &str = "cloud.googleapis.com/location";

type Fields = Map<String, Value>;

pub(super) fn service(service: &Service, name: &ServiceName) -> Value {
    let mut spec = json!({"traffic": targets(&service.traffic)});
    if let Some(template) = &service.template {
        spec["template"] = template_of(template);
    }
    let mut status = json!({
        "observedGeneration": service.observed_generation,
        "conditions": conditions(service.terminal_condition.iter().chain(&service.conditions)),
        "latestCreatedRevisionName": short(&service.latest_created_revision),
        "latestReadyRevisionName": short(&service.latest_ready_revision),
        "traffic": statuses(service),
    });
    if !service.uri.is_empty() {
        status["url"] = json!(service.uri);
        status["address"] = json!({"url": service.uri});
    }
    json!({
        "apiVersion": API_VERSION,
        "kind": "Service",
        "metadata": metadata(service, name, "services", service_annotations(service)),
        "spec": spec,
        "status": status,
    })
}

pub(super) fn configuration(service: &Service, name: &ServiceName) -> Value {
    let template = service.template.as_ref().map(template_of);
    let ready = service.conditions.iter().filter(|condition| condition.r#type == CONFIGURED);
    json!({
        "apiVersion": API_VERSION,
        "kind": "Configuration",
        "metadata": metadata(service, name, "configurations", Fields::new()),
        "spec": {"template": template},
        "status": {
            "observedGeneration": service.observed_generation,
            "conditions": conditions_as_ready(ready),
            "latestCreatedRevisionName": short(&service.latest_created_revision),
            "latestReadyRevisionName": short(&service.latest_ready_revision),
        },
    })
}

pub(super) fn route(service: &Service, name: &ServiceName) -> Value {
    let ready = service.conditions.iter().filter(|condition| condition.r#type == ROUTED);
    json!({
        "apiVersion": API_VERSION,
        "kind": "Route",
        "metadata": metadata(service, name, "routes", Fields::new()),
        "spec": {"traffic": targets(&service.traffic)},
        "status": {
            "observedGeneration": service.observed_generation,
            "conditions": conditions_as_ready(ready),
            "traffic": statuses(service),
            "url": service.uri,
            "address": {"url": service.uri},
        },
    })
}

pub(super) fn revision(revision: &Revision, service: &ServiceName) -> Value {
    let template = Template {
        scaling: revision.scaling.as_ref(),
        vpc_access: revision.vpc_access.as_ref(),
        execution_environment: &revision.execution_environment,
        encryption_key: &revision.encryption_key,
        session_affinity: revision.session_affinity,
        concurrency: revision.max_instance_request_concurrency,
        timeout_seconds: revision.timeout.as_ref().map(google_cloud_wkt::Duration::seconds),
        service_account: &revision.service_account,
        containers: &revision.containers,
        volumes: &revision.volumes,
    };
    let id = short(&revision.name);
    let mut annotations = template.annotations();
    annotations.extend(texts(&revision.annotations));
    let mut labels = texts(&revision.labels);
    labels.insert(LOCATION_LABEL.to_owned(), service.location.clone().into());
    labels.insert(SERVICE_LABEL.to_owned(), service.service.clone().into());
    labels.insert("serving.knative.dev/configuration".to_owned(), service.service.clone().into());
    let image = revision.containers.first().map_or("", |container| &container.image);
    json!({
        "apiVersion": API_VERSION,
        "kind": "Revision",
        "metadata": {
            "name": id,
            "namespace": service.project,
            "selfLink": self_link(&service.project, "revisions", id),
            "uid": revision.uid,
            "resourceVersion": revision.etag,
            "generation": revision.generation,
            "creationTimestamp": revision.create_time,
            "labels": labels,
            "annotations": annotations,
        },
        "spec": template.spec(),
        "status": {
            "observedGeneration": revision.observed_generation,
            "conditions": conditions(&revision.conditions),
            "imageDigest": image,
        },
    })
}

/// Conditions of a service that are the `Ready` conditions of its configuration and its route.
const CONFIGURED: &str = "ConfigurationsReady";
const ROUTED: &str = "RoutesReady";

fn metadata(service: &Service, name: &ServiceName, kind: &str, annotations: Fields) -> Value {
    let mut labels = texts(&service.labels);
    labels.insert(LOCATION_LABEL.to_owned(), name.location.clone().into());
    json!({
        "name": name.service,
        "namespace": name.project,
        "selfLink": self_link(&name.project, kind, &name.service),
        "uid": service.uid,
        "resourceVersion": service.etag,
        "generation": service.generation,
        "creationTimestamp": service.create_time,
        "labels": labels,
        "annotations": annotations,
    })
}

fn self_link(project: &str, kind: &str, id: &str) -> String {
    format!("/apis/{API_VERSION}/namespaces/{project}/{kind}/{id}")
}

fn service_annotations(service: &Service) -> Fields {
    let mut annotations = texts(&service.annotations);
    let ingress = service.ingress.name().unwrap_or_default();
    let ingress = INGRESSES.iter().find(|(_, field)| *field == ingress).map(|(text, _)| *text);
    set(&mut annotations, names::INGRESS, ingress.unwrap_or_default());
    set(&mut annotations, "run.googleapis.com/ingress-status", ingress.unwrap_or_default());
    set(&mut annotations, names::CLIENT_NAME, &service.client);
    set(&mut annotations, names::CLIENT_VERSION, &service.client_version);
    set(&mut annotations, names::DESCRIPTION, &service.description);
    let stage = service.launch_stage.name().filter(|stage| *stage != "LAUNCH_STAGE_UNSPECIFIED");
    set(&mut annotations, names::LAUNCH_STAGE, stage.unwrap_or_default());
    if service.invoker_iam_disabled {
        set(&mut annotations, names::INVOKER_IAM_DISABLED, "true");
    }
    if !service.custom_audiences.is_empty() {
        let audiences = json!(service.custom_audiences).to_string();
        set(&mut annotations, names::CUSTOM_AUDIENCES, &audiences);
    }
    if let Some(scaling) = &service.scaling {
        set_number(&mut annotations, names::SERVICE_MIN_SCALE, scaling.min_instance_count);
        set_number(&mut annotations, names::SERVICE_MAX_SCALE, scaling.max_instance_count);
    }
    if let Some(build) = &service.build_config {
        let build = serde_json::to_value(build).unwrap_or_default();
        for (annotation, field) in names::BUILD {
            let text = build.get(field).and_then(Value::as_str).unwrap_or_default();
            set(&mut annotations, annotation, text);
        }
        if build.get("enableAutomaticUpdates") == Some(&json!(true)) {
            set(&mut annotations, names::BUILD_UPDATES, "true");
        }
        if let Some(variables) = build.get("environmentVariables") {
            set(&mut annotations, names::BUILD_ENVIRONMENT, &variables.to_string());
        }
    }
    annotations
}

fn targets(traffic: &[TrafficTarget]) -> Vec<Value> {
    let target = |target: &TrafficTarget| {
        let mut written = Fields::new();
        if target.r#type == TrafficTargetAllocationType::Revision {
            set(&mut written, "revisionName", &target.revision);
        } else {
            written.insert("latestRevision".to_owned(), true.into());
        }
        written.insert("percent".to_owned(), target.percent.into());
        set(&mut written, "tag", &target.tag);
        Value::Object(written)
    };
    traffic.iter().map(target).collect()
}

fn statuses(service: &Service) -> Vec<Value> {
    let status = |target: &TrafficTargetStatus| {
        let mut written = Fields::new();
        if target.r#type == TrafficTargetAllocationType::Revision {
            set(&mut written, "revisionName", &target.revision);
        } else {
            written.insert("latestRevision".to_owned(), true.into());
            set(&mut written, "revisionName", short(&service.latest_ready_revision));
        }
        written.insert("percent".to_owned(), target.percent.into());
        set(&mut written, "tag", &target.tag);
        set(&mut written, "url", &target.uri);
        Value::Object(written)
    };
    service.traffic_statuses.iter().map(status).collect()
}

fn conditions<'a>(conditions: impl IntoIterator<Item = &'a Condition>) -> Vec<Value> {
    conditions.into_iter().map(|condition| condition_of(condition, &condition.r#type)).collect()
}

fn conditions_as_ready<'a>(conditions: impl IntoIterator<Item = &'a Condition>) -> Vec<Value> {
    conditions.into_iter().map(|condition| condition_of(condition, "Ready")).collect()
}

fn condition_of(condition: &Condition, kind: &str) -> Value {
    let status = match condition.state {
        State::ConditionSucceeded => "True",
        State::ConditionFailed => "False",
        _ => "Unknown",
    };
    let mut written = json!({
        "type": kind,
        "status": status,
        "lastTransitionTime": condition.last_transition_time,
    });
    let reason = condition
        .reason()
        .and_then(|reason| reason.name())
        .or_else(|| condition.revision_reason().and_then(|reason| reason.name()));
    if let Some(reason) = reason {
        written["reason"] = json!(camel_case(reason));
    }
    if !condition.message.is_empty() {
        written["message"] = json!(condition.message);
    }
    written
}

/// `HealthCheckContainerError` for `HEALTH_CHECK_CONTAINER_ERROR`.
fn camel_case(name: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        let first = letters.next().map(String::from).unwrap_or_default();
        first + &letters.as_str().to_ascii_lowercase()
    };
    name.split('_').map(word).collect()
}

fn texts(map: &HashMap<String, String>) -> Fields {
    map.iter().map(|(name, text)| (name.clone(), json!(text))).collect()
}

fn set(fields: &mut Fields, name: &str, text: &str) {
    if !text.is_empty() {
        fields.insert(name.to_owned(), text.into());
    }
}

fn set_number(fields: &mut Fields, name: &str, number: i32) {
    if number != 0 {
        fields.insert(name.to_owned(), number.to_string().into());
    }
}
