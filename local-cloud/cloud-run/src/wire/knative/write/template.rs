//! The template of a service, and the part of a revision that is like it.

use google_cloud_run_v2::model::vpc_access::VpcEgress;
use google_cloud_run_v2::model::{
    Container, ExecutionEnvironment, RevisionScaling, RevisionTemplate, Volume, VpcAccess,
};
use serde_json::{Value, json};

use super::super::annotations as names;
use super::{Fields, set, set_number, texts};

pub(super) fn template_of(template: &RevisionTemplate) -> Value {
    let parts = Template {
        scaling: template.scaling.as_ref(),
        vpc_access: template.vpc_access.as_ref(),
        execution_environment: &template.execution_environment,
        encryption_key: &template.encryption_key,
        session_affinity: template.session_affinity,
        concurrency: template.max_instance_request_concurrency,
        timeout_seconds: template.timeout.as_ref().map(google_cloud_wkt::Duration::seconds),
        service_account: &template.service_account,
        containers: &template.containers,
        volumes: &template.volumes,
    };
    let mut annotations = parts.annotations();
    annotations.extend(texts(&template.annotations));
    let mut metadata = json!({"labels": texts(&template.labels), "annotations": annotations});
    if !template.revision.is_empty() {
        metadata["name"] = json!(template.revision);
    }
    json!({"metadata": metadata, "spec": parts.spec()})
}

/// What the template of a service and a revision have in common.
pub(super) struct Template<'a> {
    pub(super) scaling: Option<&'a RevisionScaling>,
    pub(super) vpc_access: Option<&'a VpcAccess>,
    pub(super) execution_environment: &'a ExecutionEnvironment,
    pub(super) encryption_key: &'a str,
    pub(super) session_affinity: bool,
    pub(super) concurrency: i32,
    pub(super) timeout_seconds: Option<i64>,
    pub(super) service_account: &'a str,
    pub(super) containers: &'a [Container],
    pub(super) volumes: &'a [Volume],
}

impl Template<'_> {
    pub(super) fn annotations(&self) -> Fields {
        let mut annotations = Fields::new();
        if let Some(scaling) = self.scaling {
            set_number(&mut annotations, names::MIN_SCALE, scaling.min_instance_count);
            set_number(&mut annotations, names::MAX_SCALE, scaling.max_instance_count);
        }
        let environment = match self.execution_environment {
            ExecutionEnvironment::Gen1 => "gen1",
            ExecutionEnvironment::Gen2 => "gen2",
            _ => "",
        };
        set(&mut annotations, names::EXECUTION_ENVIRONMENT, environment);
        set(&mut annotations, names::ENCRYPTION_KEY, self.encryption_key);
        if self.session_affinity {
            set(&mut annotations, names::SESSION_AFFINITY, "true");
        }
        if let Some(vpc) = self.vpc_access {
            set(&mut annotations, names::VPC_CONNECTOR, &vpc.connector);
            let egress = match vpc.egress {
                VpcEgress::AllTraffic => "all-traffic",
                VpcEgress::PrivateRangesOnly => "private-ranges-only",
                _ => "",
            };
            set(&mut annotations, names::VPC_EGRESS, egress);
            if !vpc.network_interfaces.is_empty() {
                let interfaces = json!(vpc.network_interfaces).to_string();
                set(&mut annotations, names::NETWORK_INTERFACES, &interfaces);
            }
        }
        let resources = self.containers.first().and_then(|container| container.resources.as_ref());
        if let Some(resources) = resources {
            if resources.startup_cpu_boost {
                set(&mut annotations, names::CPU_BOOST, "true");
            }
            if !resources.cpu_idle {
                set(&mut annotations, names::CPU_THROTTLING, "false");
            }
        }
        let bases = self.containers.iter().filter(|container| !container.base_image_uri.is_empty());
        let bases: Fields = bases
            .map(|container| (container.name.clone(), json!(container.base_image_uri)))
            .collect();
        if !bases.is_empty() {
            set(&mut annotations, names::BASE_IMAGES, &Value::Object(bases).to_string());
        }
        annotations
    }

    pub(super) fn spec(&self) -> Value {
        let mut spec = json!({
            "containerConcurrency": self.concurrency,
            "serviceAccountName": self.service_account,
            "containers": self.containers.iter().map(container).collect::<Vec<_>>(),
        });
        if let Some(seconds) = self.timeout_seconds {
            spec["timeoutSeconds"] = seconds.into();
        }
        if self.containers.iter().any(|container| !container.base_image_uri.is_empty()) {
            spec["runtimeClassName"] = names::UPDATED_BASE.into();
        }
        if !self.volumes.is_empty() {
            spec["volumes"] = self.volumes.iter().map(volume).collect();
        }
        spec
    }
}

fn container(given: &Container) -> Value {
    let mut container = serde_json::to_value(given).unwrap_or_default();
    let Some(fields) = container.as_object_mut() else { return container };
    fields.remove("baseImageUri");
    if let Some(resources) = fields.get_mut("resources").and_then(Value::as_object_mut) {
        resources.retain(|name, _| name == "limits");
    }
    if let Some(env) = fields.get_mut("env").and_then(Value::as_array_mut) {
        env.iter_mut().for_each(|variable| *variable = variable_of(variable));
    }
    container
}

fn variable_of(variable: &Value) -> Value {
    match variable.pointer("/valueSource/secretKeyRef") {
        Some(secret) => json!({
            "name": variable.get("name"),
            "valueFrom": {
                "secretKeyRef": {"name": secret.get("secret"), "key": secret.get("version")},
            },
        }),
        None => variable.clone(),
    }
}

fn volume(given: &Volume) -> Value {
    let volume = serde_json::to_value(given).unwrap_or_default();
    let Some(secret) = volume.get("secret") else { return volume };
    let item = |item: &Value| json!({"key": item.get("version"), "path": item.get("path"), "mode": item.get("mode")});
    let items = secret.get("items").and_then(Value::as_array);
    let mut written = json!({
        "secretName": secret.get("secret"),
        "items": items.into_iter().flatten().map(item).collect::<Vec<_>>(),
    });
    if let Some(mode) = secret.get("defaultMode") {
        written["defaultMode"] = mode.clone();
    }
    json!({"name": volume.get("name"), "secret": written})
}
