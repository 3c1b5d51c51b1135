//! A [`FunctionShape`] as `google.cloud.functions.v2.Function`, and back.

use std::collections::BTreeMap;
use std::time::Duration;

use google_cloud_functions_v2::model::event_trigger::RetryPolicy;
use google_cloud_functions_v2::model::function::State;
use google_cloud_functions_v2::model::secret_volume::SecretVersion as FileVersion;
use google_cloud_functions_v2::model::service_config::IngressSettings;
use google_cloud_functions_v2::model::{
    self, BuildConfig, Environment, EventTrigger, Function, ServiceConfig, Source, StorageSource,
};
use longshore_messages::{
    EventFilter, Ingress, SecretVersion, SecretVolume, ServiceSettings, StorageObject, VpcAccess,
};

use crate::functions::{FunctionEvent, FunctionShape, FunctionState, LiveFunction};

/// The function to write. In an update, the mask says which fields count, and the topic of its trigger
/// must not be named.
pub(crate) fn function(name: &str, shape: &FunctionShape, names_topic: bool) -> Function {
    let settings = &shape.settings;
    let trigger = shape.event.as_ref().map(|event| event_trigger(event, names_topic));
    Function::new()
        .set_name(name)
        .set_environment(Environment::Gen2)
        .set_description(settings.description.clone().unwrap_or_default())
        .set_labels(shape.labels.clone())
        .set_kms_key_name(&shape.kms_key)
        .set_build_config(build_config(shape))
        .set_service_config(service_config(settings, project_of(name)))
        .set_or_clear_event_trigger(trigger)
}

fn event_trigger(event: &FunctionEvent, names_topic: bool) -> EventTrigger {
    let filters = event.filters.iter().map(|filter| {
        let own = model::EventFilter::new().set_attribute(&filter.attribute);
        own.set_value(&filter.value).set_operator(filter.operator())
    });
    let retries = if event.retries { RetryPolicy::Retry } else { RetryPolicy::DoNotRetry };
    EventTrigger::new()
        .set_event_type(&event.event_type)
        .set_event_filters(filters)
        .set_trigger_region(&event.region)
        .set_pubsub_topic(if names_topic { event.topic.as_str() } else { "" })
        .set_service_account_email(&event.account)
        .set_channel(&event.channel)
        .set_retry_policy(retries)
}

fn observed_event(trigger: &EventTrigger) -> FunctionEvent {
    let mut filters: Vec<EventFilter> = trigger
        .event_filters
        .iter()
        .map(|filter| EventFilter {
            attribute: filter.attribute.clone(),
            value: filter.value.clone(),
            is_pattern: filter.operator == EventFilter::PATTERN,
        })
        .collect();
    filters.sort();
    FunctionEvent {
        event_type: trigger.event_type.clone(),
        filters,
        region: trigger.trigger_region.clone(),
        topic: trigger.pubsub_topic.clone(),
        account: trigger.service_account_email.clone(),
        channel: trigger.channel.clone(),
        retries: trigger.retry_policy == RetryPolicy::Retry,
    }
}

fn build_config(shape: &FunctionShape) -> BuildConfig {
    let source = StorageSource::new()
        .set_bucket(&shape.source.bucket)
        .set_object(&shape.source.object)
        .set_generation(shape.source.generation);
    BuildConfig::new()
        .set_runtime(&shape.runtime)
        .set_entry_point(&shape.entry_point)
        .set_source(Source::new().set_storage_source(source))
        .set_environment_variables(shape.build_environment.clone())
        .set_service_account(&shape.build_account)
        .set_worker_pool(&shape.worker_pool)
        .set_docker_repository(&shape.repository)
}

fn service_config(settings: &ServiceSettings, project: &str) -> ServiceConfig {
    let secrets = Secrets { project };
    let timeout = settings.timeout.map_or(0, |timeout| timeout.as_secs());
    let connector = match &settings.vpc {
        Some(VpcAccess::Connector(connector)) => connector.as_str(),
        Some(VpcAccess::Direct { .. }) | None => "",
    };
    let ingress = match settings.ingress {
        None => IngressSettings::Unspecified,
        Some(Ingress::All) => IngressSettings::AllowAll,
        Some(Ingress::Internal) => IngressSettings::AllowInternalOnly,
        Some(Ingress::InternalAndLoadBalancer) => IngressSettings::AllowInternalAndGclb,
    };
    ServiceConfig::new()
        .set_timeout_seconds(i32::try_from(timeout).unwrap_or(i32::MAX))
        .set_available_memory(settings.memory.clone().unwrap_or_default())
        .set_available_cpu(settings.cpu.clone().unwrap_or_default())
        .set_environment_variables(settings.environment.clone())
        .set_max_instance_count(settings.max_instances.unwrap_or_default())
        .set_min_instance_count(settings.min_instances.unwrap_or_default())
        .set_max_instance_request_concurrency(settings.concurrency.unwrap_or_default())
        .set_vpc_connector(connector)
        .set_ingress_settings(ingress)
        .set_service_account_email(settings.service_account.clone().unwrap_or_default())
        // A deployment serves, as in the Run flavour, unless somebody pins the traffic of the service.
        .set_all_traffic_on_latest_revision(true)
        .set_secret_environment_variables(
            settings.secret_environment.iter().map(|(key, version)| secrets.variable(key, version)),
        )
        .set_secret_volumes(
            settings.secret_volumes.iter().map(|(path, volume)| secrets.volume(path, volume)),
        )
}

/// Secrets of one function. Those of its own project are named by their ids alone.
struct Secrets<'a> {
    project: &'a str,
}

impl Secrets<'_> {
    /// The project and the id of a secret.
    fn parts<'s>(&'s self, secret: &'s str) -> (&'s str, &'s str) {
        let parts = secret.strip_prefix("projects/").and_then(|rest| rest.split_once("/secrets/"));
        parts.unwrap_or((self.project, secret))
    }

    fn name(&self, project: &str, secret: &str) -> String {
        if project.is_empty() || project == self.project {
            return secret.to_owned();
        }
        format!("projects/{project}/secrets/{secret}")
    }

    fn variable(&self, key: &str, version: &SecretVersion) -> model::SecretEnvVar {
        let (project, secret) = self.parts(&version.secret);
        model::SecretEnvVar::new()
            .set_key(key)
            .set_project_id(project)
            .set_secret(secret)
            .set_version(&version.version)
    }

    fn volume(&self, path: &str, volume: &SecretVolume) -> model::SecretVolume {
        let (project, secret) = self.parts(&volume.secret);
        let files = volume.files.iter();
        let files =
            files.map(|(path, version)| FileVersion::new().set_path(path).set_version(version));
        model::SecretVolume::new()
            .set_mount_path(path)
            .set_project_id(project)
            .set_secret(secret)
            .set_versions(files)
    }
}

/// The function as it is.
pub(crate) fn observed(function: &Function) -> LiveFunction {
    let build = function.build_config.clone().unwrap_or_default();
    let service = function.service_config.clone().unwrap_or_default();
    let state = match function.state {
        State::Active => FunctionState::Active,
        State::Failed => FunctionState::Failed,
        State::Unknown => FunctionState::Undefined,
        State::Deploying => FunctionState::Deploying,
        State::Deleting => FunctionState::Deleting,
        _ => FunctionState::Unknown,
    };
    let url = if function.url.is_empty() { &service.uri } else { &function.url };
    LiveFunction {
        name: function.name.clone(),
        state,
        is_first_generation: function.environment == Environment::Gen1,
        messages: function.state_messages.iter().map(|message| message.message.clone()).collect(),
        build: build.build.clone(),
        service: service.service.clone(),
        url: url.clone(),
        revision: service.revision.clone(),
        shape: observed_shape(function, build, service),
    }
}

fn observed_shape(
    function: &Function,
    build: BuildConfig,
    service: ServiceConfig,
) -> FunctionShape {
    let settings = observed_settings(service, project_of(&function.name));
    let description = set(function.description.clone());
    FunctionShape {
        source: observed_source(&build),
        runtime: build.runtime,
        entry_point: build.entry_point,
        build_environment: build.environment_variables.into_iter().collect(),
        build_account: build.service_account,
        worker_pool: build.worker_pool,
        repository: build.docker_repository,
        kms_key: function.kms_key_name.clone(),
        settings: ServiceSettings { description, ..settings },
        labels: function.labels.clone().into_iter().collect(),
        event: function.event_trigger.as_ref().map(observed_event),
    }
}

/// Where the API keeps the source: what it resolved, or else what it was given.
fn observed_source(build: &BuildConfig) -> StorageObject {
    let resolved = build.source_provenance.as_ref();
    let resolved = resolved.and_then(|source| source.resolved_storage_source.clone());
    let given = || build.source.as_ref().and_then(|source| source.storage_source().cloned());
    let source = resolved.or_else(|| given().map(|source| *source)).unwrap_or_default();
    StorageObject { bucket: source.bucket, object: source.object, generation: source.generation }
}

fn observed_settings(service: ServiceConfig, project: &str) -> ServiceSettings {
    let secrets = Secrets { project };
    let ingress = match service.ingress_settings {
        IngressSettings::AllowAll => Some(Ingress::All),
        IngressSettings::AllowInternalOnly => Some(Ingress::Internal),
        IngressSettings::AllowInternalAndGclb => Some(Ingress::InternalAndLoadBalancer),
        _ => None,
    };
    let seconds = u64::try_from(service.timeout_seconds).unwrap_or_default();
    let version = |version: &str| match version {
        "" => "latest".to_owned(),
        version => version.to_owned(),
    };
    let secret_environment = service.secret_environment_variables.iter().map(|variable| {
        let secret = secrets.name(&variable.project_id, &variable.secret);
        (variable.key.clone(), SecretVersion { secret, version: version(&variable.version) })
    });
    let secret_volumes = service.secret_volumes.iter().map(|volume| {
        let secret = secrets.name(&volume.project_id, &volume.secret);
        let mut files: BTreeMap<_, _> = volume
            .versions
            .iter()
            .map(|file| (file.path.clone(), version(&file.version)))
            .collect();
        if files.is_empty() {
            files.insert(volume.secret.clone(), version(""));
        }
        (volume.mount_path.clone(), SecretVolume { secret, files })
    });
    ServiceSettings {
        memory: set(service.available_memory.clone()),
        cpu: set(service.available_cpu.clone()),
        timeout: (seconds > 0).then(|| Duration::from_secs(seconds)),
        concurrency: Some(service.max_instance_request_concurrency).filter(|number| *number > 0),
        min_instances: Some(service.min_instance_count),
        max_instances: Some(service.max_instance_count).filter(|number| *number > 0),
        service_account: set(service.service_account_email.clone()),
        secret_environment: secret_environment.collect(),
        secret_volumes: secret_volumes.collect(),
        ingress,
        vpc: set(service.vpc_connector.clone()).map(VpcAccess::Connector),
        environment: service.environment_variables.clone().into_iter().collect(),
        ..ServiceSettings::default()
    }
}

fn set(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

fn project_of(name: &str) -> &str {
    name.split('/').nth(1).unwrap_or_default()
}
