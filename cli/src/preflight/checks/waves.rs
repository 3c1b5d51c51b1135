//! What a wave needs beside what it replaces: instances, and traffic tags. Pure.
//!
//! While a revision is replaced, the old one has its instances too: those of the functions in flight, or
//! those of a whole wave if its traffic waits for its gates. A revision with a tag has its minimum number of
//! instances before it has traffic.
//! <https://cloud.google.com/run/docs/configuring/min-instances>

use std::collections::{BTreeMap, BTreeSet};

use longshore_messages::{BatchSettings, BatchTraffic, Function};

use super::super::facts::Facts;
use super::super::{Check, Severity};
use super::{Findings, cpu_of, least_cpu_of, shown};

/// Maximum number of traffic tags in a project and region. <https://cloud.google.com/run/quotas>
const TAGS_MAX: usize = 2_000;

type Place<'a> = (&'a str, &'a str);

/// CPU in thousandths: of the instances that there may be, and of those that there always are.
#[derive(Clone, Copy, Debug, Default)]
struct Cpu {
    most: u64,
    least: u64,
}

pub(super) fn check(
    settings: &BatchSettings,
    functions: &[&Function],
    facts: &Facts,
    findings: &mut Findings,
) {
    let existing: BTreeSet<(&str, &str, String)> = facts
        .deployed
        .iter()
        .filter(|one| one.service.is_some())
        .map(|one| (one.at.project.as_str(), one.at.region.as_str(), one.at.service_id()))
        .collect();
    let mut all: BTreeMap<Place<'_>, Cpu> = BTreeMap::new();
    let mut replaced: BTreeMap<(Place<'_>, usize), Vec<Cpu>> = BTreeMap::new();
    for (position, function) in functions.iter().enumerate() {
        let at = &function.at;
        let place = (at.project.as_str(), at.region.as_str());
        let cpu = Cpu { most: cpu_of(function), least: least_cpu_of(function) };
        let sum = all.entry(place).or_default();
        *sum = sum.plus(cpu);
        if existing.contains(&(place.0, place.1, at.service_id())) {
            replaced.entry((place, settings.wave_of(position))).or_default().push(cpu);
        }
    }
    for (place, all) in all {
        let waves = replaced.iter().filter(|((of, _), _)| *of == place);
        let waves = waves.map(|((_, wave), cpus)| (*wave, cpus.as_slice()));
        let waves: Vec<(usize, &[Cpu])> = waves.collect();
        check_place(settings, place, all, &waves, facts, findings);
    }
}

fn check_place(
    settings: &BatchSettings,
    (project, region): Place<'_>,
    all: Cpu,
    waves: &[(usize, &[Cpu])],
    facts: &Facts,
    findings: &mut Findings,
) {
    let at = format!("{project}/{region}");
    let is_staged = settings.traffic == BatchTraffic::AfterGate;
    if let Some((wave, cpus)) = waves.iter().find(|(_, cpus)| is_staged && cpus.len() > TAGS_MAX) {
        let reason = format!(
            "wave {} has {} functions, each with a traffic tag until its gates have passed, and a \
             region has at most 2,000 tags",
            wave + 1,
            cpus.len()
        );
        findings.refuse(Check::Tag, &at, reason, "use smaller waves");
    }
    let quota = facts.cpu.get(&(project.to_owned(), region.to_owned()));
    let Some(Ok(Some(quota))) = quota else { return };
    let beside = waves.iter().map(|(wave, cpus)| (*wave, beside(settings, cpus)));
    let beside: Vec<(usize, Cpu)> = beside.collect();
    let until = if is_staged { "until its gates have passed" } else { "while it is replaced" };
    let mut warn = |wave: usize, what: &str, needs: u64, advice: &str| {
        let reason = format!(
            "{until}, the revisions of wave {} have instances in addition to those that they replace: {what} \
             {} CPUs in all, and the quota is {}",
            wave + 1,
            shown(needs),
            shown(*quota)
        );
        findings.add(Severity::Warning, Check::Cpu, &at, reason, advice);
    };
    let least = beside.iter().max_by_key(|(_, cpu)| cpu.least);
    if let Some((wave, cpu)) = least.filter(|(_, cpu)| all.plus(*cpu).least > *quota) {
        let advice = "the new revisions may not come up: use smaller waves or a smaller window, lower \
                      `service.minInstances`, or request more quota";
        warn(*wave, "their minimum is", all.plus(*cpu).least, advice);
        return;
    }
    let most = beside.iter().max_by_key(|(_, cpu)| cpu.most);
    // What is too much without a wave is said elsewhere.
    let is_of_wave = |cpu: &Cpu| all.most <= *quota && all.plus(*cpu).most > *quota;
    if let Some((wave, cpu)) = most.filter(|(_, cpu)| is_of_wave(cpu)) {
        let advice = "use smaller waves or a smaller window, lower `service.maxInstances`, or request \
                      more quota";
        warn(*wave, "they may have", all.plus(*cpu).most, advice);
    }
}

/// The CPU of revisions that are there beside others at the same time.
fn beside(settings: &BatchSettings, cpus: &[Cpu]) -> Cpu {
    let window = match settings.traffic {
        BatchTraffic::AtOnce => settings.window.and_then(|window| usize::try_from(window).ok()),
        BatchTraffic::AfterGate => None,
    };
    let largest = |of: fn(&Cpu) -> u64| {
        let mut sizes: Vec<u64> = cpus.iter().map(of).collect();
        sizes.sort_unstable_by(|one, other| other.cmp(one));
        sizes.truncate(window.unwrap_or(usize::MAX));
        sizes.into_iter().fold(0, u64::saturating_add)
    };
    Cpu { most: largest(|cpu| cpu.most), least: largest(|cpu| cpu.least) }
}

impl Cpu {
    fn plus(self, other: Self) -> Self {
        Self {
            most: self.most.saturating_add(other.most),
            least: self.least.saturating_add(other.least),
        }
    }
}
