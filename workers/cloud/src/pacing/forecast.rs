//! How long a batch takes, and what binds it. Pure.
//!
//! In each project and region, a bounded number of functions is in flight. Their builds run beside
//! each other, up to a maximum; submissions and writes of services are paced by quotas.
//! `Forecast::at_least` is what no order of the work can beat. [`forecast`] plays the work through,
//! function by function, with the buckets that pace the real calls, and says when each function
//! ends. So it also says how far a batch should be at any time, which is what
//! [`Forecast::expected_end`] corrects it by.

mod play;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use play::Play;

/// What a forecast assumes of a project and region.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Assumptions {
    /// Builds that run at the same time.
    pub concurrent_builds: u32,
    /// Time of a build: the mean of the shortest and the longest.
    pub build_seconds: f64,
    /// How far the shortest and the longest build are from the mean, as a part of it.
    pub build_spread: f64,
    /// Builds that may be submitted in a minute.
    pub submits_per_minute: u32,
    /// Writes of services and of their IAM policies in a minute.
    pub writes_per_minute: u32,
    /// Time until a revision is ready.
    pub ready_seconds: f64,
    /// Functions that may be in flight.
    pub window: u32,
}

/// What has to be done in one project and region.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Work {
    /// Functions that are deployed.
    pub functions: u32,
    /// Distinct builds.
    pub builds: u32,
    /// Writes of services and of their IAM policies.
    pub writes: u32,
}

/// The part of a wave in one project and region.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Part {
    pub project: String,
    pub region: String,
    pub work: Work,
    pub assumed: Assumptions,
}

/// What a batch is bound by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bound {
    /// There is nothing to do.
    Nothing,
    /// One deployment after the other parts of it: no quota is used up.
    OneDeployment,
    ConcurrentBuilds,
    SubmitsPerMinute,
    WritesPerMinute,
    /// The functions in flight: a larger window may be faster.
    Window,
}

/// When the functions of a batch end, measured from its start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forecast {
    /// No order of the work takes less.
    pub at_least: Duration,
    pub bound: Bound,
    /// `PROJECT/REGION` of what binds the slowest wave, or empty.
    pub bound_at: String,
    /// In ascending order, in milliseconds.
    ends_ms: Vec<u64>,
}

/// Time to store a source that is packed, and time from one worker to the next, in milliseconds.
const UPLOAD_MS: u64 = 2_000;
const HOP_MS: u64 = 300;

const MINUTE_MS: u64 = 60_000;

impl Bound {
    /// For people.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Nothing => "nothing is to be deployed",
            Self::OneDeployment => "the time of one deployment",
            Self::ConcurrentBuilds => "the number of concurrent builds",
            Self::SubmitsPerMinute => "the quota of build submissions per minute",
            Self::WritesPerMinute => "the quota of writes per minute",
            Self::Window => "the window of functions in flight",
        }
    }
}

impl Forecast {
    /// The expected time of the whole batch.
    #[must_use]
    pub fn total(&self) -> Duration {
        Duration::from_millis(self.ends_ms.last().copied().unwrap_or(0))
    }

    /// The time at which a batch ends of which this many functions have ended after `elapsed`: it
    /// deviates from the forecast from now on as it did until now. Before a tenth has ended, that says
    /// little, and the forecast itself counts.
    #[must_use]
    pub fn expected_end(&self, ended: usize, elapsed: Duration) -> Duration {
        let total = self.total();
        let Some(due_ms) = ended.checked_sub(1).and_then(|last| self.ends_ms.get(last)) else {
            return total.max(elapsed);
        };
        if ended >= self.ends_ms.len() {
            return elapsed;
        }
        let due = Duration::from_millis(*due_ms);
        if ended * 10 < self.ends_ms.len() || due.is_zero() {
            return total.max(elapsed);
        }
        // The function after the last one that has ended is under way.
        let next = self.ends_ms.get(ended).map_or(due, |next| Duration::from_millis(*next));
        let pace = elapsed.as_secs_f64() / elapsed.clamp(due, next).as_secs_f64();
        let left = total.saturating_sub(elapsed.clamp(due, next));
        elapsed + left.mul_f64(pace.clamp(0.25, 4.0))
    }
}

/// The forecast for waves, of which each begins when the one before has ended.
#[must_use]
pub fn forecast(waves: &[Vec<Part>]) -> Forecast {
    let (mut begin_ms, mut ends_ms, mut at_least) = (0, Vec::new(), Duration::ZERO);
    let mut slowest = (Duration::ZERO, Bound::Nothing, String::new());
    for wave in waves {
        let bounds = wave.iter().map(|part| (bound_of_place(&part.work, &part.assumed), part));
        let Some(((time, bound), part)) = bounds.max_by_key(|((time, _), _)| *time) else {
            continue;
        };
        at_least += time;
        if time > slowest.0 {
            slowest = (time, bound, format!("{}/{}", part.project, part.region));
        }
        let ends = wave.iter().flat_map(|part| Play::new(part.work, part.assumed).run());
        let ends: Vec<u64> = ends.map(|end| begin_ms + end).collect();
        begin_ms = ends.iter().copied().fold(begin_ms, u64::max);
        ends_ms.extend(ends);
    }
    ends_ms.sort_unstable();
    Forecast { at_least, bound: slowest.1, bound_at: slowest.2, ends_ms }
}

fn bound_of_place(work: &Work, assumed: &Assumptions) -> (Duration, Bound) {
    if work.functions == 0 {
        return (Duration::ZERO, Bound::Nothing);
    }
    let has_builds = f64::from(u8::from(work.builds > 0));
    let hops = (2 + u64::from(work.builds > 0)) * HOP_MS;
    let ends = Duration::from_millis(UPLOAD_MS + hops) + seconds(assumed.ready_seconds);
    let build = assumed.build_seconds * has_builds;
    let spread = if work.builds > 1 { assumed.build_spread } else { 0.0 };
    let (shortest, longest) = (build * (1.0 - spread), build * (1.0 + spread));
    let one = ends + seconds(longest);
    let slots = f64::from(assumed.concurrent_builds.max(1));
    // The first minute's worth is free of waiting, and so is each that begins with a full minute.
    let full_minutes = |calls: u32, per_minute: u32| {
        let full = u64::from(calls.saturating_sub(1) / per_minute.max(1));
        Duration::from_millis(full * MINUTE_MS)
    };
    let windows = work.functions.div_ceil(assumed.window.max(1));
    let bounds = [
        (one, Bound::OneDeployment),
        (ends + seconds(f64::from(work.builds) * build / slots), Bound::ConcurrentBuilds),
        (
            ends + seconds(build) + full_minutes(work.builds, assumed.submits_per_minute),
            Bound::SubmitsPerMinute,
        ),
        (
            ends + seconds(shortest) + full_minutes(work.writes, assumed.writes_per_minute),
            Bound::WritesPerMinute,
        ),
        // Without builds, a function may end as soon as it is ready.
        (ends * windows, Bound::Window),
    ];
    // Of equal ones the first.
    bounds.into_iter().rev().max_by_key(|(time, _)| *time).unwrap_or((one, Bound::OneDeployment))
}

fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ASSUMED: Assumptions = Assumptions {
        concurrent_builds: 10,
        build_seconds: 90.0,
        build_spread: 1.0 / 3.0,
        submits_per_minute: 60,
        writes_per_minute: 60,
        ready_seconds: 20.0,
        window: 1_000,
    };

    fn work(functions: u32, builds: u32, writes: u32) -> Work {
        Work { functions, builds, writes }
    }

    fn part(region: &str, work: Work, assumed: Assumptions) -> Part {
        Part { project: "p".to_owned(), region: region.to_owned(), work, assumed }
    }

    fn of(work: Work, assumed: Assumptions) -> Forecast {
        forecast(&[vec![part("r", work, assumed)]])
    }

    #[test]
    fn a_batch_is_bound_by_the_slowest_of_builds_writes_and_window() {
        for (work, expected) in [
            (work(0, 0, 0), Bound::Nothing),
            (work(1, 1, 1), Bound::OneDeployment),
            (work(10, 0, 10), Bound::OneDeployment),
            // A hundred builds, ten at a time.
            (work(100, 100, 100), Bound::ConcurrentBuilds),
            // One image for all, with two writes each.
            (work(342, 1, 684), Bound::WritesPerMinute),
        ] {
            assert_eq!(of(work, ASSUMED).bound, expected, "{work:?}");
        }
        let quick = Assumptions { concurrent_builds: 1_000, submits_per_minute: 10, ..ASSUMED };
        assert_eq!(of(work(300, 300, 300), quick).bound, Bound::SubmitsPerMinute);
        let narrow = Assumptions { window: 10, ..ASSUMED };
        assert_eq!(of(work(100, 1, 100), narrow).bound, Bound::Window);
    }

    #[test]
    fn a_forecast_is_near_the_bound_and_never_below_it() {
        for (work, assumed) in [
            (work(10, 10, 10), ASSUMED),
            (work(100, 100, 200), ASSUMED),
            (work(342, 1, 684), ASSUMED),
            (work(1_000, 1_000, 2_000), ASSUMED),
            (work(1_000, 100, 1_000), Assumptions { concurrent_builds: 50, ..ASSUMED }),
            (work(5_000, 5_000, 5_000), Assumptions { concurrent_builds: 100, ..ASSUMED }),
        ] {
            let Forecast { at_least, ref ends_ms, .. } = of(work, assumed);
            assert_eq!(ends_ms.len(), work.functions as usize);
            let total = of(work, assumed).total();
            assert!(total >= at_least, "{work:?}: {total:?} < {at_least:?}");
            let allowed = match work.functions {
                300.. => at_least.mul_f64(1.05),
                _ => at_least + Duration::from_secs(120),
            };
            assert!(total <= allowed, "{work:?}: {total:?} > {allowed:?}, of {at_least:?}");
        }
    }

    #[test]
    fn places_are_independent_and_waves_follow_each_other() {
        let one = of(work(100, 100, 100), ASSUMED);
        let place = |region| part(region, work(100, 100, 100), ASSUMED);
        assert_eq!(forecast(&[vec![place("r"), place("s")]]).total(), one.total());
        let waves = forecast(&[vec![place("r")], vec![place("r")]]);
        assert_eq!(waves.total(), one.total() * 2);
        assert_eq!(waves.at_least, one.at_least * 2);
    }

    #[test]
    fn the_expected_end_follows_what_has_happened() {
        let forecast = of(work(1_000, 1, 1_000), ASSUMED);
        let total = forecast.total();
        let half = Duration::from_millis(forecast.ends_ms[499]);
        let near = |found: Duration, expected: Duration| {
            found.abs_diff(expected).as_secs_f64() < 0.02 * expected.as_secs_f64()
        };
        assert_eq!(forecast.expected_end(0, Duration::ZERO), total);
        assert!(near(forecast.expected_end(500, half), total), "as forecast");
        let late = forecast.expected_end(500, half * 2);
        assert!(near(late, total * 2), "half as fast: {late:?} of {total:?}");
        assert_eq!(forecast.expected_end(1_000, total * 3), total * 3);
    }

    #[test]
    fn ten_thousand_functions_are_played_through() {
        let forecast = of(work(10_000, 10_000, 20_000), Assumptions { window: 64, ..ASSUMED });
        assert_eq!(forecast.ends_ms.len(), 10_000);
        assert!(forecast.ends_ms.is_sorted());
    }
}
