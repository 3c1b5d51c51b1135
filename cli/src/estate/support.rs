//! How long Google supports runtimes, as its API says. Pure.

use std::collections::BTreeMap;

use longshore_cloud::{DatedRuntime, RuntimeStage};
use time::Date;

use super::language;

/// The runtimes that the API offers, of both generations.
#[derive(Debug, Default)]
pub(crate) struct Runtimes(BTreeMap<(String, bool), DatedRuntime>);

impl FromIterator<DatedRuntime> for Runtimes {
    fn from_iter<I: IntoIterator<Item = DatedRuntime>>(all: I) -> Self {
        let keyed = all.into_iter().map(|one| ((one.id.clone(), one.is_first_generation), one));
        Self(keyed.collect())
    }
}

/// How long a runtime is supported from a day on. Days are negative once they have passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Support {
    pub(crate) stage: RuntimeStage,
    pub(crate) deprecated_on: Option<Date>,
    pub(crate) days_until_deprecated: Option<i64>,
    pub(crate) decommissioned_on: Option<Date>,
    pub(crate) days_until_decommissioned: Option<i64>,
}

impl Runtimes {
    /// `None` if the API does not offer a runtime with this id. A language, such as `python3`, has no
    /// dates of its own.
    pub(crate) fn support(&self, id: &str, is_first: bool, today: Date) -> Option<Support> {
        let of = |is_first| self.0.get(&(id.to_owned(), is_first));
        let runtime = of(is_first).or_else(|| of(!is_first))?;
        let days = |date: Option<Date>| date.map(|date| (date - today).whole_days());
        Some(Support {
            stage: runtime.stage,
            deprecated_on: runtime.deprecated_on,
            days_until_deprecated: days(runtime.deprecated_on),
            decommissioned_on: runtime.decommissioned_on,
            days_until_decommissioned: days(runtime.decommissioned_on),
        })
    }

    /// Whether nothing is known, because the API could not be asked.
    pub(crate) fn is_unknown(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a language, such as `python3`, has a runtime that can be deployed.
    pub(crate) fn has_language(&self, family: &str) -> bool {
        self.0
            .values()
            .any(|runtime| runtime.id.starts_with(family) && runtime.stage == RuntimeStage::Ga)
    }

    /// The newest runtime of the same language that is generally available.
    pub(crate) fn newest_like(&self, id: &str) -> Option<&str> {
        let same = self.0.values().filter(|runtime| {
            language(&runtime.id) == language(id)
                && runtime.stage == RuntimeStage::Ga
                && !runtime.is_first_generation
        });
        same.max_by_key(|runtime| {
            runtime.decommissioned_on.or(runtime.deprecated_on).map_or(
                // Without a date it lasts longest; among those, the larger version.
                (true, Date::MIN, version(&runtime.id)),
                |date| (false, date, version(&runtime.id)),
            )
        })
        .map(|runtime| runtime.id.as_str())
    }
}

/// The digits at the end of an id, of which the first one or two are the major version.
fn version(id: &str) -> (usize, &str) {
    let digits = &id[language(id).len()..];
    (digits.len(), digits)
}
