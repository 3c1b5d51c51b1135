//! Build and service settings, checked.

use std::time::Duration;

use super::spec::{Access, BuildSettings, ServiceSettings};
use crate::invalid::Findings;
use crate::{proto, rules};

pub(super) fn read_build(proto: proto::BuildSettings, findings: &mut Findings) -> BuildSettings {
    rules::build_environment(&proto.environment, "function.build.environment", findings);
    let mut check = |field: &str, value: &str, holds: fn(&str) -> bool, rule: &str| {
        if !value.is_empty() && !holds(value) {
            findings.add(format!("function.build.{field}"), value, rule);
        }
    };
    check("serviceAccount", &proto.service_account, rules::is_service_account_name, rules::SERVICE_ACCOUNT_NAME);
    check("workerPool", &proto.worker_pool, rules::is_worker_pool, rules::WORKER_POOL);
    check("machineType", &proto.machine_type, rules::is_machine_type, rules::MACHINE_TYPE);
    check("baseImage", &proto.base_image, rules::is_base_image, rules::BASE_IMAGE);
    check("repository", &proto.repository, rules::is_repository, rules::REPOSITORY);
    if proto.automatic_base_image_updates {
        findings.not_served("function.build.automaticBaseImageUpdates", "true");
    }
    BuildSettings {
        environment: proto.environment,
        service_account: proto.service_account,
        worker_pool: proto.worker_pool,
        machine_type: proto.machine_type,
        base_image: proto.base_image,
        repository: rules::optional(proto.repository),
    }
}

/// Cloud Run ends a request after an hour at the latest. <https://cloud.google.com/run/docs/configuring/request-timeout>
const TIMEOUT_MAX: Duration = Duration::from_hours(1);

/// Requests per instance at most. <https://cloud.google.com/run/docs/about-concurrency>
const CONCURRENCY_MAX: i32 = 1000;

pub(super) fn read_service(proto: proto::ServiceSettings, findings: &mut Findings) -> ServiceSettings {
    refuse_unserved(&proto, findings);
    rules::service_environment(&proto.environment, "function.service.environment", findings);
    rules::labels(&proto.labels, "function.service.labels", findings);
    let mut check = |field: &str, value: &str, holds: fn(&str) -> bool, rule: &str| {
        if !value.is_empty() && !holds(value) {
            findings.add(format!("function.service.{field}"), value, rule);
        }
    };
    check("memory", &proto.memory, rules::is_memory, rules::MEMORY);
    check("cpu", &proto.cpu, rules::is_cpu, rules::CPU);
    check("serviceAccount", &proto.service_account, rules::is_service_account_email, rules::SERVICE_ACCOUNT_EMAIL);
    check("description", &proto.description, rules::is_description, rules::DESCRIPTION);
    let timeout = rules::duration(proto.timeout, "function.service.timeout", Duration::from_secs(1)..=TIMEOUT_MAX, findings);
    check_numbers(&proto, findings);
    ServiceSettings {
        access: read_access(proto.access, findings),
        environment: proto.environment,
        memory: rules::optional(proto.memory),
        cpu: rules::optional(proto.cpu),
        timeout,
        concurrency: proto.concurrency,
        min_instances: proto.min_instances,
        max_instances: proto.max_instances,
        service_account: rules::optional(proto.service_account),
        labels: proto.labels,
        description: rules::optional(proto.description),
    }
}

fn check_numbers(proto: &proto::ServiceSettings, findings: &mut Findings) {
    let mut check = |field: &str, value: Option<i32>, allowed: std::ops::RangeInclusive<i32>, rule: &str| {
        if let Some(value) = value.filter(|value| !allowed.contains(value)) {
            findings.add(format!("function.service.{field}"), &value.to_string(), rule);
        }
    };
    check("concurrency", proto.concurrency, 1..=CONCURRENCY_MAX, "must be 1 to 1000");
    check("minInstances", proto.min_instances, 0..=i32::MAX, "must not be negative");
    check("maxInstances", proto.max_instances, 1..=i32::MAX, "must be at least 1");
    if let (Some(min), Some(max)) = (proto.min_instances, proto.max_instances)
        && min > max
    {
        findings.add("function.service.minInstances", &min.to_string(), format!("must not be above maxInstances, {max}"));
    }
    if let Some(concurrency) = proto.concurrency.filter(|concurrency| *concurrency > 1)
        && rules::is_part_of_a_cpu(&proto.cpu)
    {
        let rule = "must be 1 with less than one CPU";
        findings.add("function.service.concurrency", &concurrency.to_string(), rule);
    }
}

fn read_access(number: i32, findings: &mut Findings) -> Option<Access> {
    match proto::Access::try_from(number) {
        Ok(proto::Access::Unspecified) => None,
        Ok(proto::Access::Authenticated) => Some(Access::Authenticated),
        Ok(proto::Access::Public) => Some(Access::Public),
        Err(_) => {
            findings.add("function.service.access", &number.to_string(), rules::KNOWN_VALUE);
            None
        }
    }
}

fn refuse_unserved(proto: &proto::ServiceSettings, findings: &mut Findings) {
    let set = [
        ("secretEnvironment", !proto.secret_environment.is_empty()),
        ("secretVolumes", !proto.secret_volumes.is_empty()),
        ("ingress", proto.ingress != 0),
        ("executionEnvironment", proto.execution_environment != 0),
        ("cpuBoost", proto.cpu_boost),
        ("vpc", proto.vpc.is_some()),
    ];
    for (field, _) in set.iter().filter(|(_, set)| *set) {
        findings.not_served(format!("function.service.{field}"), "");
    }
}
