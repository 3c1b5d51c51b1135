//! What the Cloud Functions API requires, and what it does not have. A setting that it lacks is refused
//! by name and never ignored.

use crate::invalid::{Findings, quoted};
use crate::marks::LABEL_PREFIX;
use crate::proto;

/// For a setting that the API does not have.
const NOT_IN_API: &str =
    "is not a setting of the Cloud Functions API; omit it, or use flavour FLAVOUR_RUN";

/// The type of the messages of a topic.
const MESSAGE_PUBLISHED: &str = "google.cloud.pubsub.topic.v1.messagePublished";

/// Maximum timeout of a function with an event trigger of its own.
/// <https://cloud.google.com/functions/docs/configuring/timeout>
const EVENT_TIMEOUT_MAX_SECONDS: i64 = 540;

/// Maximum number of labels of the requester. A function has at most 64, of which the fleet sets four.
const LABELS_MAX: usize = 60;

/// Checks what only this flavour requires. The general rules are checked as well.
pub(super) fn check_functions_flavour(spec: &proto::FunctionSpec, findings: &mut Findings) {
    if spec.runtime.is_empty() {
        findings.add("function.runtime", "", "is required in the Functions flavour");
    }
    check_signature(spec, findings);
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

/// The API sets the signature itself: `http`, unless the function has an event trigger of its own.
fn check_signature(spec: &proto::FunctionSpec, findings: &mut Findings) {
    let field = "function.signature";
    match proto::Signature::try_from(spec.signature) {
        Ok(signature @ (proto::Signature::Typed | proto::Signature::Event)) => {
            let rule = "must be SIGNATURE_HTTP or SIGNATURE_CLOUD_EVENT in the Functions flavour, whose \
                        API derives the signature from the trigger";
            findings.add(field, signature.as_str_name(), rule);
        }
        Ok(signature @ proto::Signature::CloudEvent) => match own_event(spec) {
            Some((index, event)) => check_own_event(index, event, spec, findings),
            None => {
                let rule = "must be SIGNATURE_HTTP in the Functions flavour without an event trigger, \
                            from which its API derives the signature";
                findings.add(field, signature.as_str_name(), rule);
            }
        },
        Ok(proto::Signature::Unspecified | proto::Signature::Http) | Err(_) => {}
    }
}

/// The first event trigger, and its position.
fn own_event(spec: &proto::FunctionSpec) -> Option<(usize, &proto::EventTrigger)> {
    spec.triggers.iter().enumerate().find_map(|(index, trigger)| match &trigger.kind {
        Some(proto::trigger::Kind::Event(event)) => Some((index, event)),
        _ => None,
    })
}

fn check_own_event(
    index: usize,
    event: &proto::EventTrigger,
    spec: &proto::FunctionSpec,
    findings: &mut Findings,
) {
    let at = format!("function.triggers[{index}].event");
    let content_type = event.content_type.as_str();
    if !["", "/"].contains(&event.path.as_str()) {
        findings.add(format!("{at}.path"), &event.path, NOT_IN_API);
    }
    if !["", "application/json"].contains(&content_type) {
        findings.add(format!("{at}.contentType"), content_type, NOT_IN_API);
    }
    if event.r#type == MESSAGE_PUBLISHED && event.topic.is_empty() {
        let rule = "is required for the function's own trigger, the first event trigger";
        findings.add(format!("{at}.topic"), "", rule);
    }
    let timeout = spec.service.as_ref().and_then(|service| service.timeout.as_ref());
    if timeout.is_some_and(|timeout| timeout.seconds > EVENT_TIMEOUT_MAX_SECONDS) {
        let rule = "must be at most 540s for a function with an event trigger of its own";
        findings.add("function.service.timeout", "", rule);
    }
}

/// Checks which triggers may replace their function. The general rules are checked as well.
pub(super) fn check_replacement(spec: &proto::FunctionSpec, findings: &mut Findings) {
    let is_functions = spec.flavour == i32::from(proto::Flavour::Functions);
    let takes_events = spec.signature == i32::from(proto::Signature::CloudEvent);
    let own = own_event(spec).filter(|_| is_functions && takes_events).map(|(index, _)| index);
    for (index, trigger) in spec.triggers.iter().enumerate() {
        let Some(proto::trigger::Kind::Event(event)) = &trigger.kind else { continue };
        if event.allow_replacement && own != Some(index) {
            let field = format!("function.triggers[{index}].event.allowReplacement");
            let rule = "must be omitted, because this is not a function's own trigger: the first event \
                        trigger in the Functions flavour with SIGNATURE_CLOUD_EVENT";
            findings.add(field, "true", rule);
        }
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
    if let Some(http2) = service.use_http2 {
        findings.add("function.service.useHttp2", &http2.to_string(), NOT_IN_API);
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
