//! Whether a worker must be restarted, and whether it accepts work.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// The state that the probes report; cheap to clone.
#[derive(Clone, Default)]
pub struct Health {
    state: Arc<Mutex<HealthState>>,
}

#[derive(Default)]
struct HealthState {
    required: BTreeSet<String>,
    pulling: BTreeSet<String>,
    draining: bool,
    /// By how many seconds the clock is off, if that is too much.
    clock_off_by_s: Option<u64>,
    sweep: Option<Heartbeat>,
}

/// The progress of the sweep.
struct Heartbeat {
    last: Instant,
    limit: Duration,
}

/// Time without any progress after which a sweep is taken to stand still, in addition to the time
/// between two sweeps. Each item of a sweep is progress, and takes some calls of at most half a
/// minute each.
const SWEEP_STALL_LIMIT: Duration = Duration::from_secs(10 * 60);

impl Health {
    /// A worker that is ready once it pulls from all these topics.
    #[must_use]
    pub fn of_topics<T: AsRef<str>>(topics: &[T]) -> Self {
        let health = Self::default();
        let topics = topics.iter().map(|topic| topic.as_ref().to_owned());
        health.with(|state| state.required.extend(topics));
        health
    }

    pub(crate) fn pulling(&self, topic: &str) {
        self.with(|state| {
            state.pulling.insert(topic.to_owned());
        });
    }

    pub(crate) fn not_pulling(&self, topic: &str) {
        self.with(|state| {
            state.pulling.remove(topic);
        });
    }

    pub(crate) fn draining(&self) {
        self.with(|state| state.draining = true);
    }

    /// Notes by how many seconds this machine's clock is off, or that it is right.
    pub(crate) fn clock_is_off_by(&self, seconds: Option<u64>) {
        self.with(|state| state.clock_off_by_s = seconds);
    }

    /// The worker sweeps at this interval, from now on.
    pub(crate) fn sweeps(&self, interval: Duration) {
        let heartbeat = Heartbeat { last: Instant::now(), limit: interval + SWEEP_STALL_LIMIT };
        self.with(|state| state.sweep = Some(heartbeat));
    }

    /// The sweep makes progress.
    pub(crate) fn swept(&self) {
        self.with(|state| {
            if let Some(heartbeat) = &mut state.sweep {
                heartbeat.last = Instant::now();
            }
        });
    }

    /// `Ok` unless the worker must be restarted, otherwise the reason, as text.
    pub fn alive(&self) -> Result<(), String> {
        self.alive_at(Instant::now())
    }

    fn alive_at(&self, now: Instant) -> Result<(), String> {
        self.with(|state| match &state.sweep {
            Some(Heartbeat { last, limit }) if now.saturating_duration_since(*last) > *limit => {
                Err(format!("the sweep has made no progress for more than {} s", limit.as_secs()))
            }
            Some(_) | None => Ok(()),
        })
    }

    /// `Ok` if the worker accepts work, otherwise the reason why not, as text.
    pub fn ready(&self) -> Result<(), String> {
        self.with(|state| {
            let missing: Vec<&str> =
                state.required.difference(&state.pulling).map(String::as_str).collect();
            match (state.draining, missing.is_empty()) {
                (true, _) => Err("draining".to_owned()),
                (false, true) => match state.clock_off_by_s {
                    Some(seconds) => Err(format!("the clock is off by {seconds} s")),
                    None => Ok(()),
                },
                (false, false) => Err(format!("not pulling from {}", missing.join(", "))),
            }
        })
    }

    fn with<T>(&self, f: impl FnOnce(&mut HealthState) -> T) -> T {
        f(&mut self.state.lock())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_is_ready_once_it_pulls_from_every_topic_and_until_it_drains() {
        let health = Health::of_topics(&["a", "b"]);
        assert_eq!(health.ready(), Err("not pulling from a, b".to_owned()));
        health.pulling("a");
        assert_eq!(health.ready(), Err("not pulling from b".to_owned()));
        health.pulling("b");
        assert_eq!(health.ready(), Ok(()));
        health.not_pulling("a");
        assert_eq!(health.ready(), Err("not pulling from a".to_owned()));
        health.pulling("a");
        health.clock_is_off_by(Some(61));
        assert_eq!(health.ready(), Err("the clock is off by 61 s".to_owned()));
        health.clock_is_off_by(None);
        assert_eq!(health.ready(), Ok(()));
        health.draining();
        assert_eq!(health.ready(), Err("draining".to_owned()));
    }

    #[test]
    fn a_worker_is_alive_while_its_sweep_makes_progress() {
        let health = Health::of_topics(&[] as &[&str]);
        let begun = Instant::now();
        let later = |minutes: u64| begun + Duration::from_secs(60 * minutes);
        assert_eq!(health.alive_at(later(60)), Ok(()), "it does not sweep");
        health.sweeps(Duration::from_secs(30));
        assert_eq!(health.alive_at(later(10)), Ok(()));
        assert!(health.alive_at(later(12)).unwrap_err().contains("no progress"));
        health.with(|state| state.sweep.as_mut().unwrap().last = later(11));
        assert_eq!(health.alive_at(later(12)), Ok(()));
    }
}
