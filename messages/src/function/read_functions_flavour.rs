//! What the Cloud Functions API requires, and what it does not have. A setting that it lacks is refused
//! by name and never ignored.

use crate::invalid::{Findings, quoted};
use crate::marks::LABEL_PREFIX;
use crate::proto;

/// For a setting that the API does not have.
const NOT_IN_API: &str =
    "is not a setting of the Cloud Functions API; omit it, or use flavour FLAVOUR_RUN";

/// Maximum number of labels of the requester. A function has at most 64, of which the fleet sets four.
const LABELS_MAX: usize = 60;

/// Checks what only this flavour requires. The general rules are checked as well.
pub(super) fn check_functions_flavour(spec: &proto::FunctionSpec, findings: &mut Findings) {
    if spec.runtime.is_empty() {
        findings.add("function.runtime", "", "is required in the Functions flavour");
    }
    check_signature(spec.signature, findings);
    let build = spec.build.clone().unwrap_or_default();
    for (field, value) in [("machineType", &build.machine_type), ("baseImage", &build.base_image)] {
        if !value.is_empty() {
            findings.add(format!("function.build.{field}"), value, NOT_IN_API);
        }
    }
    if let Some(service) = &spec.service {
        check_service(service, findings);
    }
}

/// The API sets the signature itself: `http`, unless the function has an event trigger.
fn check_signature(number: i32, findings: &mut Findings) {
    if let Ok(
        signature @ (proto::Signature::CloudEvent
        | proto::Signature::Typed
        | proto::Signature::Event),
    ) = proto::Signature::try_from(number)
    {
        findings.add(
            "function.signature",
            signature.as_str_name(),
            "must be SIGNATURE_HTTP in the Functions flavour, whose API derives the signature from \
             the trigger",
        );
    }
}

fn check_service(service: &proto::ServiceSettings, findings: &mut Findings) {
    if let Ok(
        environment @ (proto::ExecutionEnvironment::Gen1 | proto::ExecutionEnvironment::Gen2),
    ) = proto::ExecutionEnvironment::try_from(service.execution_environment)
    {
        let field = "function.service.executionEnvironment";
        findings.add(field, environment.as_str_name(), NOT_IN_API);
    }
    if let Some(boost) = service.cpu_boost {
        findings.add("function.service.cpuBoost", &boost.to_string(), NOT_IN_API);
    }
    let vpc = service.vpc.clone().unwrap_or_default();
    for (field, value) in [("network", &vpc.network), ("subnetwork", &vpc.subnetwork)] {
        if !value.is_empty() {
            let rule = "is not supported in the Functions flavour; use vpc.connector, or flavour \
                        FLAVOUR_RUN";
            findings.add(format!("function.service.vpc.{field}"), value, rule);
        }
    }
    if service.timeout.is_some_and(|timeout| timeout.nanos != 0) {
        let rule = "must be whole seconds in the Functions flavour";
        findings.add("function.service.timeout", "", rule);
    }
    check_labels(service, findings);
}

fn check_labels(service: &proto::ServiceSettings, findings: &mut Findings) {
    let field = "function.service.labels";
    for key in service.labels.keys().filter(|key| key.starts_with(LABEL_PREFIX)) {
        findings.add(
            format!("{field}.{}", quoted(key)),
            "",
            "is reserved for the fleet's own labels",
        );
    }
    if service.labels.len() > LABELS_MAX {
        let found = format!("{} labels", service.labels.len());
        findings.add(field, &found, "must have at most 60 labels in the Functions flavour");
    }
}
