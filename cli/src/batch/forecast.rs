//! How long a batch takes, as a plan says it and a report compares with it.
//!
//! What would change is known here; [`longshore_cloud::pacing::expected`] and
//! [`longshore_cloud::pacing::forecast`] do the rest.

use longshore_cloud::pacing::expected;
use longshore_cloud::pacing::forecast::{Bound, Part, forecast};
use longshore_messages::{BatchSettings, Function};
use serde::Serialize;

use super::compare::Change;
use crate::cloud_target::CloudTarget;

pub(crate) use longshore_cloud::pacing::expected::Known;

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
    let members = members.into_iter().map(|member| expected::Member {
        function: member.function,
        is_changed: !matches!(member.change, Change::Unchanged | Change::Refused { .. }),
        is_built: member.is_built,
    });
    expected::parts(&target.clients.pacer, settings, target.settings.batch_window, members, known)
        .await
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
    use longshore_cloud::pacing::forecast::{Assumptions, Work};

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
