//! Validates a specification. Reads every field, even after a problem, so that all problems are
//! found.

use super::read_encryption::read_encryption;
use super::read_functions_flavour::{check_functions_flavour, check_replacement};
use super::read_service::read_service;
use super::read_settings::read_build;
use super::read_triggers::{read_callers, read_triggers};
use super::source::Source;
use super::spec::{Defaults, Flavour, Function, Received, Rollout, Signature};
use crate::ids::FunctionRef;
use crate::invalid::{Findings, Invalid};
use crate::{proto, rules};

impl Function {
    /// Validates a specification, and fills in the fleet's defaults.
    ///
    /// # Errors
    /// All problems at once. Permanent: the requester has to change the specification.
    pub fn from_proto(spec: proto::FunctionSpec, defaults: &Defaults) -> Result<Self, Invalid> {
        let mut findings = Findings::default();
        let function = read_function(Some(spec), defaults, &mut findings);
        findings.finish(function)
    }
}

/// Returns `None` only with a finding. There may be findings together with a value.
pub(crate) fn read_function(
    spec: Option<proto::FunctionSpec>,
    defaults: &Defaults,
    findings: &mut Findings,
) -> Option<Function> {
    let Some(spec) = spec else {
        findings.missing("function");
        return None;
    };
    let name_rule = NameRule::of(spec.flavour, &spec.name);
    let name = spec.name.clone();
    let (project, region) = (spec.project.clone(), spec.region.clone());
    let at = read_name(name, project, region, defaults, name_rule, findings);
    let flavour = read_flavour(spec.flavour, findings);
    let is_complete = !is_rollback(&spec);
    if flavour == Some(Flavour::Functions) && is_complete {
        check_functions_flavour(&spec, findings);
    }
    check_replacement(&spec, findings);
    let runtime = rules::optional(spec.runtime);
    if let Some(runtime) = runtime.as_ref().filter(|runtime| !rules::is_runtime(runtime)) {
        findings.add("function.runtime", runtime, rules::RUNTIME);
    }
    if spec.entry_point.is_empty() {
        if is_complete {
            findings.missing("function.entryPoint");
        }
    } else if !rules::is_entry_point(&spec.entry_point) {
        findings.add("function.entryPoint", &spec.entry_point, rules::ENTRY_POINT);
    }
    let signature = read_signature(spec.signature, findings);
    let source = Source::from_proto(spec.source, findings);
    let build = read_build(spec.build.unwrap_or_default(), &at, findings);
    let service = read_service(spec.service.unwrap_or_default(), findings);
    let triggers = read_triggers(spec.triggers, &at, findings);
    let callers = read_callers(spec.callers, findings);
    let encryption = match (spec.encryption, flavour) {
        (Some(encryption), Some(flavour)) => {
            Some(read_encryption(encryption, flavour, &at, &build, findings))
        }
        (_, _) => None,
    };
    let rollout = spec.rollout.map(|rollout| {
        if flavour == Some(Flavour::Functions) {
            let rule = "must be unset: the Cloud Functions API moves all traffic at once";
            findings.add("function.rollout", "", rule);
        }
        read_rollout(rollout, findings)
    });
    Some(Function {
        at,
        flavour: flavour?,
        runtime,
        entry_point: spec.entry_point,
        signature: signature?,
        source: source?,
        build,
        service,
        encryption,
        triggers,
        callers,
        rollout,
        received: Received::default(),
    })
}

fn read_rollout(rollout: proto::Rollout, findings: &mut Findings) -> Rollout {
    let proto::Rollout { percent, tag } = rollout;
    if percent != 0 {
        findings.unsupported("function.rollout.percent", &percent.to_string());
    }
    if tag.is_empty() {
        findings.missing("function.rollout.tag");
    } else if !rules::is_traffic_tag(&tag) {
        findings.add("function.rollout.tag", &tag, rules::TRAFFIC_TAG);
    }
    Rollout { tag }
}

/// Whether a specification names an earlier deployment, whose own specification is then used.
pub(crate) fn is_rollback(spec: &proto::FunctionSpec) -> bool {
    let place = spec.source.as_ref().and_then(|source| source.place.as_ref());
    matches!(place, Some(proto::source::Place::Earlier(_)))
}

/// What a function's name may be in a flavour.
#[derive(Clone, Copy)]
struct NameRule {
    holds: fn(&str) -> bool,
    text: &'static str,
}

impl NameRule {
    fn of(flavour: i32, name: &str) -> Self {
        if flavour == i32::from(proto::Flavour::Functions) {
            return Self { holds: rules::is_function_id, text: rules::FUNCTION_ID };
        }
        let text = match rules::is_function_id(name) {
            true => rules::SERVICE_NAME_OF_RUN,
            false => rules::SERVICE_NAME,
        };
        Self { holds: rules::is_service_name, text }
    }
}

fn read_name(
    name: String,
    project: String,
    region: String,
    defaults: &Defaults,
    name_rule: NameRule,
    findings: &mut Findings,
) -> FunctionRef {
    let project = rules::optional(project).unwrap_or_else(|| defaults.project.clone());
    let region = rules::optional(region).unwrap_or_else(|| defaults.region.clone());
    let mut check = |field: &str, value: &str, holds: fn(&str) -> bool, rule: &str| {
        if value.is_empty() {
            findings.missing(field);
        } else if !holds(value) {
            findings.add(field, value, rule);
        }
    };
    check("function.name", &name, name_rule.holds, name_rule.text);
    check("function.project", &project, rules::is_project, rules::PROJECT);
    check("function.region", &region, rules::is_region, rules::REGION);
    FunctionRef { project, region, name }
}

fn read_flavour(number: i32, findings: &mut Findings) -> Option<Flavour> {
    match proto::Flavour::try_from(number) {
        Ok(proto::Flavour::Unspecified | proto::Flavour::Run) => Some(Flavour::Run),
        Ok(proto::Flavour::Functions) => Some(Flavour::Functions),
        Err(_) => {
            findings.unknown_value("function.flavour", number);
            None
        }
    }
}

fn read_signature(number: i32, findings: &mut Findings) -> Option<Signature> {
    match proto::Signature::try_from(number) {
        Ok(proto::Signature::Unspecified | proto::Signature::Http) => Some(Signature::Http),
        Ok(proto::Signature::CloudEvent) => Some(Signature::CloudEvent),
        Ok(proto::Signature::Typed) => Some(Signature::Typed),
        Ok(proto::Signature::Event) => Some(Signature::Event),
        Err(_) => {
            findings.unknown_value("function.signature", number);
            None
        }
    }
}
