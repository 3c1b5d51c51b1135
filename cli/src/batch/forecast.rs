//! How long a batch takes at least, and what binds it. Pure.
//!
//! In each project and region, builds run beside each other, and writes of services are counted by
//! the minute. Whatever the order, a batch is not done before the slowest of these is. An admission
//! that keeps all of them busy takes little longer.

use std::time::Duration;

use serde::Serialize;

/// What a forecast assumes of the platform.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Assumptions {
    /// Builds that run at the same time in one project and region.
    pub(crate) concurrent_builds: u32,
    /// Time of a build.
    pub(crate) build: Duration,
    /// Writes of services that one project and region may have in a minute.
    pub(crate) writes_per_minute: u32,
    /// Time until a revision is ready.
    pub(crate) ready: Duration,
    /// Functions that may be in flight in one project and region.
    pub(crate) window: u32,
}

/// Time to store a source that is packed, and to hand a deployment from stage to stage.
const OVERHEAD: Duration = Duration::from_secs(3);

/// What has to be done in one project and region.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Work {
    /// Functions that are deployed.
    pub(crate) functions: u32,
    /// Distinct builds.
    pub(crate) builds: u32,
    /// Writes of services and of their IAM policies.
    pub(crate) writes: u32,
}

/// What a batch is bound by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Bound {
    /// There is nothing to do.
    Nothing,
    /// One deployment after the other parts of it: no quota is used up.
    OneDeployment,
    ConcurrentBuilds,
    WritesPerMinute,
    /// The functions in flight: a larger window may be faster.
    Window,
}

impl Bound {
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Nothing => "nothing is to be deployed",
            Self::OneDeployment => "the time of one deployment",
            Self::ConcurrentBuilds => "the number of concurrent builds",
            Self::WritesPerMinute => "the quota of writes per minute",
            Self::Window => "the window of functions in flight",
        }
    }
}

/// The least time for a wave, and what binds it: that of its slowest project and region.
pub(crate) fn forecast(places: &[Work], assumed: &Assumptions) -> (Duration, Bound) {
    let all = places.iter().map(|work| of_place(work, assumed));
    all.max_by_key(|(time, _)| *time).unwrap_or((Duration::ZERO, Bound::Nothing))
}

fn of_place(work: &Work, assumed: &Assumptions) -> (Duration, Bound) {
    if work.functions == 0 {
        return (Duration::ZERO, Bound::Nothing);
    }
    let build = if work.builds == 0 { Duration::ZERO } else { assumed.build };
    let one = OVERHEAD + build + assumed.ready;
    let builds = work.builds.div_ceil(assumed.concurrent_builds.max(1));
    let minute = Duration::from_secs(60);
    let beyond_first_minute = work.writes.saturating_sub(assumed.writes_per_minute);
    let writes = minute * beyond_first_minute / assumed.writes_per_minute.max(1);
    let windows = work.functions.div_ceil(assumed.window.max(1));
    let bounds = [
        (one, Bound::OneDeployment),
        (OVERHEAD + assumed.build * builds + assumed.ready, Bound::ConcurrentBuilds),
        (one + writes, Bound::WritesPerMinute),
        (one * windows, Bound::Window),
    ];
    // Of equal ones the first.
    bounds.into_iter().rev().max_by_key(|(time, _)| *time).unwrap_or((one, Bound::OneDeployment))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ASSUMED: Assumptions = Assumptions {
        concurrent_builds: 10,
        build: Duration::from_secs(90),
        writes_per_minute: 60,
        ready: Duration::from_secs(20),
        window: 1_000,
    };

    fn minutes(places: &[Work]) -> (f64, Bound) {
        let (time, bound) = forecast(places, &ASSUMED);
        ((time.as_secs_f64() / 6.0).round() / 10.0, bound)
    }

    #[test]
    fn a_batch_is_bound_by_the_slowest_of_builds_writes_and_window() {
        let work = |functions, builds, writes| Work { functions, builds, writes };
        assert_eq!(minutes(&[]), (0.0, Bound::Nothing));
        assert_eq!(minutes(&[work(10, 10, 10)]), (1.9, Bound::OneDeployment));
        // A hundred builds, ten at a time.
        assert_eq!(minutes(&[work(100, 100, 100)]), (15.4, Bound::ConcurrentBuilds));
        // One image for all: 342 functions with two writes each, sixty a minute.
        assert_eq!(minutes(&[work(342, 1, 684)]), (12.3, Bound::WritesPerMinute));
        // Settings only.
        assert_eq!(minutes(&[work(10, 0, 10)]), (0.4, Bound::OneDeployment));
        let (time, bound) = forecast(&[work(100, 1, 100)], &Assumptions { window: 10, ..ASSUMED });
        assert_eq!((time.as_secs(), bound), (1_130, Bound::Window));
    }

    #[test]
    fn places_are_independent() {
        let work = Work { functions: 100, builds: 100, writes: 100 };
        assert_eq!(minutes(&[work, work]), minutes(&[work]));
        let slower = Work { builds: 200, ..work };
        assert_eq!(minutes(&[work, slower]), minutes(&[slower]));
    }
}
