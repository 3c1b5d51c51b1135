//! A [`ServiceShape`] as fields of `google.cloud.run.v2.Service`, and back.

mod sandbox;
mod secrets;
mod traffic;

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use google_cloud_run_v2::model::condition::{Reasons, State};
use google_cloud_run_v2::model::env_var::Values;
use google_cloud_run_v2::model::{
    self, BuildConfig, Container, ContainerPort, EnvVar, ResourceRequirements, Revision,
    RevisionTemplate, Service,
};
use longshore_messages::{Access, ServiceSettings};
use secrets::{SecretsOf, secret_variable};

use crate::{BuildRecord, Condition, ConditionState, LiveService, ServiceShape};

/// The namespace of the fleet's annotations. Cloud Run rejects its own namespaces in this API
/// (`service.proto`).
const ANNOTATIONS: &str = "longshore.dev/";

const MEMORY: &str = "memory";
const CPU: &str = "cpu";

/// Names of a container's port.
const HTTP1_PORT: &str = "http1";
const HTTP2_PORT: &str = "h2c";
/// The port of a container that sets none.
const DEFAULT_PORT: i32 = 8080;

/// A service to write, with the fields of its update mask.
#[derive(Debug)]
pub(crate) struct Change {
    pub(crate) service: Service,
    pub(crate) fields: Vec<&'static str>,
}

/// The first annotation that is outside the fleet's namespace.
pub(crate) fn foreign_annotation(shape: &ServiceShape) -> Option<&str> {
    let all = shape.annotations.keys().chain(shape.template_annotations.keys());
    all.map(String::as_str).find(|name| !name.starts_with(ANNOTATIONS))
}

/// A service to create.
pub(crate) fn new_service(shape: &ServiceShape) -> Service {
    changed_service(&Service::new(), shape).service
}

/// The update that gives `live` the fields of `shape`. The mask names the fields that the shape
/// sets, and two that go with every new revision: the containers, and the revision's name, which is
/// cleared because a name that another tool gave to the last revision cannot be reused.
pub(crate) fn changed_service(live: &Service, shape: &ServiceShape) -> Change {
    let settings = &shape.settings;
    let mut service = Service::new().set_name(&live.name).set_etag(&live.etag);
    let mut fields = vec!["template.containers", "template.revision"];
    if !shape.annotations.is_empty() {
        service.annotations = merged(&live.annotations, &shape.annotations);
        fields.push("annotations");
    }
    if !settings.labels.is_empty() {
        service.labels = merged(&live.labels, &settings.labels);
        fields.push("labels");
    }
    if let Some(description) = &settings.description {
        service.description.clone_from(description);
        fields.push("description");
    }
    if let Some(access) = settings.access {
        service.invoker_iam_disabled = access == Access::Public;
        fields.push("invoker_iam_disabled");
    }
    if let Some(ingress) = settings.ingress {
        service.ingress = sandbox::ingress(ingress);
        fields.push("ingress");
    }
    if let Some(build) = &shape.build {
        service.build_config = Some(build_config(build));
        fields.push("build_config");
    }
    if let Some(traffic) = &shape.traffic {
        service.traffic = traffic::targets(live, traffic);
        fields.push("traffic");
    }
    let live_template = live.template.clone().unwrap_or_default();
    service.template = Some(changed_template(live_template, shape, &mut fields));
    Change { service, fields }
}

fn changed_template(
    live: RevisionTemplate,
    shape: &ServiceShape,
    fields: &mut Vec<&'static str>,
) -> RevisionTemplate {
    let settings = &shape.settings;
    let mut template = RevisionTemplate::new();
    if !shape.template_annotations.is_empty() {
        template.annotations = merged(&live.annotations, &shape.template_annotations);
        fields.push("template.annotations");
    }
    if let Some(timeout) = settings.timeout {
        // A value beyond protobuf's range is clamped; Cloud Run rejects the clamped value.
        let seconds = i64::try_from(timeout.as_secs()).unwrap_or(i64::MAX);
        template.timeout =
            Some(google_cloud_wkt::Duration::clamp(seconds, timeout.subsec_nanos().cast_signed()));
        fields.push("template.timeout");
    }
    if let Some(concurrency) = settings.concurrency {
        template.max_instance_request_concurrency = concurrency;
        fields.push("template.max_instance_request_concurrency");
    }
    if let Some(account) = &settings.service_account {
        template.service_account.clone_from(account);
        fields.push("template.service_account");
    }
    if settings.min_instances.is_some() || settings.max_instances.is_some() {
        let mut scaling = live.scaling.unwrap_or_default();
        scaling.min_instance_count = settings.min_instances.unwrap_or(scaling.min_instance_count);
        scaling.max_instance_count = settings.max_instances.unwrap_or(scaling.max_instance_count);
        template.scaling = Some(scaling);
        fields.push("template.scaling");
    }
    if let Some(environment) = settings.execution_environment {
        template.execution_environment = sandbox::execution_environment(environment);
        fields.push("template.execution_environment");
    }
    if let Some(vpc) = &settings.vpc {
        template.vpc_access = Some(sandbox::vpc_access(live.vpc_access.unwrap_or_default(), vpc));
        fields.push("template.vpc_access");
    }
    if let Some(key) = &shape.encryption_key {
        template.encryption_key.clone_from(key);
        fields.push("template.encryption_key");
    }
    template.containers = live.containers;
    template.volumes = live.volumes;
    if secrets::change_volumes(&mut template, &settings.secret_volumes) {
        fields.push("template.volumes");
    }
    match function_container(&mut template.containers) {
        Some(container) => {
            change_container(container, &shape.image, settings);
            secrets::mount(container, &settings.secret_volumes);
        }
        None => {
            let mut container = Container::new();
            change_container(&mut container, &shape.image, settings);
            secrets::mount(&mut container, &settings.secret_volumes);
            template.containers.push(container);
        }
    }
    template
}

/// The container that receives requests: with sidecars, the one that has a port.
fn function_container(containers: &mut [Container]) -> Option<&mut Container> {
    let called = containers.iter().position(|container| !container.ports.is_empty()).unwrap_or(0);
    containers.get_mut(called)
}

/// Sets the image, the limits and the environment. Other settings (probes, mounts of other volumes)
/// stay.
fn change_container(container: &mut Container, image: &str, settings: &ServiceSettings) {
    image.clone_into(&mut container.image);
    container.env = settings
        .environment
        .iter()
        .map(|(name, value)| EnvVar::new().set_name(name).set_value(value))
        .collect();
    container.env.extend(
        settings.secret_environment.iter().map(|(name, value)| secrets::variable(name, value)),
    );
    if let Some(is_http2) = settings.use_http2 {
        change_port(container, is_http2);
    }
    if settings.memory.is_some() || settings.cpu.is_some() || settings.cpu_boost.is_some() {
        // "If ResourceRequirements is set, the caller must explicitly set this field to true to
        // preserve the default behavior" (`k8s.min.proto`, `cpu_idle`).
        let resources = container
            .resources
            .get_or_insert_with(|| ResourceRequirements::new().set_cpu_idle(true));
        for (name, limit) in [(MEMORY, &settings.memory), (CPU, &settings.cpu)] {
            if let Some(limit) = limit {
                resources.limits.insert(name.to_owned(), limit.clone());
            }
        }
        if let Some(boost) = settings.cpu_boost {
            resources.startup_cpu_boost = boost;
        }
    }
}

/// The name of the port says what the container gets. Its number stays.
/// <https://cloud.google.com/run/docs/configuring/http2>
fn change_port(container: &mut Container, is_http2: bool) {
    if container.ports.is_empty() {
        container.ports.push(ContainerPort::new().set_container_port(DEFAULT_PORT));
    }
    for port in &mut container.ports {
        port.name = if is_http2 { HTTP2_PORT } else { HTTP1_PORT }.to_owned();
    }
}

fn merged(
    live: &HashMap<String, String>,
    own: &BTreeMap<String, String>,
) -> HashMap<String, String> {
    let own = own.iter().map(|(name, value)| (name.clone(), value.clone()));
    live.clone().into_iter().chain(own).collect()
}

fn build_config(build: &BuildRecord) -> BuildConfig {
    BuildConfig::new()
        .set_source_location(&build.source_location)
        .set_function_target(&build.function_target)
        .set_image_uri(&build.image)
        .set_base_image(&build.base_image)
        .set_environment_variables(build.environment.clone())
        .set_service_account(&build.service_account)
        .set_worker_pool(&build.worker_pool)
}

pub(crate) fn observed(service: &Service) -> LiveService {
    LiveService {
        shape: observed_shape(service),
        etag: service.etag.clone(),
        generation: service.generation,
        url: service.uri.clone(),
        reconciled: !service.reconciling && service.observed_generation == service.generation,
        condition: condition(service.terminal_condition.as_ref()),
        latest_created_revision: last_segment(&service.latest_created_revision),
        latest_ready_revision: last_segment(&service.latest_ready_revision),
        traffic: traffic::observed(service),
    }
}

fn observed_shape(service: &Service) -> ServiceShape {
    let mut template = service.template.clone().unwrap_or_default();
    let template_annotations = ours(&template.annotations);
    let encryption_key = text(&template.encryption_key);
    let container =
        function_container(&mut template.containers).map(std::mem::take).unwrap_or_default();
    ServiceShape {
        image: container.image.clone(),
        encryption_key,
        settings: observed_settings(service, template, container),
        annotations: ours(&service.annotations),
        template_annotations,
        build: service.build_config.as_ref().map(build_record),
        traffic: None,
    }
}

/// What a revision of a service runs, as a service shows it whose template is that of the revision.
pub(crate) fn observed_revision(service: &str, revision: Revision) -> ServiceShape {
    let mut template = RevisionTemplate::new()
        .set_service_account(revision.service_account)
        .set_containers(revision.containers)
        .set_volumes(revision.volumes)
        .set_execution_environment(revision.execution_environment)
        .set_encryption_key(revision.encryption_key)
        .set_max_instance_request_concurrency(revision.max_instance_request_concurrency);
    (template.scaling, template.vpc_access, template.timeout) =
        (revision.scaling, revision.vpc_access, revision.timeout);
    observed_shape(&Service::new().set_name(service).set_template(template))
}

fn observed_settings(
    service: &Service,
    template: RevisionTemplate,
    container: Container,
) -> ServiceSettings {
    let positive = |number: i32| (number > 0).then_some(number);
    let scaling = template.scaling.unwrap_or_default();
    let resources = container.resources.unwrap_or_default();
    let limits = resources.limits;
    let secrets = SecretsOf::service(&service.name);
    ServiceSettings {
        labels: service.labels.clone().into_iter().collect(),
        description: text(&service.description),
        access: Some(if service.invoker_iam_disabled {
            Access::Public
        } else {
            Access::Authenticated
        }),
        secret_environment: container
            .env
            .iter()
            .filter_map(|variable| secret_variable(variable, &secrets))
            .collect(),
        secret_volumes: secrets.volumes(&template.volumes, &container.volume_mounts),
        environment: container.env.into_iter().filter_map(plain_variable).collect(),
        ingress: sandbox::observed_ingress(&service.ingress),
        execution_environment: sandbox::observed_environment(&template.execution_environment),
        cpu_boost: Some(resources.startup_cpu_boost),
        use_http2: Some(container.ports.first().is_some_and(|port| port.name == HTTP2_PORT)),
        vpc: template.vpc_access.as_ref().and_then(sandbox::observed_vpc),
        memory: limits.get(MEMORY).cloned(),
        cpu: limits.get(CPU).cloned(),
        timeout: template.timeout.and_then(|timeout| Duration::try_from(timeout).ok()),
        concurrency: positive(template.max_instance_request_concurrency),
        // Zero is a valid minimum, so it is observed as a value.
        min_instances: Some(scaling.min_instance_count),
        max_instances: positive(scaling.max_instance_count),
        service_account: text(&template.service_account),
    }
}

/// Selects the fleet's annotations.
fn ours(annotations: &HashMap<String, String>) -> BTreeMap<String, String> {
    let ours = annotations.iter().filter(|(name, _)| name.starts_with(ANNOTATIONS));
    ours.map(|(name, value)| (name.clone(), value.clone())).collect()
}

fn plain_variable(variable: EnvVar) -> Option<(String, String)> {
    match variable.values {
        Some(Values::Value(value)) => Some((variable.name, value)),
        // JSON omits an empty value.
        None => Some((variable.name, String::new())),
        Some(_) => None,
    }
}

fn build_record(build: &BuildConfig) -> BuildRecord {
    BuildRecord {
        source_location: build.source_location.clone(),
        function_target: build.function_target.clone(),
        image: build.image_uri.clone(),
        base_image: build.base_image.clone(),
        environment: build.environment_variables.clone().into_iter().collect(),
        service_account: build.service_account.clone(),
        worker_pool: build.worker_pool.clone(),
    }
}

/// A service without a condition has just been accepted.
fn condition(condition: Option<&model::Condition>) -> Condition {
    let state = match condition.map(|condition| &condition.state) {
        Some(State::ConditionSucceeded) => ConditionState::Succeeded,
        Some(State::ConditionFailed) => ConditionState::Failed,
        // PENDING, RECONCILING, none, and states that Cloud Run adds: the service is read again.
        _ => ConditionState::Pending,
    };
    let reason = condition.and_then(|condition| match condition.reasons.as_ref()? {
        Reasons::Reason(reason) => reason.name(),
        Reasons::RevisionReason(reason) => reason.name(),
        Reasons::ExecutionReason(reason) => reason.name(),
        _ => None,
    });
    Condition {
        state,
        reason: reason.filter(|name| !name.ends_with("_UNDEFINED")).unwrap_or_default().to_owned(),
        message: condition.map(|condition| condition.message.clone()).unwrap_or_default(),
    }
}

fn text(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn last_segment(name: &str) -> String {
    name.rsplit('/').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests;
