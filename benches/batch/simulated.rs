//! Batches in simulated time.
//!
//! The pacing is the fleet's own (`longshore_cloud::pacing`), with one or more replicas that share
//! their buckets; the quotas are the local cloud's, which refuse what exceeds them in any 60
//! seconds. Simulated are the time of builds, which a bounded number of slots take up, and of
//! revisions, and the time between a token and its call.

mod world;

use std::rc::Rc;
use std::time::Duration;

use longshore_cloud::pacing::forecast::{Assumptions, Forecast, Part, Work, forecast};
use longshore_local_kit::quotas::catalog::{BUILD_CREATES, RUN_WRITES};
use longshore_local_kit::quotas::latency::Range;

use self::world::World;
use crate::{print, scaled};

/// A platform.
struct Setting {
    name: &'static str,
    builds_at_once: u32,
    /// Functions of one image.
    functions_of_a_build: u32,
    writes_of_a_function: u32,
    window: u32,
}

const SETTINGS: [Setting; 4] = [
    Setting {
        name: "10 builds at once, an image for each function, 1 write",
        builds_at_once: 10,
        functions_of_a_build: 1,
        writes_of_a_function: 1,
        window: 64,
    },
    Setting {
        name: "30 builds at once, an image for each function, 2 writes",
        builds_at_once: 30,
        functions_of_a_build: 1,
        writes_of_a_function: 2,
        window: 128,
    },
    Setting {
        name: "100 builds at once, an image for each function, 2 writes",
        builds_at_once: 100,
        functions_of_a_build: 1,
        writes_of_a_function: 2,
        window: 256,
    },
    Setting {
        name: "10 builds at once, one image for all, 2 writes",
        builds_at_once: 10,
        functions_of_a_build: 100_000,
        writes_of_a_function: 2,
        window: 64,
    },
];

const FUNCTIONS: [usize; 5] = [10, 100, 342, 1_000, 5_000];

const BUILD: Range = Range { shortest: Duration::from_secs(60), longest: Duration::from_secs(120) };
const READY: Duration = Duration::from_secs(20);

/// Prints the table.
pub(crate) async fn makespan() {
    print(&format!(
        "{:<58} {:>5} {:>8} {:>9} {:>9} {:>6} {:>5} {:>9} {:>9}",
        "quotas of Google (60 a minute), builds of 60 to 120 s",
        "N",
        "replicas",
        "bound min",
        "took min",
        "ratio",
        "429s",
        "forecast",
        "ETA"
    ));
    for setting in &SETTINGS {
        for number in FUNCTIONS.map(scaled) {
            for replicas in [1, 3] {
                one(setting, number, replicas).await;
            }
        }
    }
    print(
        "ratio: the time over the lower bound. forecast: how far the forecast at the start is from \
         the time. ETA: the largest error from a quarter on.",
    );
}

async fn one(setting: &Setting, number: usize, replicas: usize) {
    let functions = u32::try_from(number).unwrap_or(u32::MAX);
    let work = Work {
        functions,
        builds: functions.div_ceil(setting.functions_of_a_build),
        writes: functions * setting.writes_of_a_function,
    };
    let assumed = Assumptions {
        concurrent_builds: setting.builds_at_once,
        build_seconds: 90.0,
        build_spread: 1.0 / 3.0,
        submits_per_minute: BUILD_CREATES.per_minute,
        writes_per_minute: RUN_WRITES.per_minute,
        ready_seconds: READY.as_secs_f64(),
        window: setting.window,
    };
    let (project, region) = ("p".to_owned(), "r".to_owned());
    let forecast = forecast(&[vec![Part { project, region, work, assumed }]]);
    let world = Rc::new(World::new(setting, replicas));
    let ends = world.clock.run(Rc::clone(&world).batch(work)).await;
    let took = ends.last().copied().unwrap_or_default();
    let bound = forecast.at_least;
    print(&format!(
        "{:<58} {number:>5} {replicas:>8} {:>9.1} {:>9.1} {:>6.3} {:>5} {:>8.1}% {:>8.1}%",
        setting.name,
        bound.as_secs_f64() / 60.0,
        took.as_secs_f64() / 60.0,
        took.as_secs_f64() / bound.as_secs_f64(),
        world.refused.get(),
        100.0 * deviation(forecast.total(), took),
        100.0 * worst_eta(&forecast, &ends, took),
    ));
}

fn deviation(expected: Duration, took: Duration) -> f64 {
    (expected.as_secs_f64() - took.as_secs_f64()).abs() / took.as_secs_f64()
}

/// The largest deviation of the expected end, computed at the end of each function after a quarter
/// of them.
fn worst_eta(forecast: &Forecast, ends: &[Duration], took: Duration) -> f64 {
    let from = ends.len().div_ceil(4);
    let remaining = ends.iter().enumerate().skip(from);
    remaining
        .map(|(before, at)| deviation(forecast.expected_end(before + 1, *at), took))
        .fold(0.0, f64::max)
}
