//! Runtimes that cannot be deployed any more, or not for long. Pure.

use longshore_cloud::RuntimeStage;
use longshore_messages::{Flavour, Function};
use time::Date;

use super::{Check, Facts, Findings, Severity};

pub(super) fn check(functions: &[&Function], facts: &Facts, today: Date, findings: &mut Findings) {
    // Cloud Run has no list of runtimes, and a project may not use the other API.
    if facts.runtimes.is_unknown() {
        return;
    }
    for function in functions {
        let Some(runtime) = function.runtime.as_deref() else { continue };
        one(function, runtime, facts, today, findings);
    }
}

fn one(function: &Function, runtime: &str, facts: &Facts, today: Date, findings: &mut Findings) {
    let at = function.at.to_string();
    let newest = facts.runtimes.newest_like(runtime);
    let advice = newest.map_or_else(
        || "name a runtime that `longshore inventory` lists".to_owned(),
        |newest| format!("use {newest}"),
    );
    let Some(support) = facts.runtimes.support(runtime, false, today) else {
        if facts.runtimes.has_language(runtime) {
            return;
        }
        let severity = match function.flavour {
            Flavour::Functions => Severity::Refused,
            Flavour::Run => Severity::Warning,
        };
        let reason = format!("Google offers no runtime {runtime}");
        findings.add(severity, Check::Runtime, at, reason, advice);
        return;
    };
    let end = support.days_until_decommissioned;
    match support.stage {
        RuntimeStage::Decommissioned => {
            let reason = format!("{runtime} is decommissioned and cannot be built any more");
            findings.refuse(Check::Runtime, at, reason, advice);
        }
        RuntimeStage::Deprecated => {
            let until = end.map_or_else(String::new, |days| format!(", and ends in {days} days"));
            let reason = format!("{runtime} is deprecated{until}");
            findings.add(Severity::Warning, Check::Runtime, at, reason, advice);
        }
        RuntimeStage::Preview | RuntimeStage::Ga | RuntimeStage::Unknown => {}
    }
}
