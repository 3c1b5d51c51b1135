//! The numbers of the data plane. Tests use smaller ones.

use std::time::Duration;

/// An instance without requests is stopped after this time: Google keeps one for up to 15 minutes.
const IDLE: Duration = Duration::from_secs(15 * 60);
/// Between SIGTERM and SIGKILL, from Cloud Run's container contract.
const STOP_GRACE: Duration = Duration::from_secs(10);
/// A start-up probe may not take longer; Google's bound is 240 s, too.
const STARTUP_LIMIT: Duration = Duration::from_secs(240);
/// A request that finds all instances busy waits this long for one, as on Google, and then gets
/// 429.
const QUEUE: Duration = Duration::from_secs(10);
/// Between two looks for idle instances and missing minimum ones.
const TICK: Duration = Duration::from_secs(5);
/// One machine is not a region: whatever a service allows, no more instances of it than this run
/// here at a time.
const INSTANCES_MAX: usize = 16;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Tuning {
    pub(crate) idle: Duration,
    pub(crate) stop_grace: Duration,
    pub(crate) startup_limit: Duration,
    pub(crate) queue: Duration,
    pub(crate) tick: Duration,
    pub(crate) instances_max: usize,
}

impl Default for Tuning {
    fn default() -> Self {
        Self {
            idle: IDLE,
            stop_grace: STOP_GRACE,
            startup_limit: STARTUP_LIMIT,
            queue: QUEUE,
            tick: TICK,
            instances_max: INSTANCES_MAX,
        }
    }
}
