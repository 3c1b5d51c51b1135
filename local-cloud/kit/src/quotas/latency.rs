//! How long Google takes, from a file in TOML:
//!
//! ```toml
//! [builds]
//! seconds = 60               # the shortest
//! longest_seconds = 180      # without it: as long as the shortest
//! concurrent = 10            # in each project and region; the others are queued
//!
//! [revisions]
//! seconds = 20               # until one is ready
//!
//! [calls]
//! milliseconds = 50          # of each request to an API
//! ```
//!
//! The times are minima: what really takes longer here takes longer. They are read from a clock that
//! a test can drive.

use std::time::Duration;

use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use crate::clock::SharedClock;

/// How long things take, at least. By default, as long as they do here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Latency {
    /// From the start of a build to its end.
    pub build: Option<Range>,
    /// Builds that run at the same time in one project and region. `None`: as many as this machine
    /// runs.
    pub concurrent_builds: Option<usize>,
    /// From the creation of a revision until it is ready.
    pub revision: Duration,
    /// Of each request to an API.
    pub call: Duration,
}

/// How long things take, and the clock that this is read from.
#[derive(Clone, Debug, Default)]
pub struct Pace {
    pub latency: Latency,
    pub clock: SharedClock,
}

/// The time of something that does not always take the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    pub shortest: Duration,
    pub longest: Duration,
}

impl Range {
    /// A time in the range, evenly spread over ids, and the same for one id.
    #[must_use]
    pub fn of(&self, id: &str) -> Duration {
        let [a, b, ..] = <[u8; 32]>::from(Sha256::digest(id));
        let spread = self.longest.saturating_sub(self.shortest);
        self.shortest + spread * u32::from(u16::from_be_bytes([a, b])) / u32::from(u16::MAX)
    }
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct File {
    builds: Builds,
    revisions: Revisions,
    calls: Calls,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Builds {
    seconds: f64,
    longest_seconds: f64,
    concurrent: Option<usize>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Revisions {
    seconds: f64,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Calls {
    milliseconds: f64,
}

/// Settings that cannot be used. The user has to correct the file.
#[derive(Debug, thiserror::Error)]
pub enum LatencyError {
    #[error("cannot read the settings")]
    Malformed(#[from] toml::de::Error),
    #[error("{0} is not a time")]
    NotATime(&'static str),
    #[error("builds.concurrent is 0: no build would ever start")]
    NoBuilds,
}

impl Latency {
    /// What is usual at Google: builds of one to two minutes, the
    /// smallest default of concurrent builds (<https://cloud.google.com/build/quotas>), and revisions
    /// that start in twenty seconds.
    #[must_use]
    pub fn google() -> Self {
        let (shortest, longest) = (Duration::from_secs(60), Duration::from_secs(120));
        Self {
            build: Some(Range { shortest, longest }),
            concurrent_builds: Some(10),
            revision: Duration::from_secs(20),
            call: Duration::from_millis(50),
        }
    }

    /// Reads a file.
    ///
    /// # Errors
    /// If it is malformed, or a time is negative.
    pub fn parse(text: &str) -> Result<Self, LatencyError> {
        let File { builds, revisions, calls } = toml::from_str(text)?;
        let time = |name, seconds: f64| {
            Duration::try_from_secs_f64(seconds).map_err(|_| LatencyError::NotATime(name))
        };
        let shortest = time("builds.seconds", builds.seconds)?;
        let longest = time("builds.longest_seconds", builds.longest_seconds)?.max(shortest);
        if builds.concurrent == Some(0) {
            return Err(LatencyError::NoBuilds);
        }
        Ok(Self {
            build: (!longest.is_zero()).then_some(Range { shortest, longest }),
            concurrent_builds: builds.concurrent,
            revision: time("revisions.seconds", revisions.seconds)?,
            call: time("calls.milliseconds", calls.milliseconds / 1000.0)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_from_a_file() {
        let text = "[builds]\nseconds = 60\nlongest_seconds = 180\nconcurrent = 3\n\
                    [revisions]\nseconds = 1.5\n[calls]\nmilliseconds = 20";
        let latency = Latency::parse(text).unwrap();
        let range = Range { shortest: Duration::from_secs(60), longest: Duration::from_secs(180) };
        assert_eq!(
            latency,
            Latency {
                build: Some(range),
                concurrent_builds: Some(3),
                revision: Duration::from_millis(1_500),
                call: Duration::from_millis(20),
            }
        );
        assert_eq!(Latency::parse("").unwrap(), Latency::default());
        for text in ["[build]", "[revisions]\nseconds = -1", "[builds]\nconcurrent = 0"] {
            assert!(Latency::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_build_has_one_time_within_the_range() {
        let range = Range { shortest: Duration::from_secs(60), longest: Duration::from_secs(180) };
        let times: Vec<_> = (0..200).map(|build| range.of(&build.to_string())).collect();
        assert!(times.iter().all(|time| (range.shortest..=range.longest).contains(time)));
        let mean = times.iter().sum::<Duration>() / 200;
        assert!((110..130).contains(&mean.as_secs()), "{mean:?}");
        assert_eq!(range.of("7"), range.of("7"));
    }
}
