//! The function that a deployment wants, and how the live one differs. Pure.

use std::collections::BTreeMap;

use longshore_cloud::{FunctionEvent, FunctionField, FunctionShape, LiveFunction};
use longshore_messages::{
    CONFIG_LABEL, ConfigDigest, DEPLOYMENT_LABEL, Deployment, EventTrigger, Function,
    GENERATION_LABEL, SOURCE_LABEL, ServiceSettings, StoredSource, source_label,
};

/// The function that a deployment wants, with its labels and those of the fleet. `runtime` is the
/// complete id of its runtime.
pub(crate) fn wanted(
    deployment: &Deployment,
    function: &Function,
    source: &StoredSource,
    runtime: String,
) -> FunctionShape {
    let mut settings = settings(function);
    let mut labels = std::mem::take(&mut settings.labels);
    labels.extend(marks(deployment, function, source));
    let build = &function.build;
    FunctionShape {
        runtime,
        entry_point: function.entry_point.clone(),
        source: source.object.clone(),
        build_environment: build.environment.clone(),
        build_account: build.service_account.clone(),
        worker_pool: build.worker_pool.clone(),
        repository: build.repository.clone().unwrap_or_default(),
        kms_key: function.kms_key().unwrap_or_default().to_owned(),
        event: function
            .own_event()
            .map(|event| event_of(event, settings.service_account.as_deref())),
        settings,
        labels,
    }
}

/// The function's own trigger. Its account is the one that the function runs as, unless it has another.
fn event_of(event: &EventTrigger, runs_as: Option<&str>) -> FunctionEvent {
    FunctionEvent {
        event_type: event.event_type.clone(),
        filters: event.filters.clone(),
        region: event.region.clone(),
        topic: event.topic.clone().unwrap_or_default(),
        account: event.account.as_deref().or(runs_as).unwrap_or_default().to_owned(),
        channel: event.channel.clone().unwrap_or_default(),
        retries: event.retries,
    }
}

/// The requested settings as the API shows them: secrets of the function's own project by their ids
/// alone. Who may call the function is a setting of its service.
fn settings(function: &Function) -> ServiceSettings {
    let mut settings = ServiceSettings { access: None, ..function.service.clone() };
    let own_secrets = format!("projects/{}/secrets/", function.at.project);
    let secrets = settings.secret_environment.values_mut().map(|value| &mut value.secret);
    let mounted = settings.secret_volumes.values_mut().map(|volume| &mut volume.secret);
    for secret in secrets.chain(mounted) {
        if let Some(id) = secret.strip_prefix(&own_secrets) {
            *secret = id.to_owned();
        }
    }
    settings
}

/// The labels by which the fleet recognizes its writes.
fn marks(
    deployment: &Deployment,
    function: &Function,
    source: &StoredSource,
) -> BTreeMap<String, String> {
    let config: ConfigDigest = function.config_digest(&source.sha256);
    BTreeMap::from([
        (GENERATION_LABEL.to_owned(), deployment.generation.to_string()),
        (DEPLOYMENT_LABEL.to_owned(), deployment.id.to_string()),
        (SOURCE_LABEL.to_owned(), source_label(&source.sha256).to_owned()),
        (CONFIG_LABEL.to_owned(), config.to_string()),
    ])
}

/// The shape with which to update the live function: labels of other tools stay.
pub(crate) fn merged(wanted: FunctionShape, live: &LiveFunction) -> FunctionShape {
    let mut labels = live.shape.labels.clone();
    labels.extend(wanted.labels.clone());
    FunctionShape { labels, ..wanted }
}

/// The fields in which the live function is not what is wanted, other than its source and the fleet's
/// labels. What the request does not set is left to the API and to other tools, except for the
/// environment and the secrets, which are exactly those of the request.
pub(crate) fn changed_settings(live: &FunctionShape, wanted: &FunctionShape) -> Vec<FunctionField> {
    use FunctionField as Field;
    let text = |wanted: &str, live: &str| !wanted.is_empty() && wanted != live;
    let (have, want) = (&live.settings, &wanted.settings);
    let set = |is_changed: bool, field: Field| is_changed.then_some(field);
    let own_labels = wanted.labels.iter().filter(|(key, _)| !is_mark(key));
    let changed = [
        set(differs(want.description.as_ref(), have.description.as_ref()), Field::Description),
        set(
            own_labels.into_iter().any(|(key, value)| live.labels.get(key) != Some(value)),
            Field::Labels,
        ),
        set(text(&wanted.runtime, &live.runtime), Field::Runtime),
        set(text(&wanted.entry_point, &live.entry_point), Field::EntryPoint),
        set(wanted.build_environment != live.build_environment, Field::BuildEnvironment),
        set(text(&wanted.build_account, &live.build_account), Field::BuildAccount),
        set(text(&wanted.worker_pool, &live.worker_pool), Field::WorkerPool),
        set(text(&wanted.repository, &live.repository), Field::Repository),
        set(text(&wanted.kms_key, &live.kms_key), Field::KmsKey),
        set(differs(want.memory.as_ref(), have.memory.as_ref()), Field::Memory),
        set(differs(want.cpu.as_ref(), have.cpu.as_ref()), Field::Cpu),
        set(differs(want.timeout.as_ref(), have.timeout.as_ref()), Field::Timeout),
        set(differs(want.concurrency.as_ref(), have.concurrency.as_ref()), Field::Concurrency),
        set(differs(want.min_instances.as_ref(), have.min_instances.as_ref()), Field::MinInstances),
        set(differs(want.max_instances.as_ref(), have.max_instances.as_ref()), Field::MaxInstances),
        set(
            differs(want.service_account.as_ref(), have.service_account.as_ref()),
            Field::ServiceAccount,
        ),
        set(want.environment != own_environment(&have.environment), Field::Environment),
        set(want.secret_environment != have.secret_environment, Field::SecretEnvironment),
        set(want.secret_volumes != have.secret_volumes, Field::SecretVolumes),
        set(differs(want.ingress.as_ref(), have.ingress.as_ref()), Field::Ingress),
        set(differs(want.vpc.as_ref(), have.vpc.as_ref()), Field::Connector),
        set(has_other_event(live, wanted), Field::EventTrigger),
    ];
    changed.into_iter().flatten().collect()
}

/// Whether the function's own trigger is another one. Without one, the function takes HTTP requests, so
/// a trigger that is not requested is removed.
fn has_other_event(live: &FunctionShape, wanted: &FunctionShape) -> bool {
    match (&live.event, &wanted.event) {
        (None, None) => false,
        (Some(_), None) | (None, Some(_)) => true,
        (Some(have), Some(want)) => {
            let in_place = |of: &FunctionEvent| {
                (of.event_type.clone(), of.filters.clone(), of.channel.clone(), of.retries)
            };
            in_place(have) != in_place(want)
                || (!want.account.is_empty() && want.account != have.account)
                || fixed_difference(live, wanted).is_some()
        }
    }
}

/// What the API cannot change of the function's own trigger: its location, and the topic whose messages
/// are the events. No update may name a topic.
pub(crate) fn fixed_difference(
    live: &FunctionShape,
    wanted: &FunctionShape,
) -> Option<&'static str> {
    let want = wanted.event.as_ref()?;
    let have = live.event.as_ref();
    let topic = have.map_or("", |have| have.topic.as_str());
    if have.is_some_and(|have| have.region != want.region) {
        Some("region")
    } else if !want.topic.is_empty() && topic != want.topic {
        Some("topic")
    } else {
        None
    }
}

/// Whether the live function was built from the wanted source.
pub(crate) fn has_source(live: &FunctionShape, wanted: &FunctionShape) -> bool {
    let label = wanted.labels.get(SOURCE_LABEL);
    label.is_some() && live.labels.get(SOURCE_LABEL) == label
}

/// The fields of an update: the changed settings, and the source with the fleet's labels.
pub(crate) fn update_fields(live: &FunctionShape, wanted: &FunctionShape) -> Vec<FunctionField> {
    let mut fields = changed_settings(live, wanted);
    fields.extend([FunctionField::Source, FunctionField::Labels]);
    fields.sort_unstable();
    fields.dedup();
    fields
}

fn differs<T: PartialEq>(wanted: Option<&T>, live: Option<&T>) -> bool {
    wanted.is_some() && wanted != live
}

fn is_mark(key: &str) -> bool {
    [GENERATION_LABEL, DEPLOYMENT_LABEL, SOURCE_LABEL, CONFIG_LABEL].contains(&key)
}

/// The environment without the variable that the API adds by itself.
/// <https://cloud.google.com/functions/docs/configuring/env-var#runtime_environment_variables_set_automatically>
fn own_environment(environment: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut own = environment.clone();
    own.remove("LOG_EXECUTION_ID");
    own
}

#[cfg(test)]
mod tests;
