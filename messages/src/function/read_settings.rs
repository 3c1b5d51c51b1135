//! Validates build settings.

use super::spec::BuildSettings;
use crate::invalid::Findings;
use crate::{FunctionRef, proto, repository_name, rules};

pub(super) fn read_build(
    proto: proto::BuildSettings,
    at: &FunctionRef,
    findings: &mut Findings,
) -> BuildSettings {
    rules::build_environment(&proto.environment, "function.build.environment", findings);
    let mut check = |field: &str, value: &str, holds: fn(&str) -> bool, rule: &str| {
        if !value.is_empty() && !holds(value) {
            findings.add(format!("function.build.{field}"), value, rule);
        }
    };
    check(
        "serviceAccount",
        &proto.service_account,
        rules::is_service_account_name,
        rules::SERVICE_ACCOUNT_NAME,
    );
    check("workerPool", &proto.worker_pool, rules::is_worker_pool, rules::WORKER_POOL);
    check("machineType", &proto.machine_type, rules::is_machine_type, rules::MACHINE_TYPE);
    check("baseImage", &proto.base_image, rules::is_base_image, rules::BASE_IMAGE);
    let is_repository = |name: &str| rules::is_repository(name) || rules::is_repository_id(name);
    check("repository", &proto.repository, is_repository, rules::REPOSITORY);
    let repository = if rules::is_repository_id(&proto.repository) {
        repository_name(&at.project, &at.region, &proto.repository)
    } else {
        proto.repository
    };
    if proto.automatic_base_image_updates {
        findings.unsupported("function.build.automaticBaseImageUpdates", "true");
    }
    BuildSettings {
        environment: proto.environment,
        service_account: proto.service_account,
        worker_pool: proto.worker_pool,
        machine_type: proto.machine_type,
        base_image: proto.base_image,
        repository: rules::optional(repository),
    }
}
