//! Names that are taken, and variables that become something else. Pure.

use std::collections::BTreeMap;

use longshore_messages::{Flavour, Function, service_id};

use super::{Check, Facts, Findings, Severity};
use crate::estate::{Deployed, Kind, PLATFORM_VARIABLES};

/// A service by its project, region and id.
type Service<'a> = (&'a str, &'a str, String);

pub(super) fn check(functions: &[&Function], facts: &Facts, findings: &mut Findings) {
    let deployed: BTreeMap<Service<'_>, &Deployed> = facts
        .deployed
        .iter()
        .filter(|one| one.kind() != Kind::FirstGeneration)
        .map(|one| (service(one), one))
        .collect();
    let first: BTreeMap<String, &Deployed> = facts
        .deployed
        .iter()
        .filter(|one| one.kind() == Kind::FirstGeneration)
        .map(|one| (one.at.to_string(), one))
        .collect();
    let mut batch: BTreeMap<Service<'_>, &Function> = BTreeMap::new();
    for function in functions {
        let at = &function.at;
        let key = (at.project.as_str(), at.region.as_str(), service_id(&at.name));
        if let Some(other) = batch.insert(key.clone(), function) {
            let reason = format!("its service would have the name of that of {}", other.at);
            findings.refuse(Check::Name, at.to_string(), reason, "give one of them another name");
        }
        if function.flavour == Flavour::Functions && first.contains_key(&at.to_string()) {
            let reason = "a function of the first generation has this name";
            let advice = "deploy under another name, or upgrade the function with `gcloud functions \
                          upgrade` first";
            findings.refuse(Check::Name, at.to_string(), reason, advice);
        }
        if let Some(live) = deployed.get(&key) {
            taken(function, live, findings);
            variables(function, live, findings);
        }
    }
}

/// The service of a function may have a shortened name.
fn service(one: &Deployed) -> Service<'_> {
    let named = one.service.as_ref().and_then(|service| service.name.rsplit('/').next());
    let id = named.map_or_else(|| service_id(&one.at.name), str::to_owned);
    (&one.at.project, &one.at.region, id)
}

fn taken(function: &Function, live: &Deployed, findings: &mut Findings) {
    let at = function.at.to_string();
    match (function.flavour, live.kind()) {
        (Flavour::Functions, Kind::Function) if live.at.name != function.at.name => {
            let reason = format!("its service would be that of the function {}", live.at.name);
            findings.refuse(Check::Name, at, reason, "give it another name");
        }
        (Flavour::Functions, Kind::RunFunction | Kind::Image) => {
            let reason = "a service of Cloud Run has the name that its service would have";
            let advice = "give it another name, deploy to the service with flavour FLAVOUR_RUN, or \
                          delete the service first";
            findings.refuse(Check::Name, at, reason, advice);
        }
        (Flavour::Run, Kind::Function) => {
            let reason = format!(
                "the function {} of the Cloud Functions API has this service",
                live.at.name
            );
            let advice = format!(
                "give it another name, or take the function out of that API with `longshore migrate \
                 detach {} --yes`",
                live.at
            );
            findings.refuse(Check::Name, at, reason, advice);
        }
        (Flavour::Run, Kind::Image) => {
            let reason = "a service with this name was deployed from an image, which is replaced";
            let advice = "give it another name unless this is intended";
            findings.add(Severity::Warning, Check::Name, at, reason, advice);
        }
        (Flavour::Functions, Kind::Function | Kind::FirstGeneration)
        | (Flavour::Run, Kind::RunFunction | Kind::FirstGeneration) => {}
    }
}

/// A variable whose value was plain, and will come from Secret Manager, or the other way round.
fn variables(function: &Function, live: &Deployed, findings: &mut Findings) {
    let of_function = live.function.as_ref().map(|function| &function.live.shape.settings);
    let of_service = live.live().map(|live| &live.shape.settings);
    let Some(before) = of_function.or(of_service) else { return };
    let at = || function.at.to_string();
    for name in function.service.secret_environment.keys() {
        if before.environment.contains_key(name) {
            let reason = format!("the variable {name} has a plain value, and becomes a secret");
            let advice = "check that the secret has the value that the function expects; the plain \
                          value stays visible in older revisions";
            findings.add(Severity::Warning, Check::Variable, at(), reason, advice);
        }
    }
    for name in function.service.environment.keys() {
        let is_ours = PLATFORM_VARIABLES.contains(&name.as_str());
        if !is_ours && before.secret_environment.contains_key(name) {
            let reason = format!("the variable {name} is a secret, and becomes a plain value");
            let advice = "use `secretEnvironment`, unless the value may be seen by everyone who may \
                          see the service";
            findings.add(Severity::Warning, Check::Variable, at(), reason, advice);
        }
    }
}
