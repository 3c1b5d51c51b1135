//! Validation of a service: fills in Google's defaults, and rejects invalid and unsupported fields.
//!
//! Stored and returned without an effect, because they have no meaning on one machine:
//! `serviceAccount`, `executionEnvironment`, `vpcAccess`, `cpuIdle`, `startupCpuBoost`, CPU limits,
//! `baseImageUri` (the base is the host), `launchStage`, `client`, and `buildConfig`. A revision's
//! condition and its log list those that are set.

use std::collections::HashMap;

use google_cloud_run_v2::model::env_var::Values;
use google_cloud_run_v2::model::probe::ProbeType;
use google_cloud_run_v2::model::service_scaling::ScalingMode;
use google_cloud_run_v2::model::{
    Container, ContainerPort, EncryptionKeyRevocationAction, IngressTraffic, Probe,
    ResourceRequirements, RevisionScaling, RevisionTemplate, Service, TCPSocketAction,
};
use google_cloud_wkt::Duration;
use longshore_local_kit::keys::location_of;

use super::image_ref::ImageRef;
use super::refusal::Refusal;
use super::secrets;
use super::traffic;

/// Default port of a container.
pub(crate) const DEFAULT_PORT: i32 = 8080;
/// Names of a container's port, which are protocols: HTTP/1, and HTTP/2 without TLS.
const HTTP1_PORT: &str = "http1";
pub(crate) const HTTP2_PORT: &str = "h2c";
/// Default CPU limit of a container.
pub(crate) const DEFAULT_CPU: &str = "1000m";
/// Default maximum number of concurrent requests of one instance.
const DEFAULT_CONCURRENCY: i32 = 80;
/// Google's upper bound of the same.
const CONCURRENCY_MAX: i32 = 1000;
const DEFAULT_TIMEOUT_SECONDS: i64 = 300;
const TIMEOUT_MAX_SECONDS: i64 = 3600;
const DEFAULT_MAX_INSTANCES: i32 = 100;
/// The default startup probe makes one attempt of four minutes.
const DEFAULT_STARTUP_SECONDS: i32 = 240;
const ENV_MAX_COUNT: usize = 1000;
const ENV_MAX_CHARS: usize = 32_768;
const DESCRIPTION_MAX_CHARS: usize = 512;
/// Variables that only the platform sets.
const RESERVED_ENV: [&str; 4] = ["PORT", "K_SERVICE", "K_REVISION", "K_CONFIGURATION"];
/// Namespaces of labels and annotations that are reserved for the platform (`service.proto`).
const RESERVED_NAMESPACES: [&str; 4] = [
    "run.googleapis.com",
    "cloud.googleapis.com",
    "serving.knative.dev",
    "autoscaling.knative.dev",
];

/// Fills in Google's defaults, so that equivalent templates are equal.
pub(crate) fn fill_defaults(service: &mut Service, project_number: u64) {
    service.ingress = if service.ingress == IngressTraffic::Unspecified {
        IngressTraffic::All
    } else {
        service.ingress.clone()
    };
    traffic::fill_defaults(&mut service.traffic);
    let template = service.template.get_or_insert_default();
    template.timeout.get_or_insert_with(|| Duration::clamp(DEFAULT_TIMEOUT_SECONDS, 0));
    default_number(&mut template.max_instance_request_concurrency, DEFAULT_CONCURRENCY);
    let scaling = template.scaling.get_or_insert_default();
    default_number(&mut scaling.max_instance_count, DEFAULT_MAX_INSTANCES);
    if template.service_account.is_empty() {
        template.service_account =
            format!("{project_number}-compute@developer.gserviceaccount.com");
    }
    if let [container] = template.containers.as_mut_slice() {
        fill_container(container);
    }
}

fn fill_container(container: &mut Container) {
    if container.ports.is_empty() {
        container.ports.push(ContainerPort::new().set_container_port(DEFAULT_PORT));
    }
    for port in container.ports.iter_mut().filter(|port| port.name.is_empty()) {
        HTTP1_PORT.clone_into(&mut port.name);
    }
    let port = container.ports.first().map_or(DEFAULT_PORT, |port| port.container_port);
    let resources =
        container.resources.get_or_insert_with(|| ResourceRequirements::new().set_cpu_idle(true));
    for (name, default) in [("cpu", DEFAULT_CPU), ("memory", "512Mi")] {
        resources.limits.entry(name.to_owned()).or_insert_with(|| default.to_owned());
    }
    let probe = container.startup_probe.get_or_insert_with(|| {
        let seconds = DEFAULT_STARTUP_SECONDS;
        Probe::new()
            .set_timeout_seconds(seconds)
            .set_period_seconds(seconds)
            .set_failure_threshold(1)
    });
    default_number(&mut probe.timeout_seconds, 1);
    default_number(&mut probe.period_seconds, 10);
    default_number(&mut probe.failure_threshold, 3);
    probe.probe_type.get_or_insert_with(|| {
        ProbeType::TcpSocket(Box::new(TCPSocketAction::new().set_port(port)))
    });
}

fn default_number(number: &mut i32, default: i32) {
    if *number == 0 {
        *number = default;
    }
}

/// Rejects what Google rejects ([`Refusal::InvalidArgument`]) and what the local cloud does not
/// support ([`Refusal::Unsupported`]).
///
/// Expects the defaults to be filled in.
pub(crate) fn check(service: &Service, location: &str) -> Result<(), Refusal> {
    check_keys("labels", &service.labels)?;
    check_keys("annotations", &service.annotations)?;
    if service.description.chars().count() > DESCRIPTION_MAX_CHARS {
        return Err(Refusal::invalid(format!(
            "description: must be at most {DESCRIPTION_MAX_CHARS} characters"
        )));
    }
    let unsupported = [
        (service.binary_authorization.is_some(), "binary authorization (binary_authorization)"),
        (service.iap_enabled, "Identity-Aware Proxy (iap_enabled)"),
        (service.default_uri_disabled, "services without a default URL (default_uri_disabled)"),
        (service.multi_region_settings.is_some(), "multi-region services (multi_region_settings)"),
        (
            service
                .scaling
                .as_ref()
                .is_some_and(|scaling| scaling.scaling_mode == ScalingMode::Manual),
            "manual scaling (scaling)",
        ),
    ];
    refuse(&unsupported)?;
    match &service.template {
        Some(template) => {
            check_encryption_key(&template.encryption_key, location)?;
            check_template(template)
        }
        None => Err(Refusal::invalid("template: required")),
    }
}

/// A key protects only what is in its own location, which for Cloud Run is never `global`.
fn check_encryption_key(key: &str, location: &str) -> Result<(), Refusal> {
    if key.is_empty() || location_of(key) == Some(location) {
        return Ok(());
    }
    Err(Refusal::invalid(format!(
        "template.encryption_key: '{key}' must be a key in the location of the service: \
         projects/PROJECT/locations/{location}/keyRings/KEY_RING/cryptoKeys/KEY"
    )))
}

fn check_template(template: &RevisionTemplate) -> Result<(), Refusal> {
    check_keys("template.labels", &template.labels)?;
    check_keys("template.annotations", &template.annotations)?;
    let unsupported = [
        (
            template.encryption_key_revocation_action != EncryptionKeyRevocationAction::Unspecified
                && template.encryption_key_revocation_action
                    != EncryptionKeyRevocationAction::PreventNew,
            "shutting down instances when a key is revoked \
             (template.encryption_key_revocation_action)",
        ),
        (template.service_mesh.is_some(), "service meshes (template.service_mesh)"),
        (template.session_affinity, "session affinity (template.session_affinity)"),
        (
            template.health_check_disabled,
            "services without a startup health check (template.health_check_disabled)",
        ),
        (template.node_selector.is_some(), "accelerators (template.node_selector)"),
        (template.containers.len() > 1, "sidecar containers (template.containers)"),
    ];
    refuse(&unsupported)?;
    let seconds = template.timeout.as_ref().map_or(DEFAULT_TIMEOUT_SECONDS, Duration::seconds);
    if !(1..=TIMEOUT_MAX_SECONDS).contains(&seconds) {
        return Err(Refusal::invalid(format!(
            "template.timeout: must be between 1s and {TIMEOUT_MAX_SECONDS}s"
        )));
    }
    if !(1..=CONCURRENCY_MAX).contains(&template.max_instance_request_concurrency) {
        return Err(Refusal::invalid(format!(
            "template.max_instance_request_concurrency: must be between 1 and {CONCURRENCY_MAX}"
        )));
    }
    check_scaling(template.scaling.as_ref())?;
    secrets::check_volumes(template)?;
    match template.containers.as_slice() {
        [container] => check_container(container),
        _ => Err(Refusal::invalid("template.containers: exactly one container is required")),
    }
}

fn check_scaling(scaling: Option<&RevisionScaling>) -> Result<(), Refusal> {
    let (min, max) = scaling.map_or((0, DEFAULT_MAX_INSTANCES), |scaling| {
        (scaling.min_instance_count, scaling.max_instance_count)
    });
    if min < 0 || max < 1 || min > max {
        return Err(Refusal::invalid(format!(
            "template.scaling: min_instance_count ({min}) must be between 0 and max_instance_count ({max})"
        )));
    }
    Ok(())
}

fn check_container(container: &Container) -> Result<(), Refusal> {
    if ImageRef::parse(&container.image).is_none() {
        return Err(Refusal::invalid(format!(
            "template.containers[0].image: '{}': expected an image path like [host/]repo-path[:tag and/or @digest]",
            container.image
        )));
    }
    let tcp = container.startup_probe.as_ref().and_then(|probe| probe.probe_type.as_ref());
    let unsupported = [
        (container.source_code.is_some(), "deployment without an image (source_code)"),
        (container.liveness_probe.is_some(), "liveness probes (liveness_probe)"),
        (container.readiness_probe.is_some(), "readiness probes (readiness_probe)"),
        (
            !matches!(tcp, None | Some(ProbeType::TcpSocket(_))),
            "HTTP and gRPC startup probes (startup_probe)",
        ),
    ];
    refuse(&unsupported)?;
    for port in &container.ports {
        if ![HTTP1_PORT, HTTP2_PORT].contains(&port.name.as_str()) {
            return Err(Refusal::invalid(format!(
                "template.containers[0].ports[0].name: '{}' must be '{HTTP1_PORT}' or '{HTTP2_PORT}'",
                port.name
            )));
        }
    }
    if let Some(memory) =
        container.resources.as_ref().and_then(|resources| resources.limits.get("memory"))
    {
        memory_bytes(memory).ok_or_else(|| {
            Refusal::invalid(format!("resources.limits.memory: '{memory}' is not a valid quantity"))
        })?;
    }
    check_env(container)
}

fn check_env(container: &Container) -> Result<(), Refusal> {
    if container.env.len() > ENV_MAX_COUNT {
        return Err(Refusal::invalid(format!(
            "template.containers[0].env: must have at most {ENV_MAX_COUNT} variables"
        )));
    }
    for variable in &container.env {
        let name = variable.name.as_str();
        if RESERVED_ENV.contains(&name) {
            return Err(Refusal::invalid(format!(
                "The following reserved env names were provided: {name}. These values are automatically set by the system."
            )));
        }
        if name.is_empty() || name.contains(['=', '\0']) || name.len() > ENV_MAX_CHARS {
            return Err(Refusal::invalid(format!(
                "template.containers[0].env: '{name}' is not a valid variable name"
            )));
        }
        match &variable.values {
            Some(Values::Value(value)) if value.len() > ENV_MAX_CHARS || value.contains('\0') => {
                return Err(Refusal::invalid(format!(
                    "template.containers[0].env: the value of '{name}' is too long or contains a NUL character"
                )));
            }
            Some(Values::ValueSource(source)) => secrets::check_variable(name, source)?,
            Some(_) | None => {}
        }
    }
    Ok(())
}

fn check_keys(field: &str, map: &HashMap<String, String>) -> Result<(), Refusal> {
    let reserved = map.keys().find(|key| {
        let namespace = key.split_once('/').map_or("", |(namespace, _)| namespace);
        RESERVED_NAMESPACES.iter().any(|reserved| {
            namespace
                .strip_suffix(reserved)
                .is_some_and(|before| before.is_empty() || before.ends_with('.'))
        })
    });
    match reserved {
        Some(key) => Err(Refusal::invalid(format!(
            "{field}: '{key}' is in a namespace that is reserved for system use"
        ))),
        None => Ok(()),
    }
}

fn refuse(unsupported: &[(bool, &str)]) -> Result<(), Refusal> {
    match unsupported.iter().find(|(asked, _)| *asked) {
        Some((_, what)) => Err(Refusal::unsupported(*what)),
        None => Ok(()),
    }
}

/// Bytes of a Kubernetes quantity such as `512Mi` or `1G`.
pub(crate) fn memory_bytes(quantity: &str) -> Option<u64> {
    const UNITS: [(&str, u64); 9] = [
        ("Ki", 1 << 10),
        ("Mi", 1 << 20),
        ("Gi", 1 << 30),
        ("Ti", 1 << 40),
        ("k", 1_000),
        ("M", 1_000_000),
        ("G", 1_000_000_000),
        ("T", 1_000_000_000_000),
        ("", 1),
    ];
    UNITS.iter().find_map(|(suffix, bytes)| {
        quantity.strip_suffix(suffix)?.parse::<u64>().ok()?.checked_mul(*bytes)
    })
}

/// Thousandths of a processor, from a Kubernetes quantity such as `1000m`, `2` or `0.5`. `None` for
/// no limit, and for what is not a positive quantity.
pub(crate) fn milli_cpus(quantity: &str) -> Option<u64> {
    let cpus = match quantity.strip_suffix('m') {
        Some(millis) => return millis.parse().ok().filter(|millis| *millis > 0),
        None => quantity,
    };
    let (whole, decimals) = cpus.split_once('.').unwrap_or((cpus, ""));
    let thousandths: u64 = format!("{decimals:0<3}").get(..3)?.parse().ok()?;
    let millis = whole.parse::<u64>().ok()?.checked_mul(1000)?.checked_add(thousandths)?;
    (millis > 0).then_some(millis)
}

#[cfg(test)]
#[path = "spec_tests.rs"]
mod tests;
