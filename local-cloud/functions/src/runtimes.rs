//! The runtimes of functions in Google's messages.

use longshore_local_kit::runtimes::{self, Day, Stage};

use crate::proto::Date;
use crate::proto::v2::Environment;
use crate::proto::v2::list_runtimes_response::{Runtime, RuntimeStage};

/// Every runtime of the second generation, by id, as it stands on a day.
pub(crate) fn all(today: Day) -> Vec<Runtime> {
    runtimes::all().iter().map(|runtime| message(runtime, today)).collect()
}

/// The stage of a runtime on a day; `None` if Google has no such runtime.
pub(crate) fn stage(id: &str, today: Day) -> Option<RuntimeStage> {
    runtimes::find(id).map(|runtime| stage_of(runtime, today))
}

fn stage_of(runtime: &runtimes::Runtime, today: Day) -> RuntimeStage {
    match runtime.stage(today) {
        Stage::Preview => RuntimeStage::Beta,
        Stage::Ga => RuntimeStage::Ga,
        Stage::Deprecated => RuntimeStage::Deprecated,
        Stage::Decommissioned => RuntimeStage::Decommissioned,
    }
}

fn message(runtime: &runtimes::Runtime, today: Day) -> Runtime {
    let stage = stage_of(runtime, today);
    let date = |(year, month, day): Day| Date { year, month, day };
    let warnings = if stage == RuntimeStage::Deprecated {
        vec![format!("Runtime {} is deprecated. Please migrate to a newer runtime.", runtime.id)]
    } else {
        Vec::new()
    };
    Runtime {
        name: runtime.id.to_owned(),
        display_name: runtime.name.to_owned(),
        stage: stage.into(),
        warnings,
        environment: Environment::Gen2.into(),
        deprecation_date: runtime.deprecation.map(date),
        decommission_date: runtime.decommission.map(date),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_runtime_is_listed_with_its_dates_and_its_stage() {
        let all = all((2026, 11, 28));
        assert_eq!(all.len(), runtimes::all().len());
        let python = all.iter().find(|runtime| runtime.name == "python310").unwrap();
        assert_eq!(python.stage(), RuntimeStage::Deprecated);
        assert_eq!(python.decommission_date, Some(Date { year: 2027, month: 4, day: 4 }));
        assert_eq!(python.warnings.len(), 1);
        assert_eq!(stage("go122", (2026, 11, 28)), Some(RuntimeStage::Decommissioned));
        assert_eq!(stage("nodejs26", (2026, 11, 28)), Some(RuntimeStage::Beta));
        assert_eq!(stage("python3", (2026, 11, 28)), None);
    }
}
