//! Google's runtimes of functions, with the days on which Google ends them.
//!
//! Source: <https://cloud.google.com/run/docs/runtime-support>, as of November 2026. Where that
//! page has only a month, the day is 0, as in `google.type.Date`. A stage follows from the days, so
//! it changes by itself.

/// A day as year, month, day.
pub type Day = (i32, i32, i32);

/// A runtime of the second generation.
#[derive(Clone, Copy, Debug)]
pub struct Runtime {
    /// Such as `python313`.
    pub id: &'static str,
    /// Display name.
    pub name: &'static str,
    is_preview: bool,
    pub deprecation: Option<Day>,
    pub decommission: Option<Day>,
}

/// What may be done with a runtime on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Preview,
    /// Generally available.
    Ga,
    /// It can still be deployed.
    Deprecated,
    /// It cannot be deployed any more.
    Decommissioned,
}

const fn row(
    id: &'static str,
    name: &'static str,
    deprecation: Option<Day>,
    decommission: Option<Day>,
) -> Runtime {
    Runtime { id, name, is_preview: false, deprecation, decommission }
}

const RUNTIMES: [Runtime; 51] = [
    row("dotnet3", ".NET Core 3", Some((2024, 1, 30)), Some((2025, 1, 30))),
    row("dotnet6", ".NET 6", Some((2024, 11, 12)), Some((2025, 11, 12))),
    row("dotnet8", ".NET 8", Some((2026, 11, 10)), Some((2027, 5, 10))),
    row("dotnet10", ".NET 10", None, None),
    row("go111", "Go 1.11", Some((2020, 8, 5)), Some((2021, 2, 0))),
    row("go113", "Go 1.13", Some((2024, 1, 30)), Some((2025, 1, 30))),
    row("go116", "Go 1.16", Some((2024, 1, 30)), Some((2025, 1, 30))),
    row("go118", "Go 1.18", Some((2024, 1, 30)), Some((2025, 1, 30))),
    row("go119", "Go 1.19", Some((2024, 4, 30)), Some((2025, 1, 30))),
    row("go120", "Go 1.20", Some((2024, 5, 1)), Some((2025, 5, 1))),
    row("go121", "Go 1.21", Some((2025, 9, 3)), Some((2026, 3, 3))),
    row("go122", "Go 1.22", Some((2026, 1, 28)), Some((2026, 7, 28))),
    row("go123", "Go 1.23", Some((2026, 2, 21)), Some((2026, 8, 21))),
    row("go124", "Go 1.24", Some((2026, 9, 2)), Some((2027, 3, 2))),
    row("go125", "Go 1.25", Some((2026, 10, 1)), Some((2027, 4, 1))),
    row("go126", "Go 1.26", None, None),
    row("go127", "Go 1.27", None, None),
    row("java11", "Java 11", Some((2024, 10, 31)), Some((2025, 10, 31))),
    row("java17", "Java 17", Some((2027, 10, 0)), None),
    row("java21", "Java 21", Some((2031, 9, 0)), None),
    row("java25", "Java 25", Some((2031, 10, 0)), None),
    row("nodejs6", "Node.js 6", Some((2019, 4, 17)), Some((2020, 8, 0))),
    row("nodejs8", "Node.js 8", Some((2020, 6, 5)), Some((2021, 2, 0))),
    row("nodejs10", "Node.js 10", Some((2024, 1, 30)), Some((2025, 1, 30))),
    row("nodejs12", "Node.js 12", Some((2024, 1, 30)), Some((2025, 1, 30))),
    row("nodejs14", "Node.js 14", Some((2024, 1, 30)), Some((2025, 1, 30))),
    row("nodejs16", "Node.js 16", Some((2024, 1, 30)), Some((2025, 1, 30))),
    row("nodejs18", "Node.js 18", Some((2025, 4, 30)), Some((2025, 10, 30))),
    row("nodejs20", "Node.js 20", Some((2026, 4, 30)), Some((2026, 10, 30))),
    row("nodejs22", "Node.js 22", Some((2027, 4, 30)), Some((2027, 10, 31))),
    row("nodejs24", "Node.js 24", Some((2028, 4, 30)), Some((2028, 10, 31))),
    Runtime {
        id: "nodejs26",
        name: "Node.js 26",
        is_preview: true,
        deprecation: None,
        decommission: None,
    },
    row("php74", "PHP 7.4", Some((2024, 1, 30)), Some((2025, 1, 30))),
    row("php81", "PHP 8.1", Some((2025, 12, 31)), Some((2026, 6, 30))),
    row("php82", "PHP 8.2", Some((2026, 12, 31)), Some((2027, 6, 30))),
    row("php83", "PHP 8.3", Some((2027, 12, 31)), Some((2028, 6, 30))),
    row("php84", "PHP 8.4", Some((2028, 12, 31)), Some((2029, 6, 30))),
    row("php85", "PHP 8.5", None, None),
    row("python37", "Python 3.7", Some((2024, 1, 30)), Some((2025, 1, 30))),
    row("python38", "Python 3.8", Some((2024, 10, 14)), Some((2025, 10, 14))),
    row("python39", "Python 3.9", Some((2025, 10, 5)), Some((2026, 4, 5))),
    row("python310", "Python 3.10", Some((2026, 10, 4)), Some((2027, 4, 4))),
    row("python311", "Python 3.11", Some((2027, 10, 24)), Some((2028, 4, 24))),
    row("python312", "Python 3.12", Some((2028, 10, 2)), Some((2029, 4, 2))),
    row("python313", "Python 3.13", Some((2029, 10, 10)), Some((2030, 4, 10))),
    row("python314", "Python 3.14", Some((2030, 10, 10)), Some((2031, 4, 10))),
    row("ruby27", "Ruby 2.7", Some((2024, 1, 30)), Some((2025, 1, 30))),
    row("ruby32", "Ruby 3.2", Some((2026, 3, 31)), Some((2026, 9, 30))),
    row("ruby33", "Ruby 3.3", Some((2027, 3, 31)), Some((2027, 9, 30))),
    row("ruby34", "Ruby 3.4", Some((2028, 3, 31)), Some((2028, 9, 30))),
    row("ruby40", "Ruby 4.0", None, None),
];

/// Every runtime, in the order of languages and versions.
#[must_use]
pub fn all() -> &'static [Runtime] {
    &RUNTIMES
}

/// The runtime with this id. `None` if Google has no such runtime.
#[must_use]
pub fn find(id: &str) -> Option<&'static Runtime> {
    RUNTIMES.iter().find(|runtime| runtime.id == id)
}

impl Runtime {
    /// Such as `python`.
    #[must_use]
    pub fn language(&self) -> &'static str {
        self.id.trim_end_matches(|c: char| c.is_ascii_digit())
    }

    #[must_use]
    pub fn stage(&self, today: Day) -> Stage {
        let is_past = |day: Option<Day>| day.is_some_and(|day| day <= today);
        if is_past(self.decommission) {
            Stage::Decommissioned
        } else if is_past(self.deprecation) {
            Stage::Deprecated
        } else if self.is_preview {
            Stage::Preview
        } else {
            Stage::Ga
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_changes_on_the_days_of_the_schedule() {
        use Stage::{Decommissioned, Deprecated, Ga, Preview};
        for (id, day, expected) in [
            ("nodejs20", (2026, 4, 29), Ga),
            ("nodejs20", (2026, 4, 30), Deprecated),
            ("nodejs20", (2026, 10, 29), Deprecated),
            ("nodejs20", (2026, 10, 30), Decommissioned),
            ("nodejs26", (2026, 11, 28), Preview),
            ("go122", (2026, 11, 28), Decommissioned),
            ("go123", (2026, 11, 28), Decommissioned),
            ("go124", (2026, 11, 28), Deprecated),
            ("go127", (2026, 11, 28), Ga),
            ("ruby32", (2026, 11, 28), Decommissioned),
            ("java17", (2027, 9, 30), Ga),
            ("java17", (2027, 10, 1), Deprecated),
        ] {
            assert_eq!(find(id).unwrap().stage(day), expected, "{id} on {day:?}");
        }
        assert!(find("python3").is_none());
    }

    #[test]
    fn every_runtime_has_one_row_and_is_deprecated_before_it_ends() {
        let mut ids: Vec<&str> = all().iter().map(|runtime| runtime.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), all().len());
        for runtime in all() {
            assert!(runtime.decommission.is_none() || runtime.deprecation < runtime.decommission);
        }
    }
}
