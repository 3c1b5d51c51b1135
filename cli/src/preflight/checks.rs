//! Decides what is wrong by what was read. Pure.

mod names;
mod resources;
mod runtimes;
mod waves;

use std::collections::{BTreeMap, BTreeSet};

use longshore_messages::{BatchSettings, Flavour, Function, Trigger};
use time::OffsetDateTime;

use super::facts::{Facts, Read};
use super::{Check, Finding, Severity};

/// Instances of a service that sets no maximum.
/// <https://cloud.google.com/run/docs/configuring/max-instances>
const DEFAULT_INSTANCES: u64 = 100;

/// CPU of a service that sets none, in thousandths.
const DEFAULT_CPU: u64 = 1_000;

/// Collects what is found.
#[derive(Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn add(
        &mut self,
        severity: Severity,
        check: Check,
        at: impl Into<String>,
        reason: impl Into<String>,
        advice: impl Into<String>,
    ) {
        let (at, reason, advice) = (at.into(), reason.into(), advice.into());
        self.0.push(Finding { severity, check, at, reason, advice });
    }

    fn refuse(
        &mut self,
        check: Check,
        at: impl Into<String>,
        reason: impl Into<String>,
        advice: impl Into<String>,
    ) {
        self.add(Severity::Refused, check, at, reason, advice);
    }

    /// Says once that something could not be read.
    fn unchecked(&mut self, check: Check, at: &str, what: &str, why: &str) {
        let advice = "Google decides when the function is deployed";
        self.add(Severity::Unchecked, check, at, format!("{what} cannot be read: {why}"), advice);
    }
}

pub(super) fn all(
    settings: &BatchSettings,
    functions: &[&Function],
    facts: &Facts,
) -> Vec<Finding> {
    let mut findings = Findings::default();
    apis(functions, facts, &mut findings);
    regions(functions, facts, &mut findings);
    cpu(functions, facts, &mut findings);
    waves::check(settings, functions, facts, &mut findings);
    names::check(functions, facts, &mut findings);
    resources::check(functions, facts, &mut findings);
    runtimes::check(functions, facts, OffsetDateTime::now_utc().date(), &mut findings);
    findings.0
}

/// The APIs that a function needs in its project.
fn needed_apis(function: &Function) -> BTreeSet<&'static str> {
    let mut needed = BTreeSet::from([
        "run.googleapis.com",
        "cloudbuild.googleapis.com",
        "artifactregistry.googleapis.com",
        "storage.googleapis.com",
    ]);
    if function.flavour == Flavour::Functions {
        needed.insert("cloudfunctions.googleapis.com");
    }
    if function.kms_key().is_some() {
        needed.insert("cloudkms.googleapis.com");
    }
    if !function.service.secret_environment.is_empty()
        || !function.service.secret_volumes.is_empty()
    {
        needed.insert("secretmanager.googleapis.com");
    }
    needed.extend(function.triggers.iter().map(|trigger| match trigger {
        Trigger::Topic(_) => "pubsub.googleapis.com",
        Trigger::Event(_) => "eventarc.googleapis.com",
        Trigger::Schedule(_) => "cloudscheduler.googleapis.com",
        Trigger::Queue(_) => "cloudtasks.googleapis.com",
    }));
    needed
}

fn apis(functions: &[&Function], facts: &Facts, findings: &mut Findings) {
    let mut needed: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for function in functions {
        needed.entry(&function.at.project).or_default().extend(needed_apis(function));
    }
    for (project, needed) in needed {
        match facts.apis.get(project) {
            Some(Ok(enabled)) => {
                let missing: Vec<&str> =
                    needed.into_iter().filter(|api| !enabled.contains(*api)).collect();
                if !missing.is_empty() {
                    let missing = missing.join(" ");
                    let advice = format!("`gcloud services enable {missing} --project {project}`");
                    let reason = format!("these APIs are not enabled: {missing}");
                    findings.refuse(Check::Api, project, reason, advice);
                }
            }
            Some(Err(why)) => {
                findings.unchecked(Check::Api, project, "which APIs are enabled", why);
            }
            None => {}
        }
    }
}

/// The regions of the two APIs differ a little, so only the Cloud Functions API decides for sure.
fn regions(functions: &[&Function], facts: &Facts, findings: &mut Findings) {
    let places: BTreeSet<_> = functions
        .iter()
        .map(|one| (&one.at.project, &one.at.region, one.flavour == Flavour::Functions))
        .collect();
    for (project, region, is_functions) in places {
        let Some(Ok(regions)) = facts.regions.get(project) else { continue };
        if regions.contains(region) {
            continue;
        }
        let severity = if is_functions { Severity::Refused } else { Severity::Warning };
        let reason = "the Cloud Functions API does not offer this region";
        let advice = "check the name of the region, or choose another one";
        findings.add(severity, Check::Region, format!("{project}/{region}"), reason, advice);
    }
}

/// The CPU of all instances of a function, in thousandths.
fn cpu_of(function: &Function) -> u64 {
    let max = function.service.max_instances.and_then(|max| u64::try_from(max).ok());
    cpu_of_one(function).saturating_mul(max.unwrap_or(DEFAULT_INSTANCES))
}

/// The CPU of the instances that a function always has, in thousandths.
fn least_cpu_of(function: &Function) -> u64 {
    let min = function.service.min_instances.and_then(|min| u64::try_from(min).ok());
    cpu_of_one(function).saturating_mul(min.unwrap_or(0))
}

/// The CPU of one instance, in thousandths.
fn cpu_of_one(function: &Function) -> u64 {
    let cpu = function.service.cpu.as_deref().map_or(Some(DEFAULT_CPU), thousandths);
    cpu.unwrap_or(DEFAULT_CPU)
}

/// A quantity of Kubernetes such as `2`, `0.5` or `500m`, in thousandths.
fn thousandths(cpu: &str) -> Option<u64> {
    if let Some(milli) = cpu.strip_suffix('m') {
        return milli.parse().ok();
    }
    let (whole, part) = cpu.split_once('.').unwrap_or((cpu, ""));
    let part: String = part.chars().chain("000".chars()).take(3).collect();
    let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    Some(whole.checked_mul(1_000)? + part.parse::<u64>().ok()?)
}

/// Cloud Run refuses a service whose instances would exceed the quota. All together they may, as long
/// as they do not need all of it at once.
fn cpu(functions: &[&Function], facts: &Facts, findings: &mut Findings) {
    let mut sums: BTreeMap<(String, String), u64> = BTreeMap::new();
    for function in functions {
        let place = (function.at.project.clone(), function.at.region.clone());
        let needs = cpu_of(function);
        if let Some(Ok(Some(quota))) = facts.cpu.get(&place)
            && needs > *quota
        {
            let reason = format!(
                "its instances may have {} CPUs, and the quota of the region is {}",
                shown(needs),
                shown(*quota)
            );
            let advice = "lower `service.maxInstances` or `service.cpu`, or request more quota";
            findings.refuse(Check::Cpu, function.at.to_string(), reason, advice);
        }
        let sum = sums.entry(place).or_default();
        *sum = sum.saturating_add(needs);
    }
    for ((project, region), sum) in sums {
        let at = format!("{project}/{region}");
        match facts.cpu.get(&(project, region)) {
            Some(Ok(Some(quota))) if sum > *quota => {
                let reason = format!(
                    "the instances of all its functions may have {} CPUs together, and the quota is \
                     {}",
                    shown(sum),
                    shown(*quota)
                );
                let advice = "lower `service.maxInstances`, or request more quota";
                findings.add(Severity::Warning, Check::Cpu, at, reason, advice);
            }
            Some(Err(why)) => findings.unchecked(Check::Cpu, &at, "the quota of CPU", why),
            Some(Ok(_)) | None => {}
        }
    }
}

fn shown(thousandths: u64) -> String {
    match thousandths % 1_000 {
        0 => (thousandths / 1_000).to_string(),
        rest => format!("{}.{rest:03}", thousandths / 1_000),
    }
}

/// Whether something that was looked for is missing for sure. Says it if it could not be read.
fn is_missing(
    found: Option<&Read<bool>>,
    check: Check,
    at: &str,
    what: &str,
    findings: &mut Findings,
) -> bool {
    match found {
        Some(Ok(exists)) => !exists,
        Some(Err(why)) => {
            findings.unchecked(check, at, what, why);
            false
        }
        None => false,
    }
}

#[cfg(test)]
mod tests;
