//! Validation of a function: fills in Google's defaults, and rejects what Google rejects and what
//! the local cloud does not support.

mod build;

use super::{Moment, Refusal, document, trigger};
use crate::json::{self, Named};
use crate::names::{self, FunctionName};
use crate::ports::Object;
use crate::proto::v2::function::State;
use crate::proto::v2::service_config::IngressSettings;
use crate::proto::v2::source::Source as SourceKind;
use crate::proto::v2::{Environment, Function, ServiceConfig, StorageSource};

const DEFAULT_MEMORY: &str = "256M";
const DEFAULT_TIMEOUT_SECONDS: i32 = 60;
const TIMEOUT_MAX_SECONDS: i32 = 3600;
const DEFAULT_MAX_INSTANCES: i32 = 100;
const DEFAULT_CONCURRENCY: i32 = 1;
const CONCURRENCY_MAX: i32 = 1000;

/// Google sets it on new functions, so that logs name the execution.
const LOG_EXECUTION_ID: &str = "LOG_EXECUTION_ID";

/// CPU by memory in MiB, where a function sets none:
/// <https://cloud.google.com/functions/docs/configuring/memory>.
const CPU_BY_MEBIBYTES: [(u64, &str); 8] = [
    (128, "0.0833"),
    (256, "0.1666"),
    (512, "0.3333"),
    (1024, "0.5833"),
    (2048, "1"),
    (8192, "2"),
    (16_384, "4"),
    (32_768, "8"),
];

/// A valid function with all defaults.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Desired {
    pub(crate) name: FunctionName,
    pub(crate) function: Function,
    /// Bucket and object of the deployed source.
    place: (String, String),
}

impl Desired {
    /// Validates what a caller wants the function to be. `is_new` for a create.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] with the field, [`Refusal::Unserved`].
    pub(crate) fn new(
        name: &FunctionName,
        mut function: Function,
        is_new: bool,
        moment: &Moment,
    ) -> Result<Self, Refusal> {
        function.name = name.to_string();
        if is_new {
            clear_output(&mut function);
        }
        check_numbers(&function, "function.")?;
        check_environment(&function)?;
        function.environment = Environment::Gen2.into();
        check_labels(&function)?;
        check_key(name, &function)?;
        let build = function
            .build_config
            .as_mut()
            .ok_or_else(|| Refusal::invalid("function.build_config: required"))?;
        build::fill(name, build, &function.kms_key_name, moment)?;
        let service = function.service_config.get_or_insert_default();
        fill_service(service, is_new, moment)?;
        trigger::fill(name, &mut function, moment)?;
        let number = moment.project_number;
        let place = (
            names::source_bucket(number, &name.location.id, &function.kms_key_name),
            names::source_object(&name.id),
        );
        Ok(Self { name: name.clone(), function, place })
    }

    /// The source that the caller names. The deployed one is pinned to its generation, because a
    /// deployment that failed may have left a newer one in its place.
    pub(crate) fn source(&self) -> Object {
        let build = self.function.build_config.clone().unwrap_or_default();
        let deployed = document::source_of(&build);
        let Some(SourceKind::StorageSource(source)) = build.source.and_then(|of| of.source) else {
            return deployed;
        };
        let StorageSource { bucket, object: name, generation, .. } = source;
        let is_in_place = |bucket: &str, name: &str| {
            (bucket, name) == (self.place.0.as_str(), self.place.1.as_str())
        };
        if generation == 0
            && is_in_place(&bucket, &name)
            && is_in_place(&deployed.bucket, &deployed.name)
        {
            return deployed;
        }
        Object { bucket, name, generation }
    }

    /// Full name of the repository of the images.
    pub(crate) fn repository(&self) -> &str {
        self.function.build_config.as_ref().map_or("", |build| build.docker_repository.as_str())
    }

    /// Whether the repository is the one that Google creates.
    pub(crate) fn uses_default_repository(&self) -> bool {
        self.repository() == names::default_repository(&self.name.location)
    }
}

/// What a caller sends of these fields is ignored.
fn clear_output(function: &mut Function) {
    function.state = State::Unspecified.into();
    function.state_messages.clear();
    function.create_time = None;
    function.update_time = None;
    function.url.clear();
    function.satisfies_pzs = false;
    if let Some(build) = &mut function.build_config {
        build.build.clear();
        build.source_provenance = None;
    }
    if let Some(service) = &mut function.service_config {
        service.service.clear();
        service.uri.clear();
        service.revision.clear();
    }
    if let Some(trigger) = &mut function.event_trigger {
        trigger.trigger.clear();
    }
}

/// Checks that each enum has a number of one of its values.
///
/// # Errors
/// [`Refusal::Invalid`] with the field.
pub(crate) fn check_numbers<M: Named>(message: &M, of: &str) -> Result<(), Refusal> {
    match json::unknown_number(message)? {
        Some(field) => Err(Refusal::invalid(format!("{of}{field}: the number of no value"))),
        None => Ok(()),
    }
}

fn check_environment(function: &Function) -> Result<(), Refusal> {
    match function.environment() {
        Environment::Gen2 | Environment::Unspecified => Ok(()),
        Environment::Gen1 => {
            Err(Refusal::Unserved("functions of the first generation (environment)".to_owned()))
        }
    }
}

fn check_labels(function: &Function) -> Result<(), Refusal> {
    let part = |text: &str| {
        text.len() <= 63
            && text.chars().all(|c| c.is_lowercase() || c.is_numeric() || matches!(c, '_' | '-'))
    };
    let valid = |key: &str, value: &str| {
        !key.is_empty() && part(key) && part(value) && key.starts_with(char::is_lowercase)
    };
    match function.labels.iter().find(|(key, value)| !valid(key, value)) {
        Some((key, value)) => Err(Refusal::invalid(format!(
            "function.labels: '{key}={value}' is not valid: keys and values have at most 63 \
             lowercase letters, digits, underscores and hyphens, and keys begin with a letter"
        ))),
        None => Ok(()),
    }
}

fn check_key(name: &FunctionName, function: &Function) -> Result<(), Refusal> {
    let repository = function.build_config.as_ref().map_or("", |build| &build.docker_repository);
    match function.kms_key_name.as_str() {
        "" => Ok(()),
        key => {
            check_key_location(key, &name.location.id)?;
            if repository.is_empty() || *repository == names::default_repository(&name.location) {
                return Err(Refusal::invalid(
                    "function.build_config.docker_repository: required with kms_key_name: a \
                     repository of your own that is encrypted with a customer-managed key",
                ));
            }
            Ok(())
        }
    }
}

/// A key protects resources of its own region only.
///
/// # Errors
/// [`Refusal::Invalid`].
pub(crate) fn check_key_location(key: &str, location: &str) -> Result<(), Refusal> {
    match key.split('/').collect::<Vec<_>>()[..] {
        ["projects", _, "locations", of_key, "keyRings", _, "cryptoKeys", _] => {
            if of_key == location {
                return Ok(());
            }
            Err(Refusal::invalid(format!(
                "kms_key_name: the key {key} is in {of_key}, the function in {location}: both must \
                 be in the same region"
            )))
        }
        _ => Err(Refusal::invalid(format!(
            "kms_key_name: '{key}' does not match \
             projects/*/locations/*/keyRings/*/cryptoKeys/*"
        ))),
    }
}

fn fill_service(service: &mut ServiceConfig, is_new: bool, moment: &Moment) -> Result<(), Refusal> {
    if service.available_memory.is_empty() {
        service.available_memory = DEFAULT_MEMORY.to_owned();
    }
    let Some(bytes) = memory_bytes(&service.available_memory) else {
        return Err(Refusal::invalid(format!(
            "function.service_config.available_memory: '{}' is not a quantity such as 512Mi",
            service.available_memory
        )));
    };
    if service.available_cpu.is_empty() {
        service.available_cpu = cpu_of(bytes).to_owned();
    }
    for (number, default) in [
        (&mut service.timeout_seconds, DEFAULT_TIMEOUT_SECONDS),
        (&mut service.max_instance_count, DEFAULT_MAX_INSTANCES),
        (&mut service.max_instance_request_concurrency, DEFAULT_CONCURRENCY),
    ] {
        if *number == 0 {
            *number = default;
        }
    }
    for (field, number, from, to) in [
        ("timeout_seconds", service.timeout_seconds, 1, TIMEOUT_MAX_SECONDS),
        ("max_instance_count", service.max_instance_count, 1, i32::MAX),
        ("min_instance_count", service.min_instance_count, 0, service.max_instance_count),
        (
            "max_instance_request_concurrency",
            service.max_instance_request_concurrency,
            1,
            CONCURRENCY_MAX,
        ),
    ] {
        if !(from..=to).contains(&number) {
            return Err(Refusal::invalid(format!(
                "function.service_config.{field}: {number} is not between {from} and {to}"
            )));
        }
    }
    if service.ingress_settings() == IngressSettings::Unspecified {
        service.ingress_settings = IngressSettings::AllowAll.into();
    }
    if service.service_account_email.is_empty() {
        service.service_account_email = names::default_account(moment.project_number);
    }
    if is_new {
        let enabled = || "true".to_owned();
        service.environment_variables.entry(LOG_EXECUTION_ID.to_owned()).or_insert_with(enabled);
    }
    if !service.binary_authorization_policy.is_empty() {
        return Err(Refusal::Unserved(
            "binary authorization (service_config.binary_authorization_policy)".to_owned(),
        ));
    }
    service.all_traffic_on_latest_revision = true;
    Ok(())
}

/// Bytes of a Kubernetes quantity. gcloud sends `256M`, firebase-tools `256Mi`.
fn memory_bytes(quantity: &str) -> Option<u64> {
    const UNITS: [(&str, u64); 7] = [
        ("Ki", 1 << 10),
        ("Mi", 1 << 20),
        ("Gi", 1 << 30),
        ("k", 1_000),
        ("M", 1_000_000),
        ("G", 1_000_000_000),
        ("", 1),
    ];
    UNITS.iter().find_map(|(suffix, bytes)| {
        quantity.strip_suffix(suffix)?.parse::<u64>().ok()?.checked_mul(*bytes)
    })
}

/// Lets the CPU follow the memory, where a patch changes only the memory and the CPU came from it.
pub(super) fn follow_memory(current: &Function, merged: &mut Function) {
    let before = current.service_config.clone().unwrap_or_default();
    let Some(after) = merged.service_config.as_mut() else { return };
    let derived = memory_bytes(&before.available_memory).map(cpu_of);
    let is_derived = derived == Some(before.available_cpu.as_str());
    if is_derived
        && after.available_cpu == before.available_cpu
        && after.available_memory != before.available_memory
    {
        after.available_cpu.clear();
    }
}

fn cpu_of(bytes: u64) -> &'static str {
    let fits = CPU_BY_MEBIBYTES.iter().find(|(mebibytes, _)| bytes <= mebibytes << 20);
    fits.map_or("8", |(_, cpu)| cpu)
}
