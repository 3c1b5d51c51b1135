//! How long a batch takes, as a plan says it and a report compares with it.
//!
//! The work is counted from what would change; the quotas are those that the workers pace their
//! calls by. [`longshore_cloud::pacing::forecast`] does the rest.

use std::collections::BTreeMap;
use std::time::Duration;

use longshore_cloud::pacing::forecast::{Assumptions, Bound, Part, Work, forecast};
use longshore_cloud::pacing::{Api, Key, Pacer};
use longshore_messages::{BatchSettings, Function};
use serde::Serialize;

use super::compare::Change;
use crate::cloud_target::CloudTarget;

/// The platform's times, unless flags set them: a build with dependencies takes one to two minutes,
/// and a revision twenty seconds. The smallest default of concurrent builds is ten
/// (<https://cloud.google.com/build/quotas>).
const BUILD_SECONDS: f64 = 90.0;
const BUILD_SPREAD: f64 = 1.0 / 3.0;
const READY_SECONDS: f64 = 20.0;
const CONCURRENT_BUILDS: u32 = 10;

/// Stands for a quota that does not exist: more calls than a batch makes in a minute.
const UNLIMITED: u32 = 100_000;

/// What a user knows better.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Known {
    pub(crate) concurrent_builds: Option<u32>,
    pub(crate) build_seconds: Option<u64>,
    pub(crate) writes_per_minute: Option<u32>,
}

/// A forecast in JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Expected {
    /// Expected time of the whole batch.
    pub(crate) seconds: u64,
    /// No order of the work takes less.
    pub(crate) at_least_seconds: u64,
    /// What binds the slowest wave.
    pub(crate) bound: Bound,
    /// `PROJECT/REGION` where it binds, or empty.
    pub(crate) bound_at: String,
    pub(crate) waves: usize,
}

/// A function of a batch: what becomes of it, and whether it is the first one of its build.
pub(crate) struct Member<'a> {
    pub(crate) function: &'a Function,
    pub(crate) change: &'a Change,
    pub(crate) is_built: bool,
}

/// The work of a batch: in each wave, in each project and region.
pub(crate) async fn parts(
    target: &CloudTarget,
    settings: &BatchSettings,
    members: impl IntoIterator<Item = Member<'_>>,
    known: Known,
) -> Vec<Vec<Part>> {
    let mut waves: BTreeMap<usize, BTreeMap<(String, String), Work>> = BTreeMap::new();
    for (position, Member { function, change, is_built }) in members.into_iter().enumerate() {
        if matches!(change, Change::Unchanged | Change::Refused { .. }) {
            continue;
        }
        let place = (function.at.project.clone(), function.at.region.clone());
        let work = waves.entry(settings.wave_of(position)).or_default().entry(place).or_default();
        work.functions += 1;
        work.builds += u32::from(is_built);
        work.writes += 1 + u32::from(!function.callers.is_empty());
    }
    let own = settings.window.and_then(|window| usize::try_from(window).ok());
    let window = own.unwrap_or(usize::MAX).min(target.settings.batch_window);
    let window = u32::try_from(window).unwrap_or(u32::MAX);
    let pacer = &target.clients.pacer;
    let mut parts = Vec::new();
    for wave in waves.into_values() {
        let mut of_wave = Vec::new();
        for ((project, region), work) in wave {
            let assumed = assumed(pacer, &project, &region, window, known).await;
            of_wave.push(Part { project, region, work, assumed });
        }
        parts.push(of_wave);
    }
    parts
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

impl Expected {
    pub(crate) fn of(parts: &[Vec<Part>]) -> Self {
        let forecast = forecast(parts);
        Self {
            seconds: forecast.total().as_secs(),
            at_least_seconds: forecast.at_least.as_secs(),
            bound: forecast.bound,
            bound_at: forecast.bound_at,
            waves: parts.len(),
        }
    }

    /// For people.
    pub(crate) fn text(&self) -> String {
        let (expected, least) = (minutes(self.seconds), minutes(self.at_least_seconds));
        let at = match self.bound_at.as_str() {
            "" => String::new(),
            at => format!(" in {at}"),
        };
        format!("{expected}, at least {least}; bound by {}{at}", self.bound.words())
    }
}

/// A time for people.
pub(crate) fn minutes(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds.div_ceil(60)),
        _ => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_the_unit_of_its_size() {
        for (seconds, text) in [
            (0, "0 s"),
            (119, "119 s"),
            (121, "3 min"),
            (7_200, "2 h 0 min"),
            (9_000, "2 h 30 min"),
        ] {
            assert_eq!(minutes(seconds), text);
        }
    }

    #[test]
    fn a_forecast_names_what_binds_and_where() {
        let assumed = Assumptions {
            concurrent_builds: 10,
            build_seconds: 90.0,
            build_spread: 0.0,
            submits_per_minute: 60,
            writes_per_minute: 1,
            ready_seconds: 20.0,
            window: 64,
        };
        let (project, region) = ("p".to_owned(), "r".to_owned());
        let work = Work { functions: 10, builds: 1, writes: 10 };
        let expected = Expected::of(&[vec![Part { project, region, work, assumed }]]);
        assert_eq!(expected.bound, Bound::WritesPerMinute);
        let text = expected.text();
        assert!(text.ends_with("bound by the quota of writes per minute in p/r"), "{text}");
        assert!(expected.seconds >= expected.at_least_seconds);
    }
}
