//! The runtimes of functions, with the dates at which Google ends them.
//!
//! Source: <https://cloud.google.com/run/docs/runtime-support>, as of November 2026. Where that page
//! has only a month, the day is 0, as in [`Date`]. A stage follows from the dates, so it changes by
//! itself.

use crate::proto::Date;
use crate::proto::v2::Environment;
use crate::proto::v2::list_runtimes_response::{Runtime, RuntimeStage};

/// A day as year, month, day.
pub(crate) type Day = (i32, i32, i32);

struct Row {
    id: &'static str,
    name: &'static str,
    /// The stage before the deprecation.
    stage: RuntimeStage,
    deprecation: Option<Day>,
    decommission: Option<Day>,
}

const fn row(
    id: &'static str,
    name: &'static str,
    deprecation: Option<Day>,
    decommission: Option<Day>,
) -> Row {
    Row { id, name, stage: RuntimeStage::Ga, deprecation, decommission }
}

const ROWS: [Row; 51] = [
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
    row("go124", "Go 1.24", None, None),
    row("go125", "Go 1.25", None, None),
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
    Row {
        id: "nodejs26",
        name: "Node.js 26",
        stage: RuntimeStage::Beta,
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

/// Every runtime of the second generation, by id, as it stands on a day.
pub(crate) fn all(today: Day) -> Vec<Runtime> {
    ROWS.iter().map(|row| runtime(row, today)).collect()
}

/// The stage of a runtime on a day; `None` if Google has no such runtime.
pub(crate) fn stage(id: &str, today: Day) -> Option<RuntimeStage> {
    ROWS.iter().find(|row| row.id == id).map(|row| stage_of(row, today))
}

fn stage_of(row: &Row, today: Day) -> RuntimeStage {
    let is_past = |day: Option<Day>| day.is_some_and(|day| day <= today);
    if is_past(row.decommission) {
        RuntimeStage::Decommissioned
    } else if is_past(row.deprecation) {
        RuntimeStage::Deprecated
    } else {
        row.stage
    }
}

fn runtime(row: &Row, today: Day) -> Runtime {
    let stage = stage_of(row, today);
    let date = |(year, month, day): Day| Date { year, month, day };
    let warnings = if stage == RuntimeStage::Deprecated {
        vec![format!("Runtime {} is deprecated. Please migrate to a newer runtime.", row.id)]
    } else {
        Vec::new()
    };
    Runtime {
        name: row.id.to_owned(),
        display_name: row.name.to_owned(),
        stage: stage.into(),
        warnings,
        environment: Environment::Gen2.into(),
        deprecation_date: row.deprecation.map(date),
        decommission_date: row.decommission.map(date),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_changes_on_the_days_of_the_schedule() {
        use RuntimeStage::{Beta, Decommissioned, Deprecated, Ga};
        for (id, day, expected) in [
            ("nodejs20", (2026, 4, 29), Some(Ga)),
            ("nodejs20", (2026, 4, 30), Some(Deprecated)),
            ("nodejs20", (2026, 10, 29), Some(Deprecated)),
            ("nodejs20", (2026, 10, 30), Some(Decommissioned)),
            ("nodejs26", (2026, 11, 28), Some(Beta)),
            ("go127", (2026, 11, 28), Some(Ga)),
            ("java17", (2027, 9, 30), Some(Ga)),
            ("java17", (2027, 10, 1), Some(Deprecated)),
            ("python3", (2026, 11, 28), None),
        ] {
            assert_eq!(stage(id, day), expected, "{id} on {day:?}");
        }
    }

    #[test]
    fn every_runtime_is_listed_once_with_its_dates() {
        let all = all((2026, 11, 28));
        let mut ids: Vec<&str> = all.iter().map(|runtime| runtime.name.as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), ROWS.len());
        let python = all.iter().find(|runtime| runtime.name == "python310").unwrap();
        assert_eq!(python.stage(), RuntimeStage::Deprecated);
        assert_eq!(python.decommission_date, Some(Date { year: 2027, month: 4, day: 4 }));
        assert_eq!(python.warnings.len(), 1);
    }
}
