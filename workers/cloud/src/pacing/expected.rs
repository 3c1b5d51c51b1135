//! The work of a batch, and what a forecast assumes of the platform.
//!
//! The work is counted from what would change; the quotas are those that the workers pace their calls
//! by.

use std::collections::BTreeMap;
use std::time::Duration;

use longshore_messages::{BatchSettings, BatchTraffic, Function};

use super::forecast::{Assumptions, Part, Work};
use super::{Api, Key, Pacer};

/// The platform's times, unless measured times are known: a build with dependencies takes one to two
/// minutes, and a revision twenty seconds. The smallest default of concurrent builds is ten
/// (<https://cloud.google.com/build/quotas>).
const BUILD_SECONDS: f64 = 90.0;
const BUILD_SPREAD: f64 = 1.0 / 3.0;
const READY_SECONDS: f64 = 20.0;
const CONCURRENT_BUILDS: u32 = 10;

/// Stands for a quota that does not exist: more calls than a batch makes in a minute.
const UNLIMITED: u32 = 100_000;

/// What a user knows better.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known {
    pub concurrent_builds: Option<u32>,
    pub build_seconds: Option<u64>,
    pub writes_per_minute: Option<u32>,
}

/// A function of a batch: whether anything of it changes, and whether it is the first one of its build.
#[derive(Clone, Copy, Debug)]
pub struct Member<'a> {
    pub function: &'a Function,
    pub is_changed: bool,
    pub is_built: bool,
}

/// The work of a batch: in each wave, in each project and region. `window` is that of the fleet.
pub async fn parts(
    pacer: &Pacer,
    settings: &BatchSettings,
    window: usize,
    members: impl IntoIterator<Item = Member<'_>>,
    known: Known,
) -> Vec<Vec<Part>> {
    let own = settings.window.and_then(|window| usize::try_from(window).ok());
    let window = u32::try_from(own.unwrap_or(usize::MAX).min(window)).unwrap_or(u32::MAX);
    let mut parts = Vec::new();
    for wave in work(settings, members).into_values() {
        let mut of_wave = Vec::new();
        for ((project, region), work) in wave {
            let assumed = assumed(pacer, &project, &region, window, known).await;
            of_wave.push(Part { project, region, work, assumed });
        }
        parts.push(of_wave);
    }
    parts
}

/// The work of each wave, by project and region. Pure.
fn work<'a>(
    settings: &BatchSettings,
    members: impl IntoIterator<Item = Member<'a>>,
) -> BTreeMap<usize, BTreeMap<(String, String), Work>> {
    let mut waves: BTreeMap<usize, BTreeMap<(String, String), Work>> = BTreeMap::new();
    let changed = members.into_iter().enumerate().filter(|(_, member)| member.is_changed);
    for (position, Member { function, is_built, .. }) in changed {
        let place = (function.at.project.clone(), function.at.region.clone());
        let work = waves.entry(settings.wave_of(position)).or_default().entry(place).or_default();
        work.functions += 1;
        work.builds += u32::from(is_built);
        work.writes += 1 + u32::from(!function.callers.is_empty());
        // Moving the traffic is a write of its own.
        work.writes += u32::from(settings.traffic == BatchTraffic::AfterGate);
    }
    waves
}

async fn assumed(
    pacer: &Pacer,
    project: &str,
    region: &str,
    window: u32,
    known: Known,
) -> Assumptions {
    let writes = Key { region: region.to_owned(), ..Key::of_project(project, Api::RunWrites) };
    let writes_per_minute = match known.writes_per_minute {
        Some(writes) => writes,
        None => pacer.per_minute(&writes).await.unwrap_or(UNLIMITED),
    };
    let submits = pacer.per_minute(&Key::of_project(project, Api::BuildSubmits)).await;
    Assumptions {
        concurrent_builds: known.concurrent_builds.unwrap_or(CONCURRENT_BUILDS),
        build_seconds: known
            .build_seconds
            .map_or(BUILD_SECONDS, |seconds| Duration::from_secs(seconds).as_secs_f64()),
        build_spread: BUILD_SPREAD,
        submits_per_minute: submits.unwrap_or(UNLIMITED),
        writes_per_minute,
        ready_seconds: READY_SECONDS,
        window,
    }
}

#[cfg(test)]
mod tests {
    use longshore_messages::{Defaults, proto};

    use super::*;

    fn function(name: &str, callers: &[&str]) -> Function {
        let object = proto::StorageObject {
            bucket: "sources".to_owned(),
            object: "o".to_owned(),
            generation: 7,
        };
        let spec = proto::FunctionSpec {
            name: name.to_owned(),
            entry_point: "hello".to_owned(),
            source: Some(proto::Source { place: Some(proto::source::Place::Storage(object)) }),
            callers: callers.iter().map(|&caller| caller.to_owned()).collect(),
            ..proto::FunctionSpec::default()
        };
        let defaults = Defaults { project: "demo-project".into(), region: "europe-west1".into() };
        Function::from_proto(spec, &defaults).unwrap()
    }

    #[test]
    fn work_is_counted_by_wave_and_place_and_a_gate_costs_another_write() {
        let functions =
            [function("a", &[]), function("b", &["user:ada@example.com"]), function("c", &[])];
        let members = || {
            functions.iter().enumerate().map(|(number, function)| Member {
                function,
                is_changed: number != 2,
                is_built: number == 0,
            })
        };
        let at_once = BatchSettings { waves: vec![1], ..BatchSettings::default() };
        let place = ("demo-project".to_owned(), "europe-west1".to_owned());
        let found = work(&at_once, members());
        assert_eq!(found[&0][&place], Work { functions: 1, builds: 1, writes: 1 });
        assert_eq!(found[&1][&place], Work { functions: 1, builds: 0, writes: 2 });
        let after = BatchSettings { traffic: BatchTraffic::AfterGate, ..at_once };
        assert_eq!(work(&after, members())[&1][&place].writes, 3);
    }
}
