//! Validates service settings.

use std::time::Duration;

use super::read_secrets::{read_secret_environment, read_secret_volumes};
use super::spec::{Access, ExecutionEnvironment, Ingress, ServiceSettings, VpcAccess};
use crate::invalid::Findings;
use crate::{proto, rules};

/// Maximum request timeout of Cloud Run.
/// <https://cloud.google.com/run/docs/configuring/request-timeout>
const TIMEOUT_MAX: Duration = Duration::from_hours(1);

/// Maximum number of concurrent requests of an instance.
/// <https://cloud.google.com/run/docs/about-concurrency>
const CONCURRENCY_MAX: i32 = 1000;

pub(super) fn read_service(
    proto: proto::ServiceSettings,
    findings: &mut Findings,
) -> ServiceSettings {
    rules::service_environment(&proto.environment, "function.service.environment", findings);
    rules::labels(&proto.labels, "function.service.labels", findings);
    let mut check = |field: &str, value: &str, holds: fn(&str) -> bool, rule: &str| {
        if !value.is_empty() && !holds(value) {
            findings.add(format!("function.service.{field}"), value, rule);
        }
    };
    check("memory", &proto.memory, rules::is_memory, rules::MEMORY);
    check("cpu", &proto.cpu, rules::is_cpu, rules::CPU);
    check(
        "serviceAccount",
        &proto.service_account,
        rules::is_service_account_email,
        rules::SERVICE_ACCOUNT_EMAIL,
    );
    check("description", &proto.description, rules::is_description, rules::DESCRIPTION);
    let timeout = rules::duration(
        proto.timeout,
        "function.service.timeout",
        Duration::from_secs(1)..=TIMEOUT_MAX,
        findings,
    );
    check_numbers(&proto, findings);
    let execution_environment = read_execution_environment(proto.execution_environment, findings);
    check_cpu(&proto, execution_environment, findings);
    ServiceSettings {
        access: read_access(proto.access, findings),
        secret_environment: read_secret_environment(
            proto.secret_environment,
            &proto.environment,
            findings,
        ),
        secret_volumes: read_secret_volumes(proto.secret_volumes, findings),
        ingress: read_ingress(proto.ingress, findings),
        execution_environment,
        cpu_boost: proto.cpu_boost,
        use_http2: proto.use_http2,
        vpc: proto.vpc.map(|vpc| read_vpc(vpc, findings)),
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
    let mut check =
        |field: &str, value: Option<i32>, allowed: std::ops::RangeInclusive<i32>, rule: &str| {
            if let Some(value) = value.filter(|value| !allowed.contains(value)) {
                findings.add(format!("function.service.{field}"), &value.to_string(), rule);
            }
        };
    check("concurrency", proto.concurrency, 1..=CONCURRENCY_MAX, "must be between 1 and 1000");
    check("minInstances", proto.min_instances, 0..=i32::MAX, "must not be negative");
    check("maxInstances", proto.max_instances, 1..=i32::MAX, "must be at least 1");
    if let (Some(min), Some(max)) = (proto.min_instances, proto.max_instances)
        && min > max
    {
        findings.add(
            "function.service.minInstances",
            &min.to_string(),
            format!("must not be greater than maxInstances, {max}"),
        );
    }
}

/// Checks the settings that depend on the CPU limit. Compares only fields that the request sets,
/// because the live service supplies the others.
fn check_cpu(
    proto: &proto::ServiceSettings,
    environment: Option<ExecutionEnvironment>,
    findings: &mut Findings,
) {
    if let Some(rule) = rules::cpu_for_memory(&proto.memory, &proto.cpu) {
        findings.add("function.service.cpu", &proto.cpu, rule);
    }
    if let Some(rule) = rules::memory_for_cpu(&proto.memory, &proto.cpu) {
        findings.add("function.service.memory", &proto.memory, rule);
    }
    if environment == Some(ExecutionEnvironment::Gen2) && rules::is_below_gen2(&proto.memory) {
        findings.add(
            "function.service.memory",
            &proto.memory,
            "must be at least 512Mi in the second-generation execution environment",
        );
    }
    if !rules::is_below_one_cpu(&proto.cpu) {
        return;
    }
    if let Some(concurrency) = proto.concurrency.filter(|concurrency| *concurrency > 1) {
        findings.add(
            "function.service.concurrency",
            &concurrency.to_string(),
            "must be 1 with less than one CPU",
        );
    }
    if environment == Some(ExecutionEnvironment::Gen2) {
        let rule = "must be the first generation with less than one CPU";
        findings.add(
            "function.service.executionEnvironment",
            proto::ExecutionEnvironment::Gen2.as_str_name(),
            rule,
        );
    }
}

fn read_access(number: i32, findings: &mut Findings) -> Option<Access> {
    match proto::Access::try_from(number) {
        Ok(proto::Access::Unspecified) => None,
        Ok(proto::Access::Authenticated) => Some(Access::Authenticated),
        Ok(proto::Access::Public) => Some(Access::Public),
        Err(_) => unknown("access", number, findings),
    }
}

fn read_ingress(number: i32, findings: &mut Findings) -> Option<Ingress> {
    match proto::Ingress::try_from(number) {
        Ok(proto::Ingress::Unspecified) => None,
        Ok(proto::Ingress::All) => Some(Ingress::All),
        Ok(proto::Ingress::Internal) => Some(Ingress::Internal),
        Ok(proto::Ingress::InternalAndLoadBalancer) => Some(Ingress::InternalAndLoadBalancer),
        Err(_) => unknown("ingress", number, findings),
    }
}

fn read_execution_environment(
    number: i32,
    findings: &mut Findings,
) -> Option<ExecutionEnvironment> {
    match proto::ExecutionEnvironment::try_from(number) {
        Ok(proto::ExecutionEnvironment::Unspecified) => None,
        Ok(proto::ExecutionEnvironment::Gen1) => Some(ExecutionEnvironment::Gen1),
        Ok(proto::ExecutionEnvironment::Gen2) => Some(ExecutionEnvironment::Gen2),
        Err(_) => unknown("executionEnvironment", number, findings),
    }
}

fn unknown<T>(field: &str, number: i32, findings: &mut Findings) -> Option<T> {
    findings.unknown_value(format!("function.service.{field}"), number);
    None
}

fn read_vpc(vpc: proto::VpcAccess, findings: &mut Findings) -> VpcAccess {
    let proto::VpcAccess { connector, network, subnetwork } = vpc;
    let mut check = |field: &str, value: &str, holds: fn(&str) -> bool, rule: &str| {
        if !value.is_empty() && !holds(value) {
            findings.add(format!("function.service.vpc.{field}"), value, rule);
        }
    };
    check("connector", &connector, rules::is_connector, rules::CONNECTOR);
    check("network", &network, rules::is_network, rules::NETWORK);
    check("subnetwork", &subnetwork, rules::is_network, rules::NETWORK);
    let is_direct = !network.is_empty() || !subnetwork.is_empty();
    if is_direct != connector.is_empty() {
        findings.add(
            "function.service.vpc",
            "",
            "must have either a connector, or a network or subnetwork",
        );
    }
    if is_direct {
        VpcAccess::Direct { network, subnetwork }
    } else {
        VpcAccess::Connector(connector)
    }
}

#[cfg(test)]
mod tests;
